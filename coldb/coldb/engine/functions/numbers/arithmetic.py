"""+ - * / % and negation on numbers, with the exactness and the errors of PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import as_decimal, common_decimal, common_type_or_none
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature
from coldb.engine.functions.numbers.exact import (
    INT64,
    LONG_LIMIT,
    POWERS,
    Bounds,
    Integers,
    bounds_of,
    declared_bounds,
    exact_vector,
    fits_int64,
    in_range,
    measured_bounds,
    rescale,
    rounded_quotient,
    rows_where,
    truncated_quotient,
    within,
)
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import DOUBLE, MAX_DECIMAL_DIGITS, REAL, Kind, Type, decimal

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Mask

__all__ = ["DEFINITIONS", "check_floats", "exact_pair", "nonzero", "numeric_pair"]

MIN_QUOTIENT_SCALE = 16
MAX_PRODUCT_SCALE = 22


@dataclass(frozen=True, slots=True)
class _Operation:
    """The `bounds` of the results, and where an int64 result has `wrapped` around."""

    ufunc: np.ufunc
    bounds: Callable[[Bounds, Bounds], Bounds]
    wrapped: Callable[[Integers, Integers, Integers], Mask]


def _product_bounds(left: Bounds, right: Bounds) -> Bounds:
    corners = [a * b for a in left for b in right]
    return min(corners), max(corners)


def _product_wrapped(left: Integers, right: Integers, product: Integers) -> Mask:
    left, right = left.astype(np.int64), right.astype(np.int64)
    divisor = np.where((right == 0) | (right == -1), 1, right)
    wrapped = (product // divisor != left) & (divisor == right)
    return np.asarray(wrapped | ((right == -1) & (left == INT64[0])), dtype=np.bool_)


_ADD = _Operation(
    np.add,
    lambda left, right: (left[0] + right[0], left[1] + right[1]),
    lambda left, right, total: ((left ^ total) & (right ^ total)) < 0,
)
_SUBTRACT = _Operation(
    np.subtract,
    lambda left, right: (left[0] - right[1], left[1] - right[0]),
    lambda left, right, total: ((left ^ right) & (left ^ total)) < 0,
)
_MULTIPLY = _Operation(np.multiply, _product_bounds, _product_wrapped)


def _exact(
    operation: _Operation,
    left: tuple[Integers, Bounds],
    right: tuple[Integers, Bounds],
    type_: Type,
    arguments: tuple[Vector, ...],
) -> tuple[Integers, Bounds | None]:
    """Applies an operation to scaled integers with bounds; result bounds where they are proven."""
    (a, a_bounds), (b, b_bounds) = left, right
    if object in (a.dtype, b.dtype):
        return operation.ufunc(a.astype(object), b.astype(object)), None
    bounds = operation.bounds(a_bounds, b_bounds)
    if not fits_int64(bounds):
        bounds = operation.bounds(measured_bounds(a), measured_bounds(b))
    if fits_int64(bounds):
        dtype = type_.dtype if within(bounds, declared_bounds(type_)) else np.dtype(np.int64)
        return operation.ufunc(a, b, dtype=dtype), bounds
    data = operation.ufunc(a, b, dtype=np.int64)
    if not rows_where(operation.wrapped(a, b, data), arguments):
        return data, None
    exact = operation.ufunc(a.astype(object), b.astype(object))
    if type_.kind is not Kind.DECIMAL:
        in_range(exact, type_, arguments)
    return exact, None


def _sum_kernel(operation: _Operation) -> Kernel:
    """Addition and subtraction: both operands are brought to the scale of the result."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        left, right = arguments
        if result.is_float:
            data = _float_operation(operation.ufunc, left, right)
            return Vector(result, check_floats(data, arguments))
        scaled = [
            rescale(vector.values, result.scale - vector.type.scale, bounds_of(vector))
            for vector in arguments
        ]
        integers, bounds = _exact(operation, scaled[0], scaled[1], result, arguments)
        return exact_vector(integers, result, arguments, bounds)

    return kernel


