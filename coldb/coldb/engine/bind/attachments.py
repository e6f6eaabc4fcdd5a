"""Sub-queries of expressions: their columns stand beside the rows before these are computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.nullability import is_nullable
from coldb.engine.expression_tools import coalesce
from coldb.engine.expressions import Constant, FieldRef, IsNull
from coldb.engine.plan import Aggregate, Join, SingleValue
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.bind.join_conditions import Equality
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["Attachment", "DependentValue", "MatchedValue", "SharedValue", "attach"]

Rewrite: TypeAlias = "Callable[[Expression], Expression]"


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A query of one row, the same for all rows."""

    query: Plan

    def rewritten(self, change: Rewrite) -> SharedValue:
        """The same with the expressions over the rows rewritten: there are none."""
        del change
        return self

    def beside(self, plan: Plan) -> Plan:
        """The rows of `plan` with the columns of the query."""
        return SingleValue(plan, self.query)


@dataclass(frozen=True, slots=True)
class MatchedValue:
    """A query of which at most one row meets the equalities (expression of the rows, of the query)."""

    query: Plan
    equalities: tuple[Equality, ...]

    def rewritten(self, change: Rewrite) -> MatchedValue:
        """The same with the expressions over the rows rewritten."""
        equalities = tuple((change(left), right) for left, right in self.equalities)
        return replace(self, equalities=equalities)

    def beside(self, plan: Plan) -> Plan:
        """The rows of `plan` with the columns of the query; NULL where no row meets the equalities."""
        return Join("left", plan, self.query, self.equalities)


@dataclass(frozen=True, slots=True)
class DependentValue:
    """A query that is made for the different values of `inputs` over the rows.

    `query` takes a plan whose fields, `fields`, are those values, and gives at most one row for each
    with these fields and others. After Neumann and Kemper, "Unnesting arbitrary queries" (2015).
    """

    inputs: tuple[Expression, ...]
    fields: tuple[Field, ...]
    query: Callable[[Plan], Plan]

    def rewritten(self, change: Rewrite) -> DependentValue:
        """The same with the expressions over the rows rewritten."""
        return replace(self, inputs=tuple(map(change, self.inputs)))

    def beside(self, plan: Plan) -> Plan:
        """The rows of `plan` with the columns of the query; NULL where it has no row."""
        values = Aggregate(plan, self.inputs, (), self.fields)
        pairs = zip(self.inputs, self.fields, strict=True)
        equalities = tuple(pair for value, field in pairs for pair in _same(value, field))
        return Join("left", plan, self.query(values), equalities)


def _same(value: Expression, field: Field) -> tuple[Equality, ...]:
    """Equalities that hold if and only if the value is that of the field, be it NULL."""
    other = FieldRef(field)
    if not is_nullable(value):
        return ((value, other),)
    filler = Constant("" if value.type.kind is Kind.VARCHAR else 0, value.type)
    filled = (coalesce((value, filler), value.type), coalesce((other, filler), value.type))
    return ((IsNull(value), IsNull(other)), filled)


Attachment: TypeAlias = "SharedValue | MatchedValue | DependentValue"


def attach(plan: Plan, attachments: Iterable[Attachment]) -> Plan:
    """The rows of `plan`, each as often as before, with the columns of the attachments."""
    for attachment in attachments:
        plan = attachment.beside(plan)
    return plan
