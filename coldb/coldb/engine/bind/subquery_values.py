"""Queries in parentheses where a value is expected: NULL without a row, an error for two rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.join_conditions import split_equalities
from coldb.engine.bind.rewrite import rewrite
from coldb.engine.bind.subquery import COUNT_ROWS, Subquery
from coldb.engine.bind.uniqueness import is_unique
from coldb.engine.expression_tools import coalesce, replace_fields
from coldb.engine.expressions import And, Call, Case, Constant, FieldRef
from coldb.engine.functions.single_row import SINGLE_ROW
from coldb.engine.plan import Aggregate, AggregateCall, Filter, Limit, Project, Sort
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["bind_scalar_query", "has_one_row", "value_of"]


def bind_scalar_query(binder: ExpressionBinder, node: ast.ScalarQuery) -> Expression:
    """A query as a value."""
    subquery = Subquery(binder, node.query, node.span)
    subquery.only_column("a value")
    return value_of(binder, subquery)


def has_one_row(plan: Plan) -> bool:
    """Whether a query has exactly one row whatever it reads: an aggregate without GROUP BY."""
    found = _ungrouped(plan)
    return found is not None and not found[1]


def value_of(binder: ExpressionBinder, subquery: Subquery) -> Expression:
    """The one column of a sub-query, beside the outer rows."""
    plan = subquery.plan
    if not subquery.decorrelation.is_correlated(plan):
        subquery.attach(plan)
        return FieldRef(replace(plan.fields[0], nullable=True))
    ungrouped = _ungrouped(plan)
    if ungrouped is not None:
        return _correlated_aggregate(subquery, *ungrouped)
    return _correlated_row(binder, subquery)


def _ungrouped(plan: Plan) -> tuple[Expression, tuple[Expression, ...], Aggregate] | None:
    """The value, the HAVING and the aggregate of a query without GROUP BY; None for others."""
    while isinstance(plan, Sort) or (
        isinstance(plan, Limit) and plan.count != 0 and not plan.offset
    ):
        plan = plan.child
    if not isinstance(plan, Project):
        return None
    value, child = plan.expressions[0], plan.child
    while isinstance(child, Project):
        value = replace_fields(value, dict(zip(child.fields, child.expressions, strict=True)))
        child = child.child
    having: tuple[Expression, ...] = ()
    if isinstance(child, Filter):
        having, child = child.predicates, child.child
    return (value, having, child) if isinstance(child, Aggregate) and not child.keys else None


def _correlated_aggregate(
    subquery: Subquery, value: Expression, having: tuple[Expression, ...], aggregate: Aggregate
) -> Expression:
    """An aggregate over the rows that meet the outer row. An outer row that meets none has no
    group: its counts are zero, its other aggregates NULL."""
    plan, predicates = subquery.decorrelation.pull_through_aggregate(aggregate)
    equalities, _ = split_equalities(predicates, subquery.outer)
    if not equalities and len(aggregate.aggregates) != 1:
        raise subquery.decorrelation.unsupported()
    subquery.attach(plan, equalities)
    results: dict[Expression, Expression] = {}
    for field, call in zip(aggregate.fields, aggregate.aggregates, strict=True):
        result: Expression = FieldRef(replace(field, nullable=True))
        if call.function in ("count", "count_star"):
            result = coalesce((result, Constant(0, BIGINT)), BIGINT)
        results[FieldRef(field)] = result
    value = rewrite(value, results.get)
    if having:
        condition = And(tuple(rewrite(predicate, results.get) for predicate in having))
        return Case(((condition, value),), Constant(None, value.type), value.type)
    return value


def _correlated_row(binder: ExpressionBinder, subquery: Subquery) -> Expression:
    """The one row that meets the outer row; if no key tells that it is one, the query checks it."""
    plan, equalities = subquery.pull_up_equalities(subquery.plan)
    if not equalities:
        raise subquery.decorrelation.unsupported()
    field = plan.fields[0]
    if is_unique(plan, [inner for _, inner in equalities], binder.context.catalog):
        subquery.attach(plan, equalities)
        return FieldRef(replace(field, nullable=True))
    calls = (AggregateCall("min", FieldRef(field), field.type), COUNT_ROWS)
    return Call(SINGLE_ROW, subquery.attach_groups(plan, equalities, calls), field.type)
