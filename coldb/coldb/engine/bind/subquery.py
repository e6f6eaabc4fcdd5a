"""A query inside an expression, and the ways in which it can stand beside the rows outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.attachments import Attachment
from coldb.engine.bind.decorrelate import Decorrelation
from coldb.engine.bind.join_conditions import split_equalities
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Aggregate, AggregateCall
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.join_conditions import Equality
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["COUNT_ROWS", "Subquery"]

COUNT_ROWS = AggregateCall("count_star", None, BIGINT)


class Subquery:
    """A bound sub-query. `outer` are the fields of the queries around it, which it may read."""

    def __init__(self, binder: ExpressionBinder, query: ast.Query, span: ast.Span) -> None:
        self.span = span
        self.plan = binder.context.query(query, binder.surroundings.within(binder.scope)).plan
        self.outer = binder.scope.reachable_fields()
        self._query = query
        self._binder = binder
        self.decorrelation = Decorrelation(self.outer, binder.context, span)

    def only_column(self, what: str) -> Field:
        """The one column that the query may have here."""
        if len(self.plan.fields) != 1:
            count = len(self.plan.fields)
            message = f"the sub-query of {what} must have one column, not {count}"
            raise ProgrammingError(message, self._query.span)
        return self.plan.fields[0]

    def pull_up(self, plan: Plan) -> tuple[Plan, tuple[Equality, ...], tuple[Expression, ...]]:
        """The plan freed of outer fields, with the equalities (outer, inner) and the other
        predicates on outer and inner rows that take their place."""
        plan, predicates = self.decorrelation.pull_up(plan)
        return plan, *split_equalities(predicates, self.outer)

    def pull_up_equalities(self, plan: Plan) -> tuple[Plan, tuple[Equality, ...]]:
        """The same for a plan that nothing but equalities ties to the outer row."""
        plan, equalities, others = self.pull_up(plan)
        if others:
            raise self.decorrelation.unsupported()
        return plan, equalities

    def attach(self, plan: Plan, equalities: tuple[Equality, ...] = ()) -> None:
        """Puts a plan of one row (for each outer row) beside the outer rows."""
        self._binder.attachments.append(Attachment(plan, equalities))

    def attach_count(self, plan: Plan, call: AggregateCall) -> FieldRef:
        """A count over the rows of the plan, the same for every outer row."""
        field = self._binder.context.field(call.function, BIGINT, nullable=False)
        self.attach(Aggregate(plan, (), (call,), (field,)))
        return FieldRef(field)

    def attach_groups(
        self, plan: Plan, equalities: Sequence[Equality], calls: tuple[AggregateCall, ...]
    ) -> tuple[FieldRef, ...]:
        """Aggregates over the rows of the plan that meet the outer row; NULL where none do."""
        context = self._binder.context
        keys = tuple(inner for _, inner in equalities)
        key_fields = tuple(context.field("key", key.type, is_nullable(key)) for key in keys)
        fields = tuple(context.field(call.function, call.type) for call in calls)
        groups = Aggregate(plan, keys, calls, key_fields + fields)
        pairs = zip(equalities, key_fields, strict=True)
        self.attach(groups, tuple((outer, FieldRef(field)) for (outer, _), field in pairs))
        return tuple(map(FieldRef, fields))
