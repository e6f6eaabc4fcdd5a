"""Sub-queries of expressions: their columns stand beside the rows before these are computed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, assert_never

from coldb.engine.bind.nullability import is_nullable
from coldb.engine.expression_tools import coalesce, fields_of
from coldb.engine.expressions import Constant, FieldRef, IsNull
from coldb.engine.plan import Aggregate, Join, SingleValue
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.bind.join_conditions import Equality
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = [
    "Attachment",
    "DependentValue",
    "MatchedValue",
    "SharedValue",
    "attach",
    "rewritten",
]


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A query of one row, the same for all rows."""

    query: Plan


@dataclass(frozen=True, slots=True)
class MatchedValue:
    """A query of which at most one row meets the equalities (expression of the rows, of the query)."""

    query: Plan
    equalities: tuple[Equality, ...]


@dataclass(frozen=True, slots=True)
class DependentValue:
    """A query that is made for the different values of `inputs` over the rows.

    `query` takes a plan whose fields, `fields`, are those values, and gives at most one row for each
    with these fields and others. After Neumann and Kemper, "Unnesting arbitrary queries" (2015).
    """

    inputs: tuple[Expression, ...]
    fields: tuple[Field, ...]
    query: Callable[[Plan], Plan]


Attachment: TypeAlias = "SharedValue | MatchedValue | DependentValue"


def rewritten(attachment: Attachment, change: Callable[[Expression], Expression]) -> Attachment:
    """The same with the expressions over the rows rewritten."""
    match attachment:
        case SharedValue():
            return attachment
        case MatchedValue():
            equalities = tuple((change(left), right) for left, right in attachment.equalities)
            return replace(attachment, equalities=equalities)
        case DependentValue():
            return replace(attachment, inputs=tuple(map(change, attachment.inputs)))
        case _:
            assert_never(attachment)


def attach(plan: Plan, attachments: Iterable[Attachment]) -> Plan:
    """The rows of `plan`, each as often as before, with the columns of the attachments; NULL where a
    query has no row."""
    rows = plan
    for attachment in attachments:
        match attachment:
            case SharedValue():
                plan = SingleValue(plan, attachment.query)
            case MatchedValue():
                plan = Join("left", plan, attachment.query, attachment.equalities)
            case DependentValue():
                plan = _with_dependent(plan, attachment, rows)
            case _:
                assert_never(attachment)
    return plan


def _with_dependent(plan: Plan, attachment: DependentValue, rows: Plan) -> Plan:
    """The values are taken from `rows`, the simpler plan without other attachments, if it has them."""
    needed = {field for value in attachment.inputs for field in fields_of(value)}
    source = rows if needed <= {*rows.fields} else plan
    values = Aggregate(source, attachment.inputs, (), attachment.fields)
    pairs = zip(attachment.inputs, attachment.fields, strict=True)
    equalities = tuple(pair for value, field in pairs for pair in _same(value, field))
    return Join("left", plan, attachment.query(values), equalities)


def _same(value: Expression, field: Field) -> tuple[Equality, ...]:
    """Equalities that hold if and only if the value is that of the field, be it NULL."""
    other = FieldRef(field)
    if not is_nullable(value):
        return ((value, other),)
    filler = Constant("" if value.type.kind is Kind.VARCHAR else 0, value.type)
    filled = (coalesce((value, filler), value.type), coalesce((other, filler), value.type))
    return ((IsNull(value), IsNull(other)), filled)
