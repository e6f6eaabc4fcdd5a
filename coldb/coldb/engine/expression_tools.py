"""What is asked of expression trees everywhere: their operands, their fields, their text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from coldb.engine.expressions import (
    And,
    Call,
    Case,
    Cast,
    Constant,
    Expression,
    Field,
    FieldRef,
    InValues,
    IsNull,
    Not,
    Or,
)
from coldb_warehouse.types import BOOLEAN, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = [
    "coalesce",
    "fields_of",
    "is_volatile",
    "nullif",
    "operands",
    "replace_fields",
    "rewrite",
    "to_text",
    "walk",
    "with_operands",
]


def operands(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside an expression, in the order in which they are written."""
    match expression:
        case FieldRef() | Constant():
            return ()
        case Call():
            return expression.arguments
        case Cast() | Not() | IsNull() | InValues():
            return (expression.operand,)
        case And() | Or():
            return expression.operands
        case Case():
            parts = [part for branch in expression.branches for part in branch]
            return (*parts, expression.otherwise)
        case _:
            assert_never(expression)


def with_operands(expression: Expression, new: tuple[Expression, ...]) -> Expression:
    """The same expression over other operands; itself where they are the ones it has."""
    if all(after is before for after, before in zip(new, operands(expression), strict=True)):
        return expression
    match expression:
        case FieldRef() | Constant():
            return expression
        case Call():
            return replace(expression, arguments=new)
        case Cast() | Not() | IsNull() | InValues():
            return replace(expression, operand=new[0])
        case And() | Or():
            return replace(expression, operands=new)
        case Case():
            branches = tuple(zip(new[:-1:2], new[1::2], strict=True))
            return replace(expression, branches=branches, otherwise=new[-1])
        case _:
            assert_never(expression)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, outside in, left to right."""
    pending = [expression]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(operands(current)))


def fields_of(expression: Expression) -> frozenset[Field]:
    """The fields that the value depends on."""
    return frozenset(part.field for part in walk(expression) if isinstance(part, FieldRef))


def is_volatile(expression: Expression) -> bool:
    """Whether it gives another value each time it is evaluated, as random() does."""
    return any(isinstance(part, Call) and part.function.volatile for part in walk(expression))


def rewrite(
    expression: Expression, replacement: Callable[[Expression], Expression | None]
) -> Expression:
    """The expression with every part for which `replacement` is not None replaced by it, the
    largest parts first."""
    replaced = replacement(expression)
    if replaced is not None:
        return replaced
    parts = tuple(rewrite(part, replacement) for part in operands(expression))
    return with_operands(expression, parts)


def replace_fields(expression: Expression, mapping: Mapping[Field, Expression]) -> Expression:
    """The expression with fields written out as other expressions; fields not in `mapping` stay."""

    def written_out(part: Expression) -> Expression | None:
        return mapping.get(part.field) if isinstance(part, FieldRef) else None

    return rewrite(expression, written_out)


def coalesce(arguments: Sequence[Expression], type_: Type) -> Expression:
    """COALESCE of arguments of `type_`: later ones are evaluated only where needed."""
    branches = tuple((Not(IsNull(argument)), argument) for argument in arguments[:-1])
    return Case(branches, arguments[-1], type_) if branches else arguments[0]


def nullif(left: Expression, equal: Expression) -> Expression:
    """NULLIF(left, right), given the comparison `left = right`."""
    return Case(((equal, Constant(None, left.type)),), left, left.type)


# --- text --------------------------------------------------------------------------------------

_PRECEDENCE = {"^": 10, "*": 9, "/": 9, "%": 9, "+": 8, "-": 8, "||": 7, "like": 6, "ilike": 6}
_COMPARISON = 5
_NOT = 3
_AND = 2
_OR = 1
_HIGHEST = 12


def to_text(expression: Expression) -> str:
    """The expression as SQL, for EXPLAIN: fields by name, implicit casts left out."""
    return _text(expression, 0)


def _text(expression: Expression, surrounding: int) -> str:
    """In parentheses where the operator around, of precedence `surrounding`, binds tighter."""
    text, precedence = _text_and_precedence(expression)
    return f"({text})" if precedence < surrounding else text


def _text_and_precedence(expression: Expression) -> tuple[str, int]:
    match expression:
        case FieldRef():
            return expression.field.name, _HIGHEST
        case Constant():
            return _constant_text(expression.value, expression.type)
        case Call():
            return _call_text(expression)
        case Cast():
            if expression.implicit:
                return _text_and_precedence(expression.operand)
            return f"CAST({to_text(expression.operand)} AS {expression.type})", _HIGHEST
        case And():
            return " AND ".join(_text(part, _AND + 1) for part in expression.operands), _AND
        case Or():
            return " OR ".join(_text(part, _OR + 1) for part in expression.operands), _OR
        case Not():
            return _negated_text(expression.operand)
        case IsNull():
            return f"{_text(expression.operand, _COMPARISON + 1)} IS NULL", _COMPARISON - 1
        case InValues():
            return _in_text(expression, "IN"), _COMPARISON
        case Case():
            branches = " ".join(
                f"WHEN {to_text(condition)} THEN {to_text(value)}"
                for condition, value in expression.branches
            )
            return f"CASE {branches} ELSE {to_text(expression.otherwise)} END", _HIGHEST
        case _:
            assert_never(expression)


def _negated_text(operand: Expression) -> tuple[str, int]:
    match operand:
        case IsNull():
            return f"{_text(operand.operand, _COMPARISON + 1)} IS NOT NULL", _COMPARISON - 1
        case InValues():
            return _in_text(operand, "NOT IN"), _COMPARISON
        case Call() if operand.function.name in ("like", "ilike"):
            return _operator_text(operand, f"NOT {operand.function.name.upper()}")
        case _:
            return f"NOT {_text(operand, _NOT)}", _NOT


def _call_text(call: Call) -> tuple[str, int]:
    name = call.function.name
    if name == "neg":
        return f"-{_text(call.arguments[0], _HIGHEST)}", _HIGHEST - 1
    if call.function.operator:
        return _operator_text(call, name.upper())
    if name.startswith("extract_"):
        return (
            f"EXTRACT({name.removeprefix('extract_')} FROM {to_text(call.arguments[0])})",
            _HIGHEST,
        )
    return f"{name}({', '.join(map(to_text, call.arguments))})", _HIGHEST


def _operator_text(call: Call, symbol: str) -> tuple[str, int]:
    precedence = _PRECEDENCE.get(call.function.name, _COMPARISON)
    left, right, *escape = call.arguments
    text = f"{_text(left, precedence)} {symbol} {_text(right, precedence + 1)}"
    return text + "".join(f" ESCAPE {_text(part, _HIGHEST)}" for part in escape), precedence


def _in_text(expression: InValues, operator: str) -> str:
    values = [_constant_text(value, expression.operand.type)[0] for value in expression.values]
    if expression.has_null:
        values.append("NULL")
    return f"{_text(expression.operand, _COMPARISON + 1)} {operator} ({', '.join(values)})"


def _constant_text(value: Any, type_: Type) -> tuple[str, int]:
    from coldb.engine.functions.literals import text_of

    if value is None:
        return "NULL", _HIGHEST
    text = text_of(value, type_)
    if type_.kind is Kind.VARCHAR:
        return "'" + text.replace("'", "''") + "'", _HIGHEST
    if type_.kind is Kind.ARRAY:
        quoted = text.replace("'", "''")
        return f"'{quoted}'::{type_}", _HIGHEST
    if type_ == BOOLEAN:
        return text.upper(), _HIGHEST
    if not type_.is_numeric:
        return f"{type_} '{text}'", _HIGHEST
    return text, _HIGHEST - 1 if text.startswith("-") else _HIGHEST
