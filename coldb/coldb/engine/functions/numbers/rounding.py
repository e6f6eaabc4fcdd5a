"""abs, sign and the roundings: exact on DECIMAL, as PostgreSQL rounds on DOUBLE."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import as_decimal
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.functions.numbers.exact import (
    POWERS,
    bounds_of,
    exact_vector,
    out_of_range,
    rescale,
    rows_where,
    truncated_quotient,
)
from coldb.engine.functions.numbers.math import float_function
from coldb.engine.vector import Vector
from coldb_warehouse.types import (
    DOUBLE,
    INTEGER,
    MAX_DECIMAL_DIGITS,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Typing

__all__ = ["DEFINITIONS"]


# --- abs and sign ------------------------------------------------------------------------------


def _abs(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    data = arguments[0].values
    if result.is_integer:
        lowest = data == np.iinfo(data.dtype).min
        if rows_where(lowest, arguments):
            raise out_of_range(result)
    return Vector(result, np.abs(data))


def _sign(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """-1, 0 or 1; of NaN 0."""
    del rows
    data = arguments[0].values
    return Vector(result, (data > 0).astype(result.dtype) - (data < 0))


# --- rounding of decimals ----------------------------------------------------------------------


def _ceil_decimal(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    (operand,) = arguments
    return exact_vector(-(-operand.values // POWERS[operand.type.scale]), result, arguments)


def _floor_decimal(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    (operand,) = arguments
    return exact_vector(operand.values // POWERS[operand.type.scale], result, arguments)


def _round_decimal(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Half away from zero, to as many decimals as the second argument says (none: 0)."""
    operand, *digits = arguments
    if digits and not digits[0].constant:
        return _each_row(_rounded_integer, operand, digits[0], result, rows)
    kept = min(int(digits[0].values[0]) if digits else 0, result.scale)
    dropped = operand.type.scale - kept
    if dropped > MAX_DECIMAL_DIGITS:
        return Vector(result, np.zeros(len(operand), dtype=np.int64))
    data, bounds = rescale(operand.values, -max(dropped, 0), bounds_of(operand))
    data, bounds = rescale(data, result.scale - operand.type.scale + max(dropped, 0), bounds)
    return exact_vector(data, result, arguments, bounds)


