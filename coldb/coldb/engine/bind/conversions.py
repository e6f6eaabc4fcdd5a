"""Where types meet: open literals take the other side's type, conversions become Casts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coldb.engine.bind.context import located
from coldb.engine.bind.literals import exact_constant
from coldb.engine.expressions import Call, Cast, Constant
from coldb.engine.functions import resolve
from coldb.engine.functions.coercion import common_type_or_none
from coldb.engine.functions.literals import literal_cast
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BOOLEAN, INTERVAL, NULL, VARCHAR, Kind, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.expressions import Expression
    from coldb_grammar.ast import Span
    from coldb_warehouse.types import Type

__all__ = [
    "Operand",
    "as_condition",
    "call",
    "compare",
    "convert",
    "fitted",
    "negate",
    "operate",
    "unify",
]


@dataclass(frozen=True, slots=True)
class Operand:
    """A bound expression and its place. `untyped`: a string literal or NULL whose type is open."""

    expression: Expression
    span: Span
    untyped: bool = False

    @property
    def type(self) -> Type:
        """The type by which functions are found; NULL, which fits everywhere, while it is open."""
        return NULL if self.untyped else self.expression.type


def convert(operand: Operand, type_: Type) -> Expression:
    """The operand as `type_`, which the caller knows to fit. DataError for a literal that does not."""
    expression = operand.expression
    if expression.type == type_:
        return expression
    if isinstance(expression, Constant):
        if expression.value is None:
            return Constant(None, type_)
        if operand.untyped:
            with located(operand.span):
                return Constant(literal_cast(expression.value, type_), type_)
        exact = exact_constant(expression, type_)
        if exact is not None:
            return exact
    both_text = expression.type.kind is Kind.VARCHAR is type_.kind
    if both_text and not type_.length and not type_.trimmed:
        return expression
    return Cast(expression, type_, implicit=True, span=operand.span)


def unify(operands: Sequence[Operand], what: str) -> tuple[Type, tuple[Expression, ...]]:
    """Brings operands to their common type; VARCHAR if all are open. Raises ProgrammingError."""
    typed = [operand for operand in operands if operand.type.kind is not Kind.NULL]
    type_ = typed[0].type if typed else VARCHAR
    for operand in typed[1:]:
        common = common_type_or_none(type_, operand.type)
        if common is None:
            message = f"{what} needs one type, not {type_} and {operand.type}: cast one of them"
            raise ProgrammingError(message, operand.span)
        type_ = common
    if len(typed) < len(operands):
        type_ = _of_any_length(type_)
    return type_, tuple(convert(operand, type_) for operand in operands)


def call(name: str, operands: Sequence[Operand], span: Span) -> Expression:
    """A scalar function on operands. Raises ProgrammingError when there is none for their types."""
    with located(span):
        types = tuple(operand.type for operand in operands)
        resolution = resolve(name, types, tuple(map(_constant_value, operands)))
    arguments = []
    for operand, parameter in zip(operands, resolution.parameters, strict=True):
        arguments.append(convert(operand, VARCHAR if parameter.kind is Kind.NULL else parameter))
    return Call(resolution.function, tuple(arguments), resolution.result, span)


def compare(operator: str, left: Operand, right: Operand, span: Span) -> Expression:
    """A comparison. A number literal takes the exact type of the other side if it fits, so that a
    column is compared as it is stored."""
    if left.untyped and right.untyped:
        left, right = _as(left, VARCHAR), _as(right, VARCHAR)
    elif left.untyped:
        left = _as(left, _of_any_length(right.type))
    elif right.untyped:
        right = _as(right, _of_any_length(left.type))
    else:
        left, right = fitted(left, right.type), fitted(right, left.type)
    return call(operator, (left, right), span)


_ON_TEXT = frozenset({"||", "~", "!~", "~*", "!~*"})


def operate(operator: str, left: Operand, right: Operand, span: Span) -> Expression:
    """An operator that is no comparison. An open literal takes the type of the other side."""
    if operator in _ON_TEXT:
        return call(operator, (left, right), span)
    if left.untyped and right.untyped:
        message = f"no type tells what {operator} means here: cast one side"
        raise ProgrammingError(message, span)
    if left.untyped and right.type.kind is not Kind.INTERVAL:
        left = _as(left, _beside(operator, right.type, span))
    elif right.untyped and left.type.kind is not Kind.INTERVAL:
        right = _as(right, _beside(operator, left.type, span))
    return call(operator, (_scaled(left, right.type), _scaled(right, left.type)), span)


_TIMES = frozenset({Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})


def _beside(operator: str, other: Type, span: Span) -> Type:
    """The type of an open literal beside `other`. Two times cannot be added, and so a literal that is
    added to one is an INTERVAL; to a DATE, it may be one or a number of days."""
    if operator == "+" and other.kind in _TIMES:
        return INTERVAL
    if operator == "+" and other.kind is Kind.DATE:
        message = "no type tells what is added to the DATE: write INTERVAL '1 day', or 1"
        raise ProgrammingError(message, span)
    return other


def negate(operand: Operand, span: Span) -> Expression:
    """`-x`."""
    if operand.untyped:
        raise ProgrammingError("no type tells what - means here: cast its operand", span)
    return call("neg", (operand,), span)


def as_condition(operand: Operand, clause: str) -> Expression:
    """The operand as BOOLEAN. Raises ProgrammingError: numbers are not conditions."""
    if operand.untyped or operand.type == BOOLEAN:
        return convert(operand, BOOLEAN)
    raise ProgrammingError(f"{clause} must be true or false, not {operand.type}", operand.span)


def _of_any_length(type_: Type) -> Type:
    """The type that a literal takes beside it: a longer text is another one, and not to be cut."""
    return replace(type_, length=0) if type_.length else type_


def _constant_value(operand: Operand) -> Any:
    if not isinstance(operand.expression, Constant):
        return None
    return operand.expression.value


def _as(operand: Operand, type_: Type) -> Operand:
    return Operand(convert(operand, type_), operand.span)


def fitted(operand: Operand, other: Type) -> Operand:
    """A number constant as one of the exact type `other`, if that holds it; else the operand."""
    if isinstance(operand.expression, Constant):
        exact = exact_constant(operand.expression, other)
        if exact is not None:
            return Operand(exact, operand.span)
    return operand


def _scaled(operand: Operand, other: Type) -> Operand:
    """An integer constant beside a DECIMAL as a DECIMAL of just its digits."""
    constant = operand.expression
    if other.kind is not Kind.DECIMAL or not isinstance(constant, Constant):
        return operand
    if not constant.type.is_integer or constant.value is None:
        return operand
    digits = decimal(len(str(abs(constant.value))), 0)
    return Operand(Constant(constant.value, digits), operand.span)
