"""A query inside an expression, and the ways in which it can stand beside the rows outside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.clauses.join_conditions import split_equalities
from coldb.engine.bind.subqueries.attachments import MatchedValue, SharedValue
from coldb.engine.bind.subqueries.correlation import Correlation, same_values
from coldb.engine.bind.subqueries.decorrelate import CannotPullUp, Decorrelation
from coldb.engine.bind.subqueries.unnest import Unnesting
from coldb.engine.calls import AggregateCall
from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Aggregate, CrossProduct, Filter, Project
from coldb.engine.plan_tools import call_parts, fields_read
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["COUNT_ROWS", "Subquery"]

COUNT_ROWS = AggregateCall("count_star", (), BIGINT)

Calls: TypeAlias = "tuple[AggregateCall, ...]"


class Subquery:
    """A bound sub-query over the scope of `binder`, which it may read."""

    def __init__(self, binder: ExpressionBinder, query: ast.Query, span: ast.Span) -> None:
        around = binder.surroundings.within(binder.scope, binder.columns)
        self._prepare(binder, binder.context.query(query, around).plan, query.span, span)

    @classmethod
    def of_plan(cls, binder: ExpressionBinder, plan: Plan, span: ast.Span) -> Subquery:
        """The sub-query that is bound already."""
        subquery = cls.__new__(cls)
        subquery._prepare(binder, plan, span, span)
        return subquery

    def _prepare(
        self, binder: ExpressionBinder, plan: Plan, query_span: ast.Span, span: ast.Span
    ) -> None:
        self.span = span
        self.plan = plan
        self._query_span = query_span
        self._binder = binder
        reachable = binder.scope.reachable_fields()
        self._further_out = reachable - binder.scope.fields()
        self._decorrelation = Decorrelation(reachable, binder.context)

    def only_column(self, what: str) -> Field:
        """The one column that the query may have here."""
        return self.columns(what, 1)[0]

    def columns(self, what: str, count: int) -> tuple[Field, ...]:
        """The columns of the query, which must be so many here."""
        given = len(self.plan.fields)
        if given != count:
            wanted = "one column" if count == 1 else f"{count} columns"
            message = f"the sub-query of {what} must have {wanted}, not {given}"
            raise ProgrammingError(message, self._query_span)
        return self.plan.fields

    def keep_column(self, index: int) -> None:
        """Leaves only one of the columns."""
        field = self.plan.fields[index]
        own = self._binder.context.field(field.name, field.type, field.nullable)
        match self.plan:
            case Project(child=child, expressions=expressions):
                self.plan = Project(child, (own,), (expressions[index],))
            case plan:
                self.plan = Project(plan, (own,), (FieldRef(field),))

    def is_correlated(self, plan: Plan) -> bool:
        """Whether a part of the query reads the row right outside."""
        return not self._binder.scope.fields().isdisjoint(fields_read(plan))

    def is_independent(self, plan: Plan) -> bool:
        """Whether a part of the query reads no row outside, be it further out."""
        return not self._decorrelation.is_correlated(plan)

    def reads_outer(self, *expressions: Expression) -> bool:
        """Whether any of these expressions of the query reads an outer row."""
        return self._decorrelation.reads_outer(*expressions)

    def pull_up(self, plan: Plan) -> tuple[Plan, Correlation]:
        """A part of the query freed of the row right outside, and what takes its place."""
        try:
            pulled, predicates = self._decorrelation.pull_up(plan)
        except CannotPullUp:
            return self._unnested(plan)
        return pulled, Correlation(*split_equalities(predicates, self._decorrelation.outer))

    def _unnested(self, plan: Plan) -> tuple[Plan, Correlation]:
        outer = self._binder.scope.fields() & fields_read(plan)
        if not outer:
            return plan, Correlation()
        inputs = sorted(outer, key=lambda field: field.id)
        unnesting = Unnesting(inputs, self._binder.context, self.span)
        plan, own = unnesting.unnested(plan)
        equalities = same_values(tuple(map(FieldRef, inputs)), own)
        return plan, Correlation(equalities, values=tuple(unnesting.values))

    # --- beside the outer rows -----------------------------------------------------------------

    def attach_row(self, plan: Plan, correlation: Correlation | None = None) -> None:
        """A plan of one row, or of at most one row that meets the outer row."""
        value = MatchedValue(plan, correlation) if correlation else SharedValue(plan, self.span)
        self._binder.attachments.append(value)

    def attach_aggregates(
        self, plan: Plan, correlation: Correlation, calls: Calls
    ) -> tuple[FieldRef, ...]:
        """Aggregates over the rows of the plan that meet the outer row. Where none do, they are NULL,
        unless nothing correlates."""
        if correlation.others or self.reads_outer(*call_parts(calls)):
            plan, correlation, calls = self._made_for_values(plan, correlation, calls)
        fields = tuple(self._binder.context.field(call.function, call.type) for call in calls)
        if correlation:
            self._attach_groups(plan, correlation, calls, fields)
        else:
            for field, call in zip(fields, calls, strict=True):
                self.attach_row(Aggregate(plan, (), (call,), (field,)))
        return tuple(map(FieldRef, fields))

    def _attach_groups(
        self, plan: Plan, correlation: Correlation, calls: Calls, fields: tuple[Field, ...]
    ) -> None:
        keys = tuple(inner for _, inner in correlation.equalities)
        key_fields = tuple(self._new_field(key) for key in keys)
        outer = (outer for outer, _ in correlation.equalities)
        equalities = tuple(zip(outer, map(FieldRef, key_fields), strict=True))
        groups = Aggregate(plan, keys, calls, key_fields + fields)
        self.attach_row(groups, replace(correlation, equalities=equalities))

    def _made_for_values(
        self, plan: Plan, correlation: Correlation, calls: Calls
    ) -> tuple[Plan, Correlation, Calls]:
        """The pairs of outer values and rows that meet, where more than equalities decides that or
        the calls themselves read the outer row."""
        predicates = correlation.predicates(self.span)
        read = frozenset().union(*map(fields_of, (*predicates, *call_parts(calls))))
        outer = read - frozenset(plan.fields) - self._further_out
        if not outer:
            return _filtered(plan, predicates), Correlation(), calls
        inputs = sorted(outer, key=lambda field: field.id)
        unnesting = Unnesting(inputs, self._binder.context, self.span)
        values = unnesting.new_values()
        pairs = CrossProduct((values.scan, plan))
        meeting = _filtered(pairs, unnesting.inside(predicates, values.fields))
        same = same_values(values.inputs, values.fields)
        made = Correlation(same, values=(*correlation.values, values))
        return meeting, made, unnesting.inside_calls(calls, values.fields)

    def _new_field(self, value: Expression) -> Field:
        name = value.field.name if isinstance(value, FieldRef) else "key"
        return self._binder.context.field(name, value.type, is_nullable(value))


def _filtered(plan: Plan, predicates: tuple[Expression, ...]) -> Plan:
    return Filter(plan, predicates) if predicates else plan