def _trunc_decimal(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Toward zero."""
    operand, *digits = arguments
    if digits and not digits[0].constant:
        return _each_row(_truncated_integer, operand, digits[0], result, rows)
    kept = min(int(digits[0].values[0]) if digits else 0, result.scale)
    dropped = max(operand.type.scale - kept, 0)
    if dropped > MAX_DECIMAL_DIGITS:
        return Vector(result, np.zeros(len(operand), dtype=np.int64))
    data = operand.values.astype(object) if dropped > 18 else operand.values
    data = truncated_quotient(data, POWERS[dropped]) if dropped else data
    bounds = bounds_of(operand)
    data, _ = rescale(data, result.scale - operand.type.scale + dropped, bounds)
    return exact_vector(data, result, arguments)


def _each_row(
    function: Callable[[int, int], int], operand: Vector, digits: Vector, result: Type, rows: int
) -> Vector:
    """For a number of decimals that differs from row to row."""
    shift: int = POWERS[result.scale - operand.type.scale]

    def rounded(value: int, kept: int) -> int:
        dropped = operand.type.scale - kept
        scaled = shift * (value if dropped <= 0 else function(value, dropped))
        if abs(scaled) >= POWERS[result.precision]:
            raise out_of_range(result)
        return scaled

    return map_distinct(rounded, (operand, digits), result, rows)


def _rounded_integer(value: int, digits: int) -> int:
    power: int = POWERS[min(digits, 2 * MAX_DECIMAL_DIGITS)]
    rounded: int = (abs(value) + power // 2) // power * power
    return -rounded if value < 0 else rounded


def _truncated_integer(value: int, digits: int) -> int:
    power: int = POWERS[min(digits, 2 * MAX_DECIMAL_DIGITS)]
    truncated = abs(value) // power * power
    return -truncated if value < 0 else truncated


# --- rounding of floats ------------------------------------------------------------------------


def _round_float(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """To a number of decimals, half away from zero as the shortest decimal text of the float goes.

    PostgreSQL has no such function; it is here because other databases do.
    """

    def rounded(value: float, digits: int) -> float:
        if not np.isfinite(value) or digits > 308:
            return value
        if digits < -308:
            return 0.0
        exponent = Decimal(1).scaleb(-digits)
        context = Context(prec=700, rounding=ROUND_HALF_UP)
        return float(Decimal(repr(value)).quantize(exponent, context=context))

    return map_distinct(rounded, arguments, result, rows)


# --- types -------------------------------------------------------------------------------------


def _same_number(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) != 1 or not arguments[0].is_numeric:
        return None
    return arguments, arguments[0]


def _whole(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """One DECIMAL to a DECIMAL without decimals; integers go the way of DOUBLE, as in PostgreSQL."""
    del constants
    if len(arguments) != 1 or arguments[0].kind is not Kind.DECIMAL:
        return None
    digits = arguments[0].precision - arguments[0].scale
    return arguments, decimal(min(MAX_DECIMAL_DIGITS, digits + 1), 0)


def _to_digits(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """A number and a count of decimals; if the count is constant it is the scale of the result."""
    if len(arguments) != 2 or arguments[1].kind not in (Kind.SMALLINT, Kind.INTEGER, Kind.NULL):
        return None
    if not arguments[0].is_exact:
        return None
    source = as_decimal(arguments[0])
    whole = source.precision - source.scale + 1
    digits = constants[1]
    scale = max(0, digits) if isinstance(digits, int) else source.scale
    scale = min(scale, max(MAX_DECIMAL_DIGITS - whole, source.scale))
    result = decimal(max(1, min(MAX_DECIMAL_DIGITS, whole + scale)), scale)
    return (source, INTEGER), result


def _float_to_digits(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    if not arguments or not arguments[0].is_float:
        return None
    return fixed(DOUBLE, INTEGER, result=DOUBLE).match(arguments, constants)


_SAME = Signature("(number)", _same_number)
_WHOLE = Signature("(DECIMAL)", _whole)
_DIGITS = Signature("(DECIMAL, INTEGER)", _to_digits)
_DOUBLE = fixed(DOUBLE, result=DOUBLE)
_FLOAT_DIGITS = Signature("(DOUBLE, INTEGER)", _float_to_digits)

_CEIL = (
    Definition(
        ScalarFunction("ceil", _ceil_decimal),
        _WHOLE,
        "smallest whole number not below",
        "ceil(2.1)",
    ),
    Definition(ScalarFunction("ceil", float_function(np.ceil)), _DOUBLE),
)

DEFINITIONS = (
    Definition(ScalarFunction("abs", _abs, can_fail=True), _SAME, "absolute value", "abs(-2.5)"),
    Definition(ScalarFunction("sign", _sign), _WHOLE, "-1, 0 or 1", "sign(-2.5)"),
    Definition(ScalarFunction("sign", _sign), _DOUBLE),
    *_CEIL,
    *(definition.alias("ceiling") for definition in _CEIL),
    Definition(
        ScalarFunction("floor", _floor_decimal),
        _WHOLE,
        "largest whole number not above",
        "floor(-2.1)",
    ),
    Definition(ScalarFunction("floor", float_function(np.floor)), _DOUBLE),
    Definition(
        ScalarFunction("round", _round_decimal),
        _WHOLE,
        "to whole numbers or n decimals: halves away from zero for DECIMAL, to even for DOUBLE",
        "round(2.345, 2)",
    ),
    Definition(ScalarFunction("round", float_function(np.rint)), _DOUBLE),
    Definition(ScalarFunction("round", _round_decimal, can_fail=True), _DIGITS),
    Definition(ScalarFunction("round", _round_float), _FLOAT_DIGITS),
    Definition(
        ScalarFunction("trunc", _trunc_decimal),
        _WHOLE,
        "towards zero, to whole numbers or n decimals",
        "trunc(-2.789, 1)",
    ),
    Definition(ScalarFunction("trunc", float_function(np.trunc)), _DOUBLE),
    Definition(ScalarFunction("trunc", _trunc_decimal, can_fail=True), _DIGITS),
)
