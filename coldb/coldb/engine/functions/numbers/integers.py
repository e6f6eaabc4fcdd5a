"""Whole numbers: quotients, divisors, factorials, bits, and classes of equal width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import as_decimal, common_decimal
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import of_rows
from coldb.engine.functions.numbers.arithmetic import exact_pair, nonzero
from coldb.engine.functions.numbers.exact import (
    POWERS,
    bounds_of,
    exact_vector,
    out_of_range,
    rescale,
    truncated_quotient,
)
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import (
    BIGINT,
    DOUBLE,
    INTEGER,
    MAX_DECIMAL_DIGITS,
    SMALLINT,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel, Typing

__all__ = ["DEFINITIONS"]


# --- quotients and divisors --------------------------------------------------------------------


def _same_scale(arguments: tuple[Vector, ...]) -> tuple[Any, Any]:
    """Two exact numbers as integers in units of the finer one."""
    scale = max(argument.type.scale for argument in arguments)
    left, right = (
        rescale(each.values, scale - each.type.scale, bounds_of(each))[0] for each in arguments
    )
    return left, right


def _quotient(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Toward zero."""
    del rows
    dividend, divisor = _same_scale(arguments)
    safe = nonzero(divisor, arguments)
    return exact_vector(truncated_quotient(dividend.astype(object), safe), result, arguments)


