"""Computes what does not depend on a row once, when the statement is planned.

An expression that fails (1/0) is left as it is: it may stand where no row ever reaches it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coldb.engine.arrays import tuples_of
from coldb.engine.batch import Batch
from coldb.engine.evaluate import EvaluationContext, evaluate
from coldb.engine.expression_tools import operands, walk, with_operands
from coldb.engine.expressions import Call, Constant, FieldRef
from coldb.engine.plan import Filter, Scan, children, with_children
from coldb.engine.plan_tools import with_expressions
from coldb.errors import DataError
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["fold_constants"]


def fold_constants(plan: Plan, context: RuleContext) -> Plan:
    """Folds every expression of the plan."""
    plan = with_children(plan, tuple(fold_constants(child, context) for child in children(plan)))
    evaluation = EvaluationContext(domain_results={}, now=context.now)

    def fold(expression: Expression) -> Expression:
        folded = _folded(expression, evaluation)
        if folded is not expression and any(_reads_clock(part) for part in walk(expression)):
            context.used_clock = True
        return folded

    plan = with_expressions(plan, fold)
    if isinstance(plan, Filter | Scan):
        return _without_true(plan)
    return plan


def _without_true(plan: Filter | Scan) -> Plan:
    """The node without conditions that always hold."""
    left = tuple(
        predicate
        for predicate in plan.predicates
        if not (isinstance(predicate, Constant) and predicate.value is True)
    )
    if isinstance(plan, Filter) and not left:
        return plan.child
    return replace(plan, predicates=left)


def _reads_clock(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function.statement_time


def _folded(expression: Expression, evaluation: EvaluationContext) -> Expression:
    if isinstance(expression, FieldRef | Constant):
        return expression
    parts = operands(expression)
    folded = tuple(_folded(part, evaluation) for part in parts)
    if folded != parts:
        expression = with_operands(expression, folded)
    if not all(isinstance(part, Constant) for part in folded):
        return expression
    if isinstance(expression, Call) and expression.function.volatile:
        return expression
    try:
        value = evaluate(expression, Batch(1, {}), evaluation).expanded(1).plain()
    except DataError:
        return expression
    return Constant(_physical(value), expression.type)


def _physical(value: Any) -> Any:
    """The one entry of a vector in its physical form."""
    if value.valid is not None and not value.valid[0]:
        return None
    if value.type.kind is Kind.ARRAY:
        return tuples_of(value)[0]
    if value.type.in_arrow:
        return value.strings[0].as_py()
    entry = value.data[0]
    return entry.item() if hasattr(entry, "item") else entry
