"""Queries in parentheses where a value is expected: NULL without a row, an error for two rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.subqueries.subquery import COUNT_ROWS, Subquery
from coldb.engine.bind.subqueries.uniqueness import is_unique
from coldb.engine.bind.subqueries.unnest import or_zero
from coldb.engine.calls import AggregateCall
from coldb.engine.expression_tools import replace_fields, rewrite
from coldb.engine.expressions import And, Call, Case, Constant, FieldRef
from coldb.engine.functions.single_row import SINGLE_ROW
from coldb.engine.plan import Aggregate, Filter, Project, Sort

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["bind_row_query", "bind_scalar_query", "has_one_row", "value_of"]


def bind_scalar_query(binder: ExpressionBinder, node: ast.ScalarQuery) -> Expression:
    """A query as a value."""
    subquery = Subquery(binder, node.query, node.span)
    subquery.only_column("a value")
    return value_of(binder, subquery)


def bind_row_query(
    binder: ExpressionBinder, node: ast.ScalarQuery, width: int
) -> tuple[Expression, ...]:
    """A query as a row of so many values, each of which is a query of its own."""
    values = []
    for index in range(width):
        subquery = Subquery(binder, node.query, node.span)
        subquery.columns("a row", width)
        subquery.keep_column(index)
        values.append(value_of(binder, subquery))
    return tuple(values)


def has_one_row(plan: Plan) -> bool:
    """Whether a query has exactly one row whatever it reads: an aggregate without GROUP BY."""
    found = _ungrouped(plan)
    return found is not None and not found[1]


def value_of(binder: ExpressionBinder, subquery: Subquery) -> Expression:
    """The one column of a sub-query, beside the outer rows."""
    plan = subquery.plan
    if not subquery.is_correlated(plan):
        subquery.attach_row(plan)
        return FieldRef(replace(plan.fields[0], nullable=True))
    ungrouped = _ungrouped(plan)
    if ungrouped is not None:
        return _correlated_aggregate(subquery, *ungrouped)
    return _correlated_row(binder, subquery)


def _ungrouped(plan: Plan) -> tuple[Expression, tuple[Expression, ...], Aggregate] | None:
    """The value, the HAVING and the aggregate of a query without GROUP BY; None for others."""
    plan = _unsorted(plan)
    if not isinstance(plan, Project):
        return None
    value, child = plan.expressions[0], plan.child
    while isinstance(child, Project):
        value = replace_fields(value, dict(zip(child.fields, child.expressions, strict=True)))
        child = child.child
    having: tuple[Expression, ...] = ()
    if isinstance(child, Filter):
        having, child = child.predicates, child.child
    match child:
        case Aggregate(keys=(), sets=None):
            return value, having, child
        case _:
            return None


def _unsorted(plan: Plan) -> Plan:
    while isinstance(plan, Sort):
        plan = plan.child
    return plan


def _correlated_aggregate(
    subquery: Subquery, value: Expression, having: tuple[Expression, ...], aggregate: Aggregate
) -> Expression:
    """An aggregate over the rows that meet the outer row. Where none do, counts are zero."""
    plan, correlation = subquery.pull_up(aggregate.child)
    attached = subquery.attach_aggregates(plan, correlation, aggregate.aggregates)
    results: dict[Expression, Expression] = {}
    for field, call, result in zip(aggregate.fields, aggregate.aggregates, attached, strict=True):
        results[FieldRef(field)] = or_zero(call, result.field)
    value = rewrite(value, results.get)
    if having:
        condition = And(tuple(rewrite(predicate, results.get) for predicate in having))
        return Case(((condition, value),), Constant(None, value.type), value.type)
    return value


def _correlated_row(binder: ExpressionBinder, subquery: Subquery) -> Expression:
    """The one row that meets the outer row. Unless a key tells that it is one, the query checks."""
    plan = _unsorted(subquery.plan)
    field = plan.fields[0]
    value: Expression = FieldRef(field)
    if isinstance(plan, Project) and subquery.reads_outer(plan.expressions[0]):
        value, plan = plan.expressions[0], plan.child
    plan, correlation = subquery.pull_up(plan)
    keys = [inner for _, inner in correlation.equalities]
    is_single = not correlation.others and is_unique(plan, keys, binder.context.catalog)
    if is_single and value == FieldRef(field):
        subquery.attach_row(plan, correlation)
        return FieldRef(replace(field, nullable=True))
    calls = (AggregateCall("min", (value,), value.type), COUNT_ROWS)
    single = subquery.attach_aggregates(plan, correlation, calls)
    return Call(SINGLE_ROW, single, value.type, subquery.span)
