"""Exact arithmetic on scaled integers: int64 while it provably fits, else Python integers.

A fast path is taken when the bounds of the operands (declared by the type, known from statistics,
or measured) prove that no result leaves int64. Otherwise results are computed with wrap-around, the
rows that wrapped are found exactly, and a DECIMAL is computed again with Python integers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import MAX_DECIMAL_DIGITS, Kind, Type

if TYPE_CHECKING:
    from coldb.engine.vector import Mask

__all__ = [
    "INT64",
    "LONG_LIMIT",
    "POWERS",
    "Bounds",
    "Integers",
    "bounds_of",
    "declared_bounds",
    "exact_vector",
    "fits_int64",
    "in_range",
    "measured_bounds",
    "narrowed",
    "out_of_range",
    "rescale",
    "rounded_quotient",
    "rows_that_count",
    "rows_where",
    "truncated_quotient",
    "within",
]

Bounds: TypeAlias = "tuple[int, int]"
Integers: TypeAlias = "npt.NDArray[Any]"

INT64 = (-(2**63), 2**63 - 1)
LONG_LIMIT = 2**62
"""Below it, sums of two and rounding cannot leave int64."""
POWERS = [10**digits for digits in range(2 * MAX_DECIMAL_DIGITS + 1)]

_DECLARED: dict[Kind, Bounds] = {
    Kind.SMALLINT: (-(2**15), 2**15 - 1),
    Kind.INTEGER: (-(2**31), 2**31 - 1),
    Kind.BIGINT: INT64,
}


def declared_bounds(type_: Type) -> Bounds:
    """The range of scaled integers that values of an exact type lie in."""
    if type_.kind is Kind.DECIMAL:
        limit = POWERS[type_.precision] - 1
        return -limit, limit
    return _DECLARED[type_.kind]


def fits_int64(bounds: Bounds) -> bool:
    return INT64[0] <= bounds[0] and bounds[1] <= INT64[1]


def within(inner: Bounds, outer: Bounds) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def bounds_of(vector: Vector) -> Bounds:
    """What is known of the values without looking at them."""
    declared = declared_bounds(vector.type)
    if vector.bounds is None:
        return declared
    return max(declared[0], vector.bounds[0]), min(declared[1], vector.bounds[1])


def measured_bounds(data: Integers) -> Bounds:
    """The least and the greatest entry, also among the meaningless ones of null rows."""
    return (int(data.min()), int(data.max())) if len(data) else (0, 0)


def rows_where(bad: Mask, vectors: tuple[Vector, ...]) -> bool:
    """Whether a kernel has to raise: a bad row counts only where no argument is NULL.

    `bad` has an entry for each row, or one if all the arguments are constants.
    """
    return bool(bad.any() and rows_that_count(bad, vectors).any())


def rows_that_count(bad: Mask, vectors: tuple[Vector, ...]) -> Mask:
    """The bad rows where no argument is NULL."""
    for vector in vectors:
        if vector.valid is not None:
            bad = bad & vector.valid
    return bad


def out_of_range(type_: Type, value: int | None = None) -> DataError:
    """The error of a `value`, scaled as the type is, that the type cannot hold."""
    if type_.kind is not Kind.DECIMAL:
        shown = "" if value is None else f": {value} does not fit"
        return DataError(f"{type_.kind.value.lower()} out of range{shown}: cast to a wider type")
    shown = "a value" if value is None else f"{Decimal(value).scaleb(-type_.scale)}"
    if type_.precision == MAX_DECIMAL_DIGITS:
        return DataError(
            f"numeric value out of range: it has more than {MAX_DECIMAL_DIGITS} digits as {type_}"
        )
    return DataError(f"numeric field overflow: {shown} does not fit in {type_}")


def in_range(data: Integers, type_: Type, arguments: tuple[Vector, ...]) -> Integers:
    """`data`, meaningless rows made harmless; DataError if a row that counts is out of range."""
    low, high = declared_bounds(type_)
    if not len(data) or (low <= data.min() and data.max() <= high):
        return data
    bad = np.asarray((data < low) | (data > high), dtype=np.bool_)
    counting = rows_that_count(bad, arguments)
    if counting.any():
        row = int(counting.argmax())
        raise out_of_range(type_, int(data[row if len(data) > 1 else 0]))
    return np.where(bad, 0, data)


def exact_vector(
    data: Integers, type_: Type, arguments: tuple[Vector, ...], bounds: Bounds | None = None
) -> Vector:
    """Scaled integers of any width as a vector of an exact type, checked against its range.

    `bounds` that are known to hold save the check and are kept.
    """
    if bounds is None or not within(bounds, declared_bounds(type_)):
        data = in_range(data, type_, arguments)
        bounds = None
    if data.dtype == object and type_.kind is Kind.DECIMAL:
        return Vector(type_, narrowed(data), bounds=bounds)
    return Vector(type_, data.astype(type_.dtype, copy=False), bounds=bounds)


def narrowed(data: Integers) -> Integers:
    """Python integers as int64 where all of them fit."""
    if not len(data) or (fits_int64((data[0], data[0])) and fits_int64((min(data), max(data)))):
        return data.astype(np.int64)
    return data


def rescale(data: Integers, digits: int, bounds: Bounds) -> tuple[Integers, Bounds]:
    """`data` times 10**digits; for negative digits, divided and rounded half away from zero."""
    if digits == 0:
        return data, bounds
    if digits > 0:
        factor = POWERS[digits]
        scaled = bounds[0] * factor, bounds[1] * factor
        if data.dtype != object and not fits_int64(scaled):
            low, high = measured_bounds(data)
            scaled = low * factor, high * factor
        if data.dtype == object or fits_int64(scaled):
            wide = data if data.dtype == object else data.astype(np.int64, copy=False)
            return wide * factor, scaled
        return data.astype(object) * factor, scaled
    divisor = POWERS[-digits]
    if data.dtype != object and (
        divisor > LONG_LIMIT or not within(bounds, (-LONG_LIMIT, LONG_LIMIT))
    ):
        data = data.astype(object)
    quotient = narrowed(rounded_quotient(data, divisor))
    return quotient, (bounds[0] // divisor, -(-bounds[1] // divisor))


def truncated_quotient(dividend: Integers, divisor: Integers | int) -> Integers:
    """The quotient rounded toward zero, as SQL has it. Divisors must not be zero."""
    quotient = dividend // divisor
    inexact = quotient * divisor != dividend
    negative = (dividend < 0) != (divisor < 0)
    truncated: Integers = quotient + (inexact & negative)
    return truncated


def rounded_quotient(dividend: Integers, divisor: Integers | int) -> Integers:
    """The quotient rounded half away from zero. Divisors must not be zero.

    Operands must lie within LONG_LIMIT, or be Python integers.
    """
    size = abs(divisor)
    magnitude = np.abs(dividend)
    quotient = magnitude // size
    remainder = magnitude - quotient * size
    quotient = quotient + (remainder >= size - remainder)
    negative = np.asarray((dividend < 0) != (divisor < 0), dtype=np.bool_)
    rounded: Integers = np.where(negative, -quotient, quotient)
    return rounded
