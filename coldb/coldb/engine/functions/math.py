"""Mathematical functions. Roundings are exact on DECIMAL; the others compute in DOUBLE."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.arithmetic import check_floats
from coldb.engine.functions.coercion import as_decimal
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.functions.exact import (
    POWERS,
    bounds_of,
    exact_vector,
    out_of_range,
    rescale,
    rows_where,
    truncated_quotient,
)
from coldb.engine.vector import Vector
from coldb.errors import DataError
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

    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Mask

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


# --- functions of floats -----------------------------------------------------------------------


def _float_function(ufunc: Callable[..., Any], *checks: tuple[Callable[..., Mask], str]) -> Kernel:
    """A kernel from a function on arrays; each check says where it is undefined, and why."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        values = [argument.values for argument in arguments]
        with np.errstate(all="ignore"):
            for undefined, message in checks:
                if rows_where(undefined(*values), arguments):
                    raise DataError(message)
            return Vector(result, check_floats(ufunc(*values), arguments))

    return kernel


_NEGATIVE_LOGARITHM = (lambda x: x < 0, "cannot take logarithm of a negative number")
_ZERO_LOGARITHM = (lambda x: x == 0, "cannot take logarithm of zero")
_OUTSIDE_UNIT = (lambda x: np.abs(x) > 1, "input is out of range: it must lie between -1 and 1")
_INFINITE = (np.isinf, "input is out of range: it must be finite")

_UNARY: dict[str, Kernel] = {
    "sqrt": _float_function(
        np.sqrt, (lambda x: x < 0, "cannot take square root of a negative number")
    ),
    "cbrt": _float_function(np.cbrt),
    "exp": _float_function(
        np.exp, (lambda x: (np.exp(x) == 0) & ~np.isinf(x), "value out of range: underflow")
    ),
    "ln": _float_function(np.log, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM),
    "log": _float_function(np.log10, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM),
    "log10": _float_function(np.log10, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM),
    "ceil": _float_function(np.ceil),
    "ceiling": _float_function(np.ceil),
    "floor": _float_function(np.floor),
    "round": _float_function(np.rint),
    "trunc": _float_function(np.trunc),
    "degrees": _float_function(np.degrees),
    "radians": _float_function(np.radians),
    "sin": _float_function(np.sin, _INFINITE),
    "cos": _float_function(np.cos, _INFINITE),
    "tan": _float_function(np.tan, _INFINITE),
    "asin": _float_function(np.arcsin, _OUTSIDE_UNIT),
    "acos": _float_function(np.arccos, _OUTSIDE_UNIT),
    "atan": _float_function(np.arctan),
}

_power = _float_function(
    np.power,
    (lambda x, y: (x == 0) & (y < 0), "zero raised to a negative power is undefined"),
    (
        lambda x, y: (x < 0) & np.isfinite(x) & np.isfinite(y) & (np.rint(y) != y),
        "a negative number raised to a non-integer power yields a complex result",
    ),
    (
        lambda x, y: (np.power(x, y) == 0) & (x != 0) & np.isfinite(x) & np.isfinite(y),
        "value out of range: underflow",
    ),
)

_log_to_base = _float_function(
    lambda base, x: np.log(x) / np.log(base),
    (lambda base, x: (base < 0) | (x < 0), "cannot take logarithm of a negative number"),
    (lambda base, x: (base == 0) | (x == 0), "cannot take logarithm of zero"),
    (lambda base, x: base == 1, "division by zero: 1 is no base of a logarithm"),
)


def _pi(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del arguments
    return Vector(result, np.full(rows, np.pi))


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
    scale = source.scale if constants[1] is None else max(0, constants[1])
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

DEFINITIONS = (
    Definition(ScalarFunction("abs", _abs, can_fail=True), _SAME),
    Definition(ScalarFunction("sign", _sign), _WHOLE),
    Definition(ScalarFunction("sign", _sign), fixed(DOUBLE, result=DOUBLE)),
    Definition(ScalarFunction("ceil", _ceil_decimal), _WHOLE),
    Definition(ScalarFunction("ceiling", _ceil_decimal), _WHOLE),
    Definition(ScalarFunction("floor", _floor_decimal), _WHOLE),
    Definition(ScalarFunction("round", _round_decimal), _WHOLE),
    Definition(ScalarFunction("trunc", _trunc_decimal), _WHOLE),
    Definition(ScalarFunction("round", _round_decimal, can_fail=True), _DIGITS),
    Definition(ScalarFunction("trunc", _trunc_decimal, can_fail=True), _DIGITS),
    Definition(
        ScalarFunction("round", _round_float), Signature("(DOUBLE, INTEGER)", _float_to_digits)
    ),
    *(
        Definition(ScalarFunction(name, kernel, can_fail=True), fixed(DOUBLE, result=DOUBLE))
        for name, kernel in _UNARY.items()
    ),
    Definition(
        ScalarFunction("atan2", _float_function(np.arctan2)), fixed(DOUBLE, DOUBLE, result=DOUBLE)
    ),
    Definition(
        ScalarFunction("log", _log_to_base, can_fail=True), fixed(DOUBLE, DOUBLE, result=DOUBLE)
    ),
    *(
        Definition(
            ScalarFunction(name, _power, can_fail=True), fixed(DOUBLE, DOUBLE, result=DOUBLE)
        )
        for name in ("power", "pow")
    ),
    Definition(
        ScalarFunction("^", _power, can_fail=True, operator=True),
        fixed(DOUBLE, DOUBLE, result=DOUBLE).described("number ^ number"),
    ),
    Definition(ScalarFunction("pi", _pi), fixed(result=DOUBLE)),
)
