"""Sub-queries in expressions: EXISTS, IN and values, correlated or not.

Where a condition decides alone whether a row stays, it becomes a semi or anti join. Elsewhere the
result of the sub-query is attached to the rows as a column: once for all of them, or by a left join
on the equalities with the outer row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.attachments import Attachment
from coldb.engine.bind.conversions import Operand, call, compare, unify
from coldb.engine.bind.decorrelate import Decorrelation
from coldb.engine.bind.join_conditions import Equality, split_equalities
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.bind.rewrite import rewrite
from coldb.engine.bind.uniqueness import is_unique
from coldb.engine.expression_tools import coalesce, replace_fields
from coldb.engine.expressions import And, Call, Case, Constant, FieldRef, IsNull, Not, Or
from coldb.engine.functions.single_row import SINGLE_ROW
from coldb.engine.plan import Aggregate, AggregateCall, Filter, Join, Limit, OneRow, Project, Sort
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT, BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import JoinKind, Plan
    from coldb_grammar import ast

__all__ = [
    "SubqueryJoin",
    "bind_exists",
    "bind_in_query",
    "bind_scalar_query",
    "exists_condition",
    "in_condition",
]

_COUNT_ROWS = AggregateCall("count_star", None, BIGINT)


@dataclass(frozen=True, slots=True)
class SubqueryJoin:
    """A semi join (keep rows that have a partner in `query`) or, `negated`, an anti join."""

    query: Plan
    equalities: tuple[Equality, ...]
    residual: tuple[Expression, ...]
    negated: bool
    null_aware: bool = False

    def over(self, plan: Plan) -> Plan:
        """The rows of `plan` that stay."""
        kind: JoinKind = "anti" if self.negated else "semi"
        return Join(kind, plan, self.query, self.equalities, self.residual, self.null_aware)

    def rewritten(self, change: Callable[[Expression], Expression]) -> SubqueryJoin:
        """The same with the expressions over the rows of `plan` rewritten."""
        equalities = tuple((change(left), right) for left, right in self.equalities)
        return replace(self, equalities=equalities, residual=tuple(map(change, self.residual)))


# --- EXISTS ------------------------------------------------------------------------------------


def exists_condition(
    binder: ExpressionBinder, node: ast.Exists, negated: bool
) -> SubqueryJoin | Expression:
    """[NOT] EXISTS as a whole condition: a join if it is correlated."""
    plan = _for_existence(_subplan(binder, node.query))
    decorrelation = _decorrelation(binder, node.span)
    if not decorrelation.is_correlated(plan):
        test = _has_rows(binder, plan, node.span)
        return Not(test) if negated else test
    plan, pulled = decorrelation.pull_up(plan)
    return SubqueryJoin(plan, *split_equalities(pulled, decorrelation.outer), negated)


def bind_exists(binder: ExpressionBinder, node: ast.Exists) -> Expression:
    """EXISTS as a value."""
    plan = _for_existence(_subplan(binder, node.query))
    decorrelation = _decorrelation(binder, node.span)
    if not decorrelation.is_correlated(plan):
        return _has_rows(binder, plan, node.span)
    plan, equalities = _with_equalities(plan, decorrelation)
    return _has_partner(binder, plan, equalities)


def _for_existence(plan: Plan) -> Plan:
    """A simpler plan that has rows if and only if this one has."""
    while True:
        match plan:
            case Project() | Sort() | Aggregate(keys=(_, *_)):
                plan = plan.child
            case Limit(count=count, offset=0) if count != 0:
                plan = plan.child
            case Aggregate():
                return OneRow()
            case _:
                return plan


def _has_rows(binder: ExpressionBinder, plan: Plan, span: ast.Span) -> Expression:
    if isinstance(plan, OneRow):
        return Constant(True, BOOLEAN)
    field = binder.context.field("count", BIGINT, nullable=False)
    binder.attachments.append(Attachment(Aggregate(Limit(plan, 1), (), (_COUNT_ROWS,), (field,))))
    zero = Operand(Constant(0, BIGINT), span)
    return call(">", (Operand(FieldRef(field), span), zero), span)


def _has_partner(
    binder: ExpressionBinder, plan: Plan, equalities: Sequence[Equality]
) -> Expression:
    """Whether any row of the plan meets the equalities with the outer row."""
    (count,) = _attach_by_key(binder, plan, equalities, (_COUNT_ROWS,))
    return Not(IsNull(count))


# --- IN ----------------------------------------------------------------------------------------


def in_condition(
    binder: ExpressionBinder, node: ast.InQuery, negated: bool
) -> SubqueryJoin | Expression:
    """[NOT] IN (query) as a whole condition: a join, unless the query has one row anyway."""
    member = _Member(binder, node)
    if member.is_single_row:
        test = member.equals_value()
        return Not(test) if negated else test
    value, plan = member.value, member.plan
    decorrelation = member.decorrelation
    plan, pulled = decorrelation.pull_up(plan)
    equalities, residual = split_equalities(pulled, decorrelation.outer)
    if not negated or not member.is_nullable:
        return SubqueryJoin(plan, ((member.operand, value), *equalities), residual, negated)
    if not pulled:
        return SubqueryJoin(plan, ((member.operand, value),), (), negated, null_aware=True)
    # Among the rows that correlate, one with an unknown comparison keeps the outer row out as well.
    not_false = Or((member.equality(value), IsNull(member.operand), IsNull(value)))
    return SubqueryJoin(plan, equalities, (*residual, not_false), negated)


def bind_in_query(binder: ExpressionBinder, node: ast.InQuery, filtering: bool) -> Expression:
    """IN (query) as a value: TRUE, FALSE, or NULL where only an unknown comparison might match."""
    member = _Member(binder, node)
    if member.is_single_row:
        test = member.equals_value()
        return Not(test) if node.negated else test
    plan, equalities = _with_equalities(member.plan, member.decorrelation)
    found = _has_partner(binder, plan, ((member.operand, member.value), *equalities))
    if member.is_nullable and (node.negated or not filtering):
        rows, values = _tally(binder, _Member(binder, node))
        zero = Operand(Constant(0, BIGINT), node.span)
        any_rows = compare(">", Operand(rows, node.span), zero, node.span)
        any_null = compare("<", Operand(values, node.span), Operand(rows, node.span), node.span)
        unknown = And((any_rows, Or((IsNull(member.operand), any_null))))
        branches = ((found, Constant(True, BOOLEAN)), (unknown, Constant(None, BOOLEAN)))
        found = Case(branches, Constant(False, BOOLEAN), BOOLEAN)
    return Not(found) if node.negated else found


class _Member:
    """The two sides of IN (query), brought to one type."""

    def __init__(self, binder: ExpressionBinder, node: ast.InQuery) -> None:
        self._binder = binder
        self._node = node
        operand = binder.operand(node.operand)
        self.plan = _subplan(binder, node.query)
        field = _only_column(self.plan, "IN", node.query)
        _, (self.operand, self.value) = unify(
            (operand, Operand(FieldRef(field), node.query.span)), "IN"
        )
        self.decorrelation = _decorrelation(binder, node.span)
        aggregate = _aggregate_value(self.plan)
        self.is_single_row = aggregate is not None and not aggregate[1]

    @property
    def is_nullable(self) -> bool:
        return is_nullable(self.operand) or is_nullable(self.value)

    def equality(self, value: Expression) -> Expression:
        span = self._node.span
        return compare("=", Operand(self.operand, span), Operand(value, span), span)

    def equals_value(self) -> Expression:
        """The comparison with the one row that the query has."""
        value = _value_of(self._binder, self.plan, self.decorrelation)
        field = self.plan.fields[0]
        return self.equality(
            rewrite(self.value, lambda part: value if part == FieldRef(field) else None)
        )


def _tally(binder: ExpressionBinder, member: _Member) -> tuple[Expression, Expression]:
    """How many rows the query has for the outer row, and in how many the value is not NULL."""
    plan, equalities = _with_equalities(member.plan, member.decorrelation)
    calls = (_COUNT_ROWS, AggregateCall("count", member.value, BIGINT))
    if equalities:
        counts = _attach_by_key(binder, plan, equalities, calls)
        rows, values = (coalesce((count, Constant(0, BIGINT)), BIGINT) for count in counts)
        return rows, values
    fields = []
    for aggregate in calls:
        field = binder.context.field(aggregate.function, BIGINT, nullable=False)
        binder.attachments.append(Attachment(Aggregate(plan, (), (aggregate,), (field,))))
        fields.append(field)
    return FieldRef(fields[0]), FieldRef(fields[1])


# --- values ------------------------------------------------------------------------------------


def bind_scalar_query(binder: ExpressionBinder, node: ast.ScalarQuery) -> Expression:
    """A query as a value: NULL if it has no row, an error at run time if it has more than one."""
    plan = _subplan(binder, node.query)
    _only_column(plan, "a value", node.query)
    return _value_of(binder, plan, _decorrelation(binder, node.span))


def _value_of(binder: ExpressionBinder, plan: Plan, decorrelation: Decorrelation) -> Expression:
    if not decorrelation.is_correlated(plan):
        binder.attachments.append(Attachment(plan))
        return FieldRef(replace(plan.fields[0], nullable=True))
    aggregate = _aggregate_value(plan)
    if aggregate is not None:
        return _correlated_aggregate(binder, *aggregate, decorrelation)
    return _correlated_row(binder, plan, decorrelation)


def _aggregate_value(plan: Plan) -> tuple[Expression, tuple[Expression, ...], Aggregate] | None:
    """The value, the HAVING and the aggregate of a query without GROUP BY, which has one row
    whatever it reads, unless HAVING drops it; None for other queries."""
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
    binder: ExpressionBinder,
    value: Expression,
    having: tuple[Expression, ...],
    aggregate: Aggregate,
    decorrelation: Decorrelation,
) -> Expression:
    """An aggregate over the rows that meet the outer row. An outer row that meets none has no
    group: its counts are zero, its other aggregates NULL."""
    plan, pulled = decorrelation.pull_through_aggregate(aggregate)
    equalities, _ = split_equalities(pulled, decorrelation.outer)
    if not equalities and len(aggregate.aggregates) != 1:
        raise decorrelation.unsupported()
    binder.attachments.append(Attachment(plan, equalities))
    results: dict[Expression, Expression] = {}
    for field, aggregate_call in zip(aggregate.fields, aggregate.aggregates, strict=True):
        result: Expression = FieldRef(replace(field, nullable=True))
        if aggregate_call.function in ("count", "count_star"):
            result = coalesce((result, Constant(0, BIGINT)), BIGINT)
        results[FieldRef(field)] = result
    value = rewrite(value, results.get)
    if having:
        condition = And(tuple(rewrite(predicate, results.get) for predicate in having))
        return Case(((condition, value),), Constant(None, value.type), value.type)
    return value


def _correlated_row(
    binder: ExpressionBinder, plan: Plan, decorrelation: Decorrelation
) -> Expression:
    """The one row that meets the outer row."""
    plan, equalities = _with_equalities(plan, decorrelation)
    if not equalities:
        raise decorrelation.unsupported()
    field = plan.fields[0]
    if is_unique(plan, [inner for _, inner in equalities], binder.context.catalog):
        binder.attachments.append(Attachment(plan, equalities))
        return FieldRef(replace(field, nullable=True))
    calls = (AggregateCall("min", FieldRef(field), field.type), _COUNT_ROWS)
    arguments = _attach_by_key(binder, plan, equalities, calls)
    return Call(SINGLE_ROW, arguments, field.type)


# --- parts -------------------------------------------------------------------------------------


def _subplan(binder: ExpressionBinder, query: ast.Query) -> Plan:
    return binder.context.query(query, binder.surroundings.within(binder.scope)).plan


def _decorrelation(binder: ExpressionBinder, span: ast.Span) -> Decorrelation:
    return Decorrelation(binder.scope.reachable_fields(), binder.context, span)


def _only_column(plan: Plan, where: str, query: ast.Query) -> Field:
    if len(plan.fields) != 1:
        message = f"the sub-query of {where} must have one column, not {len(plan.fields)}"
        raise ProgrammingError(message, query.span)
    return plan.fields[0]


def _with_equalities(plan: Plan, decorrelation: Decorrelation) -> tuple[Plan, tuple[Equality, ...]]:
    """The plan freed of outer fields, where nothing but equalities tied it to them."""
    plan, pulled = decorrelation.pull_up(plan)
    equalities, residual = split_equalities(pulled, decorrelation.outer)
    if residual:
        raise decorrelation.unsupported()
    return plan, equalities


def _attach_by_key(
    binder: ExpressionBinder,
    plan: Plan,
    equalities: Sequence[Equality],
    calls: tuple[AggregateCall, ...],
) -> tuple[Expression, ...]:
    """Aggregates over the rows of the plan that meet the outer row; NULL where there are none."""
    context = binder.context
    keys = tuple(inner for _, inner in equalities)
    key_fields = tuple(context.field("", key.type, is_nullable(key)) for key in keys)
    fields = tuple(context.field(aggregate.function, aggregate.type) for aggregate in calls)
    groups = Aggregate(plan, keys, calls, key_fields + fields)
    pairs = zip(equalities, key_fields, strict=True)
    binder.attachments.append(
        Attachment(groups, tuple((outer, FieldRef(field)) for (outer, _), field in pairs))
    )
    return tuple(map(FieldRef, fields))
