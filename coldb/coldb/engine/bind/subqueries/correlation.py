"""What ties the rows of a sub-query to a row outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import Operand, compare
from coldb.engine.expression_tools import coalesce, fields_of
from coldb.engine.expressions import Constant, FieldRef, IsNull
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import Aggregate, FrameScan, children, with_children

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.clauses.join_conditions import Equality
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar.ast import Span

__all__ = ["Correlation", "OuterValues", "same_values"]

_PLACEHOLDER = "*outer values*"


@dataclass(frozen=True, slots=True)
class OuterValues:
    """The different values of `inputs` over the outer rows, as the columns `fields` of a table.

    A sub-query is bound before the rows around it are known, so its plan reads `scan`, for which
    `filled` puts the rows when they are.
    """

    inputs: tuple[Expression, ...]
    fields: tuple[Field, ...]

    @property
    def scan(self) -> Plan:
        """The leaf that stands for these values in a plan."""
        return FrameScan(_PLACEHOLDER, self.fields)

    @property
    def needed(self) -> frozenset[Field]:
        """The fields that the outer rows must have."""
        return frozenset().union(*map(fields_of, self.inputs))

    def filled(self, plan: Plan, rows: Plan) -> Plan:
        """The plan with the values of these outer rows."""
        if isinstance(plan, FrameScan):
            is_here = plan.name == _PLACEHOLDER and plan.fields == self.fields
            return Aggregate(rows, self.inputs, (), self.fields) if is_here else plan
        return with_children(plan, tuple(self.filled(child, rows) for child in children(plan)))


@dataclass(frozen=True, slots=True)
class Correlation:
    """Equalities (outer, inner), other predicates on an outer and an inner row, and the tables of
    outer values that the inner rows were made with."""

    equalities: tuple[Equality, ...] = ()
    others: tuple[Expression, ...] = ()
    values: tuple[OuterValues, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.equalities or self.others)

    def predicates(self, span: Span) -> tuple[Expression, ...]:
        """All of it as conditions on pairs of rows."""
        equal = tuple(
            compare("=", Operand(outer, span), Operand(inner, span), span)
            for outer, inner in self.equalities
        )
        return self.others + equal

    def rewritten(self, change: Callable[[Expression], Expression]) -> Correlation:
        """The same with the expressions over the outer row rewritten."""
        return Correlation(
            tuple((change(outer), inner) for outer, inner in self.equalities),
            tuple(map(change, self.others)),
            tuple(replace(one, inputs=tuple(map(change, one.inputs))) for one in self.values),
        )

    def filled(self, query: Plan, rows: Plan, fewer_columns: Plan) -> Plan:
        """The inner rows for these outer rows. `fewer_columns` is a simpler plan with at least the
        same rows, used instead if its columns are enough."""
        for values in self.values:
            enough = values.needed <= frozenset(fewer_columns.fields)
            query = values.filled(query, fewer_columns if enough else rows)
        return query


def same_values(outer: tuple[Expression, ...], inner: tuple[Field, ...]) -> tuple[Equality, ...]:
    """Equalities that hold if and only if all values are equal, or both NULL."""
    return tuple(
        pair for value, field in zip(outer, inner, strict=True) for pair in _same(value, field)
    )


def _same(value: Expression, field: Field) -> tuple[Equality, ...]:
    other = FieldRef(field)
    if not is_nullable(value):
        return ((value, other),)
    filler = Constant(value.type.blank, value.type)
    filled = (coalesce((value, filler), value.type), coalesce((other, filler), value.type))
    return ((IsNull(value), IsNull(other)), filled)
