"""to_char and to_number of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.functions.coercion import as_decimal
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import map_distinct, of_rows
from coldb.engine.functions.numbers.exact import POWERS, out_of_range
from coldb.engine.functions.numbers.formats import (
    decimals_of,
    format_decimal,
    format_float,
    parse_number,
)
from coldb_warehouse.types import DOUBLE, MAX_DECIMAL_DIGITS, VARCHAR, Kind, Type, decimal

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Typing
    from coldb.engine.vector import Vector

__all__ = ["DEFINITIONS"]

_OPEN_SCALE = 10
"""Decimals of to_number where the template is no constant."""


def _to_char(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    scale = arguments[0].type.scale
    return map_distinct(
        lambda scaled, template: format_decimal(scaled, scale, template), arguments, result, rows
    )


def _to_number(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    def scaled(text: str, template: str) -> int:
        # Fractions of what the type can tell are cut off.
        value = int(parse_number(text, template).scaleb(result.scale))
        if abs(value) >= POWERS[result.precision]:
            raise out_of_range(result)
        return value

    return map_distinct(scaled, arguments, result, rows)


def _exact_and_text(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) != 2 or not arguments[0].is_exact:
        return None
    if arguments[1].kind not in (Kind.VARCHAR, Kind.NULL):
        return None
    return (as_decimal(arguments[0]), VARCHAR), VARCHAR


def _number_typing(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """As many decimals as the template has."""
    typing = fixed(VARCHAR, VARCHAR, result=VARCHAR).match(arguments, constants)
    if typing is None:
        return None
    template = constants[1]
    scale = _OPEN_SCALE if template is None else min(decimals_of(template), MAX_DECIMAL_DIGITS)
    return typing[0], decimal(MAX_DECIMAL_DIGITS, scale)


DEFINITIONS = (
    Definition(
        ScalarFunction("to_char", _to_char, can_fail=True),
        Signature("(exact number, VARCHAR)", _exact_and_text),
        "number as text by a template: `9`, `0`, `.`, `,`, `D`, `G`, `S`, `MI`, `PR`, `FM`, `EEEE`, `RN`",
        "to_char(-1234.5, 'FM9G999D00')",
    ),
    Definition(
        ScalarFunction("to_char", of_rows(format_float), can_fail=True),
        fixed(DOUBLE, VARCHAR, result=VARCHAR),
    ),
    Definition(
        ScalarFunction("to_number", _to_number, can_fail=True),
        Signature("(VARCHAR, VARCHAR)", _number_typing),
        "number from text by such a template",
        "to_number('1,234.50-', '9G999D99S')",
    ),
)
