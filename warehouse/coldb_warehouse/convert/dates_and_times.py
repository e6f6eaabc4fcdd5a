"""To DATE and TIMESTAMP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, numbers_of, range_fault
from coldb_warehouse.convert.date_text import parse_date_and_time
from coldb_warehouse.convert.strings import is_text, read_by_arrow, trimmed
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["to_dates", "to_timestamps"]

_DAY = 86_400_000_000  # microseconds
_YEAR_ONE = -719_162  # the day 0001-01-01
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # in a second


def to_dates(array: pa.Array, type: Type) -> tuple[npt.NDArray[np.int32], Faults]:
    """Days since 1970-01-01. A time of day other than midnight is a fault."""
    import pyarrow as pa

    faults: Faults = {}
    kind = array.type
    if pa.types.is_date32(kind):
        return numbers_of(array.cast(pa.int32())), faults
    if pa.types.is_date64(kind) or pa.types.is_timestamp(kind):
        days, rest = np.divmod(numbers_of(array.cast(pa.int64())), 86_400 * _ticks(kind))
    elif is_text(kind):
        text = trimmed(array)
        days_at_once = _read_at_once(text, pa.date32(), pa.int32(), _YEAR_ONE)
        if days_at_once is not None:
            return days_at_once, faults
        instants = _read_at_once(text, pa.timestamp("us"), pa.int64(), _YEAR_ONE * _DAY)
        if instants is not None:
            days, rest = np.divmod(instants, _DAY)
        else:
            days, rest = parse_date_and_time(text, faults, "is not a date")
    else:
        raise impossible(array.type, type)
    limits = np.iinfo(np.int32)
    add_fault(faults, range_fault(type), (days < limits.min) | (days > limits.max))
    add_fault(faults, "has a time of day", rest != 0)
    return days.astype(np.int32), faults


def to_timestamps(array: pa.Array, type: Type) -> tuple[npt.NDArray[np.int64], Faults]:
    """Microseconds since 1970-01-01 00:00, of instants with a time zone in UTC.

    Text is read with its offset from UTC if the type has a zone; without one it is in UTC.
    """
    import pyarrow as pa

    faults: Faults = {}
    kind = array.type
    if pa.types.is_date32(kind):
        days = numbers_of(array.cast(pa.int32())).astype(np.int64)
        return _scaled(days, _DAY, type, faults), faults
    if pa.types.is_date64(kind) or pa.types.is_timestamp(kind):
        return _in_microseconds(
            numbers_of(array.cast(pa.int64())), _ticks(kind), type, faults
        ), faults
    if not is_text(kind):
        raise impossible(array.type, type)
    text = trimmed(array)
    in_utc = type.kind is Kind.TIMESTAMPTZ
    for zone in ("UTC", None) if in_utc else (None,):
        instants = _read_at_once(text, pa.timestamp("us", zone), pa.int64(), _YEAR_ONE * _DAY)
        if instants is not None:
            return instants, faults
    days, rest = parse_date_and_time(text, faults, "is not a timestamp", in_utc=in_utc)
    return _scaled(days, _DAY, type, faults) + rest, faults


def _read_at_once(
    text: pa.LargeStringArray, type: pa.DataType, storage: pa.DataType, earliest: int
) -> npt.NDArray[Any] | None:
    """By Arrow's own parser; None if it does not read a row, or reads one as of the year 0."""
    read = read_by_arrow(text, type)
    values = None if read is None else numbers_of(read.cast(storage))
    return values if values is not None and values.min() >= earliest else None


def _ticks(type: pa.DataType) -> int:
    import pyarrow as pa

    return 1_000 if pa.types.is_date64(type) else _TICKS[type.unit]


def _in_microseconds(
    ticks: npt.NDArray[np.int64], per_second: int, type: Type, faults: Faults
) -> npt.NDArray[np.int64]:
    if per_second <= 1_000_000:
        return _scaled(ticks, 1_000_000 // per_second, type, faults)
    microseconds, rest = np.divmod(ticks, per_second // 1_000_000)
    add_fault(faults, "has parts of a microsecond", rest != 0)
    return microseconds


def _scaled(
    values: npt.NDArray[np.int64], factor: int, type: Type, faults: Faults
) -> npt.NDArray[np.int64]:
    """Values times the factor; those that would overflow are faults, and zero."""
    if factor == 1:
        return values
    limit = np.iinfo(np.int64).max // factor - 1  # one less leaves room for a time of day
    outside = (values > limit) | (values < -limit)
    add_fault(faults, range_fault(type), outside)
    scaled: npt.NDArray[np.int64] = np.where(outside, 0, values) * factor
    return scaled
