"""Bound expressions: names resolved to fields, functions to kernels, every node with its type.

The binder inserts every conversion as an explicit Cast, so that a kernel meets exactly the types that
it declared. Trees are immutable; rules build new ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_warehouse.types import BOOLEAN, Type

if TYPE_CHECKING:
    from coldb.engine.functions.registry import ScalarFunction
    from coldb_grammar.ast import Span

__all__ = [
    "And",
    "Call",
    "Case",
    "Cast",
    "Constant",
    "Expression",
    "Field",
    "FieldRef",
    "InValues",
    "IsNull",
    "Not",
    "Or",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a plan node's output. `id` is unique in the query; two fields are the same when it is equal."""

    id: int
    name: str = field(compare=False)
    type: Type = field(compare=False)
    nullable: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class FieldRef:
    field: Field

    @property
    def type(self) -> Type:
        return self.field.type


@dataclass(frozen=True, slots=True)
class Constant:
    """`value` in its physical form: scaled int for DECIMAL, days for DATE, microseconds for TIMESTAMP,
    (months, days, microseconds) for INTERVAL, str for VARCHAR, None for NULL."""

    value: Any
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """A scalar function on arguments of exactly the types it was resolved for."""

    function: ScalarFunction
    arguments: tuple[Expression, ...]
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """`implicit` marks conversions that the binder added; EXPLAIN leaves them out."""

    operand: Expression
    type: Type
    implicit: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """Three-valued; later operands are evaluated only where earlier ones are not false."""

    operands: tuple[Expression, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Or:
    """Three-valued; later operands are evaluated only where earlier ones are not true."""

    operands: tuple[Expression, ...]

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class InValues:
    """`operand IN (constants)`; the constants have the operand's type; `has_null` if NULL was among them."""

    operand: Expression
    values: tuple[Any, ...]
    has_null: bool = False

    @property
    def type(self) -> Type:
        return BOOLEAN


@dataclass(frozen=True, slots=True)
class Case:
    """Searched CASE; each branch is evaluated only on the rows that reach it."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression
    type: Type


Expression: TypeAlias = (
    "FieldRef | Constant | Call | Cast | And | Or | Not | IsNull | InValues | Case"
)