def multiply(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Products are exact; only a scale that leaves no room for whole digits is rounded."""
    del rows
    left, right = arguments
    if result.is_float:
        data = _float_operation(np.multiply, left, right)
        vanished = data == 0
        if vanished.any() and rows_where(
            vanished & (left.values != 0) & (right.values != 0), arguments
        ):
            raise DataError("value out of range: underflow")
        return Vector(result, check_floats(data, arguments))
    integers, bounds = _exact(
        _MULTIPLY,
        (left.values, bounds_of(left)),
        (right.values, bounds_of(right)),
        result,
        arguments,
    )
    excess = left.type.scale + right.type.scale - result.scale
    if excess:
        integers, bounds = rescale(integers, -excess, bounds or measured_bounds(integers))
    return exact_vector(integers, result, arguments, bounds)


def divide(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Integers truncate toward zero; decimals round half away from zero."""
    del rows
    dividend, divisor = arguments
    if result.is_float:
        return Vector(result, _float_quotient(dividend, divisor))
    safe = nonzero(divisor.values, arguments)
    if result.kind is not Kind.DECIMAL:
        data = dividend.values.astype(np.int64, copy=False)
        if bounds_of(dividend)[0] >= 0 and bounds_of(divisor)[0] >= 0:
            return exact_vector(data // safe, result, arguments, (0, bounds_of(dividend)[1]))
        if measured_bounds(data)[0] == INT64[0]:
            data = data.astype(object)
        return exact_vector(truncated_quotient(data, safe), result, arguments)
    shift = result.scale - dividend.type.scale + divisor.type.scale
    quotient, bounds = decimal_quotient(dividend.values, safe, shift)
    return exact_vector(quotient, result, arguments, bounds)


def modulo(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The remainder of truncating division: it has the sign of the dividend."""
    del rows
    dividend, divisor = (
        rescale(vector.values, result.scale - vector.type.scale, bounds_of(vector))[0]
        for vector in arguments
    )
    safe = nonzero(divisor, arguments)
    if object in (dividend.dtype, safe.dtype):
        dividend = dividend.astype(object)
        return exact_vector(dividend - truncated_quotient(dividend, safe) * safe, result, arguments)
    # -1 divides everything, but the least integer by it does not fit.
    return exact_vector(np.fmod(dividend, np.where(safe == -1, 1, safe)), result, arguments)


def negate(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    (operand,) = arguments
    if result.is_float:
        return Vector(result, -operand.values)
    zero = (np.zeros(1, dtype=operand.values.dtype), (0, 0))
    integers, bounds = _exact(
        _SUBTRACT, zero, (operand.values, bounds_of(operand)), result, arguments
    )
    return exact_vector(integers, result, arguments, bounds)


def decimal_quotient(
    dividend: Integers, divisor: Integers, shift: int
) -> tuple[Integers, Bounds | None]:
    """dividend * 10**shift / divisor, rounded half away from zero; int64 for small quotients.

    The shifted dividend itself seldom fits in int64, so the digits behind the point are found by
    long division, a few at a time; only their sum with the whole part may need Python integers.
    """
    limits = (-LONG_LIMIT, LONG_LIMIT)
    integers = object not in (dividend.dtype, divisor.dtype) and POWERS[shift] < LONG_LIMIT
    if integers and all(within(measured_bounds(data), limits) for data in (dividend, divisor)):
        size = np.abs(divisor.astype(np.int64))
        digits = len(str(LONG_LIMIT // int(size.max(initial=1)))) - 1
        if digits:
            magnitude = np.abs(dividend.astype(np.int64))
            whole = magnitude // size
            fraction = _fraction_digits(magnitude - whole * size, size, shift, digits)
            limit = (int(whole.max(initial=0)) + 1) * POWERS[shift]
            if limit >= LONG_LIMIT:
                whole = whole.astype(object)
            quotient: Integers = whole * POWERS[shift] + fraction
            negative = (dividend < 0) != (divisor < 0)
            if negative.any():
                quotient = np.where(negative, -quotient, quotient)
            return quotient, (-limit, limit)
    return rounded_quotient(dividend.astype(object) * POWERS[shift], divisor.astype(object)), None


def _fraction_digits(remainder: Integers, size: Integers, shift: int, digits: int) -> Integers:
    """remainder * 10**shift / size, rounded half up, appending `digits` digits a step."""
    fraction = np.zeros(1, dtype=np.int64)
    while shift:
        step = min(digits, shift)
        remainder = remainder * POWERS[step]
        part = remainder // size
        remainder = remainder - part * size
        fraction = fraction * POWERS[step] + part
        shift -= step
    rounded: Integers = fraction + (remainder >= size - remainder)
    return rounded


def nonzero(divisor: Integers, arguments: tuple[Vector, ...]) -> Integers:
    """Divisors, zero replaced at rows that are NULL anyway; DataError for a zero that counts."""
    zero = np.asarray(divisor == 0, dtype=np.bool_)
    if not zero.any():
        return divisor
    if rows_where(zero, arguments):
        raise DataError("division by zero: guard it with NULLIF or CASE")
    return np.where(zero, 1, divisor)


# --- floating point ----------------------------------------------------------------------------


def _float_operation(ufunc: np.ufunc, left: Vector, right: Vector) -> Any:
    with np.errstate(all="ignore"):
        return ufunc(left.values, right.values)


def _float_quotient(dividend: Vector, divisor: Vector) -> Any:
    arguments = (dividend, divisor)
    a, b = dividend.values, divisor.values
    if rows_where((b == 0) & (a == a), arguments):
        raise DataError("division by zero: guard it with NULLIF or CASE")
    data = _float_operation(np.divide, dividend, divisor)
    vanished = data == 0
    if vanished.any() and rows_where(vanished & (a != 0) & ~np.isinf(b), arguments):
        raise DataError("value out of range: underflow")
    return check_floats(data, arguments)


def check_floats(data: Any, arguments: tuple[Vector, ...]) -> Any:
    """`data`, unless it overflowed to infinity from finite arguments: that is a DataError."""
    infinite = np.isinf(data)
    if infinite.any():
        for argument in arguments:
            infinite = infinite & ~np.isinf(argument.values)
        if rows_where(infinite, arguments):
            raise DataError("value out of range: overflow")
    return data


# --- types -------------------------------------------------------------------------------------


def numeric_pair(arguments: tuple[Type, ...]) -> tuple[Type, Type] | None:
    """What two numbers are cast to before they meet.

    Integers to the wider of the two; an exact pair with a DECIMAL stays as it is; with a float both
    are DOUBLE (REAL only if both are).
    """
    if len(arguments) != 2:
        return None
    left, right = arguments
    left, right = (
        (right if left.kind is Kind.NULL else left),
        (left if right.kind is Kind.NULL else right),
    )
    if not (left.is_numeric and right.is_numeric):
        return None
    if left.is_float or right.is_float:
        both_real = left.kind is Kind.REAL and right.kind is Kind.REAL
        return (REAL, REAL) if both_real else (DOUBLE, DOUBLE)
    if Kind.DECIMAL in (left.kind, right.kind):
        return left, right
    wider = common_type_or_none(left, right)
    return None if wider is None else (wider, wider)


def exact_pair(arguments: tuple[Type, ...]) -> tuple[Type, Type] | None:
    """The same for two exact numbers, None for others."""
    pair = numeric_pair(arguments)
    return None if pair is None or pair[0].is_float else pair


def _typed(decimal_result: Callable[[Type, Type], Type]) -> Callable[..., Typing | None]:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        pair = numeric_pair(arguments)
        if pair is None:
            return None
        if Kind.DECIMAL in (pair[0].kind, pair[1].kind):
            return pair, decimal_result(as_decimal(pair[0]), as_decimal(pair[1]))
        return pair, pair[0]

    return match


def _sum_type(left: Type, right: Type) -> Type:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return decimal(min(MAX_DECIMAL_DIGITS, whole + scale + 1), scale)


def _product_type(left: Type, right: Type) -> Type:
    """The exact product's type, or the one that leaves room for 16 whole digits."""
    precision, scale = left.precision + right.precision, left.scale + right.scale
    if precision <= MAX_DECIMAL_DIGITS:
        return decimal(precision, scale)
    return decimal(MAX_DECIMAL_DIGITS, min(scale, max(MAX_PRODUCT_SCALE, left.scale, right.scale)))


def _quotient_type(left: Type, right: Type) -> Type:
    return decimal(MAX_DECIMAL_DIGITS, max(MIN_QUOTIENT_SCALE, left.scale, right.scale))


def _negative(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    if len(arguments) != 1 or not arguments[0].is_numeric:
        return None
    return arguments, arguments[0]


def _exact_only(match: Callable[..., Typing | None]) -> Callable[..., Typing | None]:
    def exact_match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        typing = match(arguments, constants)
        return None if typing is None or typing[1].is_float else typing

    return exact_match


_remainder = Signature("exact number % exact number", _exact_only(_typed(common_decimal)))

DEFINITIONS = (
    Definition(
        ScalarFunction("+", _sum_kernel(_ADD), can_fail=True, operator=True),
        Signature("number + number", _typed(_sum_type)),
    ),
    Definition(
        ScalarFunction("-", _sum_kernel(_SUBTRACT), can_fail=True, operator=True),
        Signature("number - number", _typed(_sum_type)),
    ),
    Definition(
        ScalarFunction("*", multiply, can_fail=True, operator=True),
        Signature("number * number", _typed(_product_type)),
    ),
    Definition(
        ScalarFunction("/", divide, can_fail=True, operator=True),
        Signature("number / number", _typed(_quotient_type)),
    ),
    Definition(ScalarFunction("%", modulo, can_fail=True, operator=True), _remainder),
    Definition(
        ScalarFunction("mod", modulo, can_fail=True),
        Signature("(exact number, exact number)", _remainder.match),
        "remainder, with the sign of the dividend",
        "mod(-7, 3)",
    ),
    Definition(
        ScalarFunction("neg", negate, can_fail=True, operator=True),
        Signature("- number", _negative),
    ),
)
