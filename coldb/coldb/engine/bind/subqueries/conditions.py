"""EXISTS and IN (query).

Where the condition decides alone whether a row stays, it becomes a semi or anti join. Elsewhere
what the sub-query finds is attached to the rows as a column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import Operand, compare, unify
from coldb.engine.bind.subqueries.correlation import Correlation
from coldb.engine.bind.subqueries.subquery import COUNT_ROWS, Subquery
from coldb.engine.bind.subqueries.values import has_one_row, value_of
from coldb.engine.calls import AggregateCall
from coldb.engine.expression_tools import coalesce, rewrite
from coldb.engine.expressions import And, Case, Constant, FieldRef, IsNull, Not, Or
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Aggregate, Join, Limit, OneRow, Project, Sort
from coldb_grammar import ast
from coldb_warehouse.types import BIGINT, BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.clauses.join_conditions import Equality
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import JoinKind, Plan

__all__ = [
    "SubqueryJoin",
    "bind_exists",
    "bind_in_query",
    "exists_condition",
    "in_condition",
]

_ZERO = Constant(0, BIGINT)
_TRUE, _FALSE, _UNKNOWN = (Constant(value, BOOLEAN) for value in (True, False, None))


@dataclass(frozen=True, slots=True)
class SubqueryJoin:
    """A semi join (keeps rows that have a partner in `query`) or, `negated`, an anti join."""

    query: Plan
    correlation: Correlation
    negated: bool
    null_aware: bool = False

    def over(self, plan: Plan, fewer_columns: Plan) -> Plan:
        """The rows of `plan` that stay. `fewer_columns` is as for `Correlation.filled`."""
        correlation = self.correlation
        kind: JoinKind = "anti" if self.negated else "semi"
        query = correlation.filled(self.query, plan, fewer_columns)
        return Join(kind, plan, query, correlation.equalities, correlation.others, self.null_aware)

    def rewritten(self, change: Callable[[Expression], Expression]) -> SubqueryJoin:
        """The same with the expressions over the rows of `plan` rewritten."""
        return replace(self, correlation=self.correlation.rewritten(change))


# --- EXISTS ------------------------------------------------------------------------------------


def exists_condition(
    binder: ExpressionBinder, node: ast.Exists, negated: bool
) -> SubqueryJoin | Expression:
    """[NOT] EXISTS as a whole condition: a join if it is correlated."""
    subquery = Subquery(binder, node.query, node.span)
    plan = _for_existence(subquery.plan)
    if subquery.is_correlated(plan):
        return SubqueryJoin(*subquery.pull_up(plan), negated)
    test = _has_rows(subquery, plan)
    return Not(test) if negated else test


def bind_exists(binder: ExpressionBinder, node: ast.Exists) -> Expression:
    """EXISTS as a value."""
    subquery = Subquery(binder, node.query, node.span)
    plan = _for_existence(subquery.plan)
    if subquery.is_correlated(plan):
        return _has_partner(subquery, *subquery.pull_up(plan))
    return _has_rows(subquery, plan)


def _for_existence(plan: Plan) -> Plan:
    """A simpler plan that has rows if and only if this one has."""
    while True:
        match plan:
            case Project() | Sort() | Aggregate(keys=(_, *_), sets=None):
                plan = plan.child
            case Limit(count=count, offset=0) if count != 0:
                plan = plan.child
            case Aggregate(sets=None):
                return OneRow()
            case _:
                return plan


def _has_rows(subquery: Subquery, plan: Plan) -> Expression:
    if isinstance(plan, OneRow):
        return _TRUE
    if subquery.is_independent(plan):
        plan = Limit(plan, 1)
    (count,) = subquery.attach_aggregates(plan, Correlation(), (COUNT_ROWS,))
    return compare(">", Operand(count, subquery.span), Operand(_ZERO, subquery.span), subquery.span)


def _has_partner(subquery: Subquery, plan: Plan, correlation: Correlation) -> Expression:
    """Whether any row of the plan meets the outer row."""
    (count,) = subquery.attach_aggregates(plan, correlation, (COUNT_ROWS,))
    return Not(IsNull(count))


# --- IN ----------------------------------------------------------------------------------------


def in_condition(
    binder: ExpressionBinder, node: ast.InQuery, negated: bool
) -> SubqueryJoin | Expression:
    """[NOT] IN (query) as a whole condition: a join, unless the query has one row anyway."""
    member = _Member(binder, node)
    if member.is_single and has_one_row(member.subquery.plan):
        test = member.equals_only_row(binder)
        return Not(test) if negated else test
    plan, correlation = member.subquery.pull_up(member.subquery.plan)
    if not negated or not member.is_nullable:
        return SubqueryJoin(plan, member.matching(correlation), negated)
    if member.is_single and not correlation:
        return SubqueryJoin(plan, member.matching(correlation), negated, null_aware=True)
    return SubqueryJoin(plan, member.not_excluded(correlation), negated)


def bind_in_query(binder: ExpressionBinder, node: ast.InQuery, filtering: bool) -> Expression:
    """[NOT] IN (query) as a value: NULL where only an unknown comparison might match."""
    member = _Member(binder, node)
    if member.is_single and has_one_row(member.subquery.plan):
        found = member.equals_only_row(binder)
        return Not(found) if node.negated else found
    plan, correlation = member.subquery.pull_up(member.subquery.plan)
    found = _has_partner(member.subquery, plan, member.matching(correlation))
    if member.is_nullable and (node.negated or not filtering):
        unknown = member.is_unknown(plan, correlation)
        found = Case(((found, _TRUE), (unknown, _UNKNOWN)), _FALSE, BOOLEAN)
    return Not(found) if node.negated else found


class _Member:
    """The two sides of IN (query), pairs of values brought to one type each."""

    def __init__(self, binder: ExpressionBinder, node: ast.InQuery) -> None:
        self._span = node.span
        items = node.operand.items if isinstance(node.operand, ast.RowValue) else (node.operand,)
        operands = [binder.operand(item) for item in items]
        self.subquery = Subquery(binder, node.query, node.span)
        self._columns = [FieldRef(field) for field in self.subquery.columns("IN", len(operands))]
        columns = [Operand(column, node.query.span) for column in self._columns]
        self._pairs = tuple(
            _pair(unify(pair, "IN")[1]) for pair in zip(operands, columns, strict=True)
        )

    @property
    def is_single(self) -> bool:
        """Whether values are compared, not rows."""
        return len(self._pairs) == 1

    @property
    def is_nullable(self) -> bool:
        return any(map(_may_be_unknown, self._pairs))

    def matching(self, correlation: Correlation) -> Correlation:
        """The correlation and the equality of the two sides."""
        return replace(correlation, equalities=(*self._pairs, *correlation.equalities))

    def not_excluded(self, correlation: Correlation) -> Correlation:
        """The correlation and that the comparison of the two sides is TRUE or NULL: such a row keeps
        the outer row out of NOT IN."""
        certain = tuple(pair for pair in self._pairs if not _may_be_unknown(pair))
        uncertain = tuple(
            Or((self._equality(*pair), *map(IsNull, pair)))
            for pair in self._pairs
            if _may_be_unknown(pair)
        )
        return replace(
            correlation,
            equalities=(*certain, *correlation.equalities),
            others=(*correlation.others, *uncertain),
        )

    def equals_only_row(self, binder: ExpressionBinder) -> Expression:
        """The comparison with the one row that the query has."""
        (column,), ((operand, member),) = self._columns, self._pairs
        value = value_of(binder, self.subquery)
        return self._equality(
            operand, rewrite(member, lambda part: value if part == column else None)
        )

    def is_unknown(self, plan: Plan, correlation: Correlation) -> Expression:
        """Whether the comparison with some row that meets the outer row is NULL, and none is TRUE."""
        if not self.is_single:
            return _has_partner(self.subquery, plan, self.not_excluded(correlation))
        ((operand, value),) = self._pairs
        calls = (COUNT_ROWS, AggregateCall("count", (value,), BIGINT))
        counts = self.subquery.attach_aggregates(plan, correlation, calls)
        rows, values = (Operand(coalesce((n, _ZERO), BIGINT), self._span) for n in counts)
        any_rows = compare(">", rows, Operand(_ZERO, self._span), self._span)
        any_null = compare("<", values, rows, self._span)
        return And((any_rows, Or((IsNull(operand), any_null))))

    def _equality(self, left: Expression, right: Expression) -> Expression:
        return compare("=", Operand(left, self._span), Operand(right, self._span), self._span)


def _pair(values: tuple[Expression, ...]) -> Equality:
    left, right = values
    return left, right


def _may_be_unknown(pair: Equality) -> bool:
    return any(map(is_nullable, pair))
