"""To SMALLINT, INTEGER, BIGINT and DECIMAL: integers, in units of a power of ten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.wide import WIDE, from_wide, narrow_objects
from coldb_warehouse.convert.converted import (
    Faults,
    add_fault,
    fraction_fault,
    impossible,
    mask_of,
    numbers_of,
    range_fault,
)
from coldb_warehouse.convert.number_text import parse_decimals, parse_integers
from coldb_warehouse.convert.strings import is_text
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["to_scaled_integers"]

Integers: TypeAlias = "npt.NDArray[Any]"
"""Of any integer dtype, or Python integers in an object array where int64 would not hold them."""

_INT64 = np.iinfo(np.int64)
_EXACT_DOUBLE = 2**53  # integers below it are all doubles
_EXACT_POWER_OF_TEN = 22  # the last whose power is a double


def to_scaled_integers(array: pa.Array, type: Type) -> tuple[Integers, Faults]:
    """Values times 10**scale, where that is a whole number within the type."""
    import pyarrow as pa

    faults: Faults = {}
    if is_text(array.type):
        parse = parse_decimals if type.kind is Kind.DECIMAL else parse_integers
        array = parse(array, type, faults)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if pa.types.is_floating(array.type):
        values = _from_floats(array, type, faults)
    elif pa.types.is_integer(array.type):
        values = _rescaled(_from_integers(array), 0, type, faults)
    elif pa.types.is_decimal(array.type):
        values = _rescaled(_unscaled(array), array.type.scale, type, faults)
    else:
        raise impossible(array.type, type)
    values = narrow_objects(values)
    return (values if values.dtype == object else values.astype(type.dtype, copy=False)), faults


def _from_integers(array: pa.Array) -> Integers:
    values = numbers_of(array)
    if values.dtype == np.uint64:
        beyond = bool(len(values)) and int(values.max()) > _INT64.max
        return values.astype(object if beyond else np.int64)
    return values


def _unscaled(array: pa.Array) -> Integers:
    """The integers that Arrow keeps of a decimal."""
    import pyarrow as pa

    if array.null_count:
        array = array.fill_null(pa.scalar(0, array.type))
    if array.type.byte_width < WIDE.itemsize:
        array = array.cast(pa.decimal128(18, array.type.scale))
    limbs = array.type.byte_width // WIDE.itemsize
    wide = np.frombuffer(array.buffers()[1], WIDE)[: (array.offset + len(array)) * limbs]
    wide = wide.reshape(-1, limbs)[array.offset :]
    values = from_wide(wide[:, -1])
    if limbs == 2:
        low = (
            wide["low"][:, 0].astype(object)
            | wide["high"][:, 0].view(np.uint64).astype(object) << 64
        )
        values = narrow_objects(values.astype(object) << 128 | low)
    return values


def _bounds(type: Type) -> tuple[int, int]:
    if type.kind is Kind.DECIMAL:
        return 1 - 10**type.precision, 10**type.precision - 1
    limits = np.iinfo(str(type.dtype))
    return int(limits.min), int(limits.max)


def _rescaled(values: Integers, scale: int, type: Type, faults: Faults) -> Integers:
    """From units of 10**-scale to those of the type; what does not come out even is a fault."""
    low, high = _bounds(type)
    up = type.scale - scale
    if up > 0:
        factor = 10**up
        outside = (values > high // factor) | (values < -(-low // factor))
        add_fault(faults, range_fault(type), outside)
        values = np.where(outside, 0, values)
        return _times(values, factor)
    if up < 0:
        divisor = 10**-up
        values = values if divisor <= _INT64.max else values.astype(object)
        quotients = values // divisor
        add_fault(faults, fraction_fault(type), quotients * divisor != values)
        values = quotients
    if len(values) and (int(values.min()) < low or int(values.max()) > high):
        outside = (values < low) | (values > high)
        add_fault(faults, range_fault(type), outside)
        values = np.where(outside, 0, values)
    return values


def _times(values: Integers, factor: int) -> Integers:
    if values.dtype != object:
        furthest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
        fits = max(furthest, 1) * factor <= _INT64.max
        values = values.astype(np.int64 if fits else object)
    return values * factor


def _from_floats(array: pa.Array, type: Type, faults: Faults) -> Integers:
    """Whole numbers as they are; of others the decimal that reads back as the same float."""
    import pyarrow as pa

    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    floats = numbers_of(array)
    finite = np.isfinite(floats)
    add_fault(faults, range_fault(type), ~finite)
    floats = np.where(finite, floats, 0)
    whole = floats == np.trunc(floats)
    values = _rescaled(_from_whole_floats(np.where(whole, floats, 0)), 0, type, faults)
    broken = np.flatnonzero(~whole)
    if len(broken) == 0:
        return values
    fractions, inexact = _from_fractions(floats[broken], type)
    fault = np.zeros(len(floats), np.bool_)
    fault[broken] = inexact
    add_fault(faults, fraction_fault(type), fault)
    values = values.astype(np.result_type(values.dtype, fractions.dtype))
    values[broken] = fractions
    return _rescaled(values, type.scale, type, faults)


def _from_whole_floats(floats: npt.NDArray[np.floating[Any]]) -> Integers:
    if len(floats) == 0 or float(np.abs(floats).max()) < 2.0**63:
        return floats.astype(np.int64)
    mantissas, exponents = np.frexp(floats.astype(np.float64))
    integers = (mantissas * _EXACT_DOUBLE).astype(np.int64).astype(object)
    powers = exponents.astype(object) - 53
    whole: Integers = integers * 2 ** np.maximum(powers, 0) // 2 ** np.maximum(-powers, 0)
    return whole


def _from_fractions(
    floats: npt.NDArray[np.floating[Any]], type: Type
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """The nearest multiples of 10**-scale, and which of them do not read back as the same float."""
    import pyarrow as pa

    power = 10.0**type.scale
    nearest = np.rint(floats.astype(np.float64) * power)
    # A quotient of two exact doubles is rounded correctly, as a decimal read from text is.
    certain = (np.abs(nearest) < _EXACT_DOUBLE) & (type.scale <= _EXACT_POWER_OF_TEN)
    inexact = (nearest / power).astype(floats.dtype) != floats
    values = np.where(certain, nearest, 0).astype(np.int64)
    doubtful = np.flatnonzero(~certain)
    if len(doubtful) == 0:
        return values, inexact
    faults: Faults = {}
    text = pa.array(floats[doubtful]).cast(pa.large_string())
    parsed = parse_decimals(text, type, faults)
    exact = _unscaled(parsed)
    inexact[doubtful] = ~mask_of(parsed.is_valid())
    values = values.astype(np.result_type(values.dtype, exact.dtype))
    values[doubtful] = exact
    return values, inexact
