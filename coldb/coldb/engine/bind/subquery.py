"""A query inside an expression, and the ways in which it can stand beside the rows outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.attachments import DependentValue, MatchedValue, SharedValue
from coldb.engine.bind.conversions import Operand, compare
from coldb.engine.bind.decorrelate import Decorrelation
from coldb.engine.bind.join_conditions import split_equalities
from coldb.engine.bind.nullability import is_nullable
from coldb.engine.expression_tools import fields_of, replace_fields
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Aggregate, AggregateCall, CrossProduct, Filter
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.join_conditions import Equality
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["COUNT_ROWS", "Correlation", "Subquery"]

COUNT_ROWS = AggregateCall("count_star", None, BIGINT)

Calls: TypeAlias = "tuple[AggregateCall, ...]"


@dataclass(frozen=True, slots=True)
class Correlation:
    """What ties the rows of a plan to an outer row: equalities (outer, inner), and other predicates."""

    equalities: tuple[Equality, ...] = ()
    others: tuple[Expression, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.equalities or self.others)


class Subquery:
    """A bound sub-query over the scope of `binder`, which it may read."""

    def __init__(self, binder: ExpressionBinder, query: ast.Query, span: ast.Span) -> None:
        self.span = span
        self.plan = binder.context.query(
            query, binder.surroundings.within(binder.scope, binder.columns)
        ).plan
        self._query = query
        self._binder = binder
        self._decorrelation = Decorrelation(binder.scope.reachable_fields(), binder.context, span)

    def only_column(self, what: str) -> Field:
        """The one column that the query may have here."""
        if len(self.plan.fields) != 1:
            count = len(self.plan.fields)
            message = f"the sub-query of {what} must have one column, not {count}"
            raise ProgrammingError(message, self._query.span)
        return self.plan.fields[0]

    def is_correlated(self, plan: Plan) -> bool:
        """Whether a part of the query reads the outer row."""
        return self._decorrelation.is_correlated(plan)

    def reads_outer(self, *expressions: Expression) -> bool:
        """Whether any of these expressions of the query reads the outer row."""
        return self._decorrelation.reads_outer(*expressions)

    def pull_up(self, plan: Plan) -> tuple[Plan, Correlation]:
        """A part of the query freed of outer fields, and what takes their place."""
        plan, predicates = self._decorrelation.pull_up(plan)
        return plan, Correlation(*split_equalities(predicates, self._decorrelation.outer))

    # --- beside the outer rows -----------------------------------------------------------------

    def attach_row(self, plan: Plan, equalities: tuple[Equality, ...] = ()) -> None:
        """A plan of one row, or of at most one row that meets the equalities."""
        value = MatchedValue(plan, equalities) if equalities else SharedValue(plan)
        self._binder.attachments.append(value)

    def attach_aggregates(
        self, plan: Plan, correlation: Correlation, calls: Calls
    ) -> tuple[FieldRef, ...]:
        """Aggregates over the rows of the plan that meet the outer row. Where none do, they are NULL,
        unless nothing correlates."""
        fields = tuple(self._binder.context.field(call.function, call.type) for call in calls)
        if self.reads_outer(*_parts(calls)) or correlation.others:
            self._attach_dependent(plan, correlation, calls, fields)
        elif correlation:
            self._attach_groups(plan, correlation.equalities, calls, fields)
        else:
            for field, call in zip(fields, calls, strict=True):
                self.attach_row(Aggregate(plan, (), (call,), (field,)))
        return tuple(map(FieldRef, fields))

    def _attach_groups(
        self, plan: Plan, equalities: tuple[Equality, ...], calls: Calls, fields: tuple[Field, ...]
    ) -> None:
        keys = tuple(inner for _, inner in equalities)
        key_fields = tuple(self._new_field(key) for key in keys)
        pairs = zip(equalities, key_fields, strict=True)
        matches = tuple((outer, FieldRef(field)) for (outer, _), field in pairs)
        self.attach_row(Aggregate(plan, keys, calls, key_fields + fields), matches)

    def _attach_dependent(
        self, plan: Plan, correlation: Correlation, calls: Calls, fields: tuple[Field, ...]
    ) -> None:
        predicates = correlation.others + tuple(
            compare("=", Operand(outer, self.span), Operand(inner, self.span), self.span)
            for outer, inner in correlation.equalities
        )
        read = [field for part in (*predicates, *_parts(calls)) for field in fields_of(part)]
        outer = tuple(dict.fromkeys(field for field in read if field not in plan.fields))
        self._decorrelation.check_immediate(outer, self._binder.scope)
        inputs = tuple(map(FieldRef, outer))
        own = tuple(self._new_field(value) for value in inputs)
        inside = dict(zip(outer, map(FieldRef, own), strict=True))
        predicates = tuple(replace_fields(predicate, inside) for predicate in predicates)
        calls = tuple(_replaced(call, inside) for call in calls)

        def query(values: Plan) -> Plan:
            pairs: Plan = CrossProduct((values, plan))
            matching = Filter(pairs, predicates) if predicates else pairs
            return Aggregate(matching, tuple(map(FieldRef, own)), calls, own + fields)

        self._binder.attachments.append(DependentValue(inputs, own, query))

    def _new_field(self, value: Expression) -> Field:
        name = value.field.name if isinstance(value, FieldRef) else "key"
        return self._binder.context.field(name, value.type, is_nullable(value))


def _parts(calls: Calls) -> list[Expression]:
    parts = [part for call in calls for part in (call.argument, call.filter)]
    return [part for part in parts if part is not None]


def _replaced(call: AggregateCall, mapping: Mapping[Field, Expression]) -> AggregateCall:
    argument, condition = (
        None if part is None else replace_fields(part, mapping)
        for part in (call.argument, call.filter)
    )
    return replace(call, argument=argument, filter=condition)