def _gcd(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    left, right = _same_scale(arguments)
    return exact_vector(_common_divisor(left, right), result, arguments)


def _common_divisor(left: Any, right: Any) -> Any:
    """The least integer has no int64 that is its size, so it is taken as a Python integer."""
    least = np.iinfo(np.int64).min
    if object not in (left.dtype, right.dtype) and not ((left == least) | (right == least)).any():
        return np.gcd(left.astype(np.int64), right.astype(np.int64))
    return np.gcd(left.astype(object), right.astype(object))


def _lcm(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    left, right = _same_scale(arguments)
    divisor = _common_divisor(left, right)
    multiple = np.abs(left.astype(object) // np.where(divisor == 0, 1, divisor) * right)
    return exact_vector(multiple, result, arguments)


_LARGEST_FACTORIAL = 33
"""34! has more than 38 digits."""


def _factorial(number: int) -> int:
    if number < 0:
        raise DataError("factorial of a negative number is undefined")
    if number > _LARGEST_FACTORIAL:
        raise out_of_range(decimal(MAX_DECIMAL_DIGITS, 0))
    return math.factorial(number)


# --- bits --------------------------------------------------------------------------------------


def _bits(ufunc: np.ufunc) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, ufunc(*(argument.values for argument in arguments)))

    return kernel


def _shift(ufunc: np.ufunc) -> Kernel:
    """As processors do, the distance counts modulo the width, which is 32 bits at least."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        values, distance = (argument.values for argument in arguments)
        wide = np.dtype(np.int64) if result.kind is Kind.BIGINT else np.dtype(np.int32)
        shifted = ufunc(values.astype(wide), (distance & (wide.itemsize * 8 - 1)).astype(wide))
        return Vector(result, shifted.astype(result.dtype))

    return kernel


def _in_base(base: str, width: int) -> Kernel:
    """Digits of the number as the processor holds it: a negative one is 2**width more."""
    return of_rows(lambda number: format(number % (1 << width), base))


# --- decimals and classes ----------------------------------------------------------------------


def _scale(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    return Vector(result, np.full(rows, arguments[0].type.scale, dtype=result.dtype))


def _least_scale(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Decimals without the zeros at the end."""
    del rows
    scale = arguments[0].type.scale
    data = arguments[0].values
    needed = np.zeros(len(data), dtype=result.dtype)
    for dropped in range(scale, 0, -1):
        # One more decimal is needed wherever the value is no multiple of what is dropped.
        needed[data % POWERS[dropped] != 0] = scale - dropped + 1
    return Vector(result, needed)


def _class(operand: Any, low: Any, high: Any, count: int) -> int:
    """0 below the first of `count` classes between two bounds, count + 1 from the last one on."""
    if count <= 0:
        raise DataError("count must be greater than zero")
    if any(isinstance(each, float) and math.isnan(each) for each in (operand, low, high)):
        raise DataError("operand, lower bound, and upper bound cannot be NaN")
    if any(isinstance(each, float) and math.isinf(each) for each in (low, high)):
        raise DataError("lower and upper bounds must be finite")
    if low == high:
        raise DataError("lower bound cannot equal upper bound")
    if low > high:
        operand, low, high = -operand, -low, -high
    if operand < low:
        return 0
    if operand >= high:
        return count + 1
    if isinstance(operand, float):
        return min(int((operand - low) / (high - low) * count), count - 1) + 1
    return int((operand - low) * count // (high - low)) + 1


# --- types and table ---------------------------------------------------------------------------


def _pair(result: Callable[[Type, Type], Type]) -> Callable[..., Typing | None]:
    """Two exact numbers; integers give the wider of them, others what `result` says."""

    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        pair = exact_pair(arguments)
        if pair is None:
            return None
        if pair[0].is_integer and pair[1].is_integer:
            return pair, pair[0]
        return pair, result(as_decimal(pair[0]), as_decimal(pair[1]))

    return match


def _widest(left: Type, right: Type) -> Type:
    return decimal(MAX_DECIMAL_DIGITS, max(left.scale, right.scale))


def _quotient_typing(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    pair = exact_pair(arguments)
    if pair is None:
        return None
    left, right = map(as_decimal, pair)
    digits = left.precision - left.scale + right.scale
    return (left, right), decimal(max(1, min(MAX_DECIMAL_DIGITS, digits)), 0)


def _exact(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) != 1 or not arguments[0].is_exact:
        return None
    return (as_decimal(arguments[0]),), INTEGER


def _bounds_typing(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """Exact numbers in units of the finest of them."""
    del constants
    if len(arguments) != 4 or not all(each.is_exact for each in arguments[:3]):
        return None
    common = common_decimal(
        common_decimal(*map(as_decimal, arguments[:2])), as_decimal(arguments[2])
    )
    return (common, common, common, INTEGER), INTEGER


def _operator(symbol: str, kernel: Kernel, *types: Type) -> Definition:
    text = f" {symbol} ".join(str(each) for each in types[:-1])
    if len(types) == 2:
        text = f"{symbol} {types[0]}"
    return Definition(
        ScalarFunction(symbol, kernel, operator=True),
        fixed(*types[:-1], result=types[-1]).described(text),
    )


_INTEGERS = (SMALLINT, INTEGER, BIGINT)
_NUMBERS = "(exact number, exact number)"

DEFINITIONS = (
    Definition(
        ScalarFunction("div", _quotient, can_fail=True),
        Signature(_NUMBERS, _quotient_typing),
        "whole quotient, toward zero",
        "div(-7, 2)",
    ),
    Definition(
        ScalarFunction("gcd", _gcd, can_fail=True),
        Signature(_NUMBERS, _pair(common_decimal)),
        "greatest common divisor",
        "gcd(1071, 462)",
    ),
    Definition(
        ScalarFunction("lcm", _lcm, can_fail=True),
        Signature(_NUMBERS, _pair(_widest)),
        "least common multiple",
        "lcm(1071, 462)",
    ),
    Definition(
        ScalarFunction("factorial", of_rows(_factorial), can_fail=True),
        fixed(BIGINT, result=decimal(MAX_DECIMAL_DIGITS, 0)),
        "the product of 1 to n",
        "factorial(5)",
    ),
    *(_operator("&", _bits(np.bitwise_and), each, each, each) for each in _INTEGERS),
    *(_operator("|", _bits(np.bitwise_or), each, each, each) for each in _INTEGERS),
    *(_operator("#", _bits(np.bitwise_xor), each, each, each) for each in _INTEGERS),
    *(_operator("<<", _shift(np.left_shift), each, INTEGER, each) for each in _INTEGERS),
    *(_operator(">>", _shift(np.right_shift), each, INTEGER, each) for each in _INTEGERS),
    *(_operator("~", _bits(np.invert), each, each) for each in _INTEGERS),
    *(
        Definition(
            ScalarFunction(name, _in_base(base, width)),
            fixed(type_, result=VARCHAR),
            summary if type_ == INTEGER else "",
            f"{name}(255)",
        )
        for name, base, summary in (
            ("to_hex", "x", "hexadecimal digits"),
            ("to_oct", "o", "octal digits"),
            ("to_bin", "b", "binary digits"),
        )
        for type_, width in ((INTEGER, 32), (BIGINT, 64))
    ),
    Definition(
        ScalarFunction("scale", _scale),
        Signature("(exact number)", _exact),
        "decimals that the type has",
        "scale(8.4100)",
    ),
    Definition(
        ScalarFunction("min_scale", _least_scale),
        Signature("(exact number)", _exact),
        "decimals without zeros at the end",
        "min_scale(8.4100)",
    ),
    Definition(
        ScalarFunction("width_bucket", of_rows(_class), can_fail=True),
        Signature("(operand, low, high, count)", _bounds_typing),
        "in which of `count` classes of equal width between two bounds",
        "width_bucket(35, 0, 100, 10)",
    ),
    Definition(
        ScalarFunction("width_bucket", of_rows(_class), can_fail=True),
        fixed(DOUBLE, DOUBLE, DOUBLE, INTEGER, result=INTEGER),
    ),
)
