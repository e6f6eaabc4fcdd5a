"""Dates and timestamps written as text, read as PostgreSQL reads them year first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coldb_warehouse.convert.converted import Faults, add_fault, mask_of, numbers_of, read_slowly

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask

__all__ = ["parse_date_and_time", "parse_time"]

_COMPACT = r"^(\d{4})(\d{2})(\d{2})($|[Tt ].*)"
_PATTERN = (
    r"^(?P<year>\d{3,7})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"
    r"(?:(?:[Tt]|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?)?"
    r"\s*(?:Z|z|UTC|(?P<sign>[+-])(?P<zone_hour>\d{1,2})(?::?(?P<zone_minute>\d{2}))?)?"
    r"(?P<era>\s+BC)?$"
)
_TIME = (
    r"^(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d*)?))?"
    r"\s*(?P<half>[AaPp][Mm])?\s*(?:Z|z|UTC|[+-]\d{1,2}(?::?\d{2})?)?$"
)
_MINUTE = 60_000_000
_DAY = 86_400_000_000


def parse_date_and_time(
    text: pa.LargeStringArray, faults: Faults, syntax_fault: str, *, in_utc: bool = False
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Days since 1970-01-01, and microseconds of the day; rows that cannot be read are faults.

    An offset from UTC is a fault as well, unless the moment `in_utc` is asked for.
    24:00:00 and a second 60 are read as PostgreSQL does: as the start of the next day or minute.
    """
    import pyarrow.compute as pc

    read_slowly(len(text))
    spaced = pc.replace_substring_regex(text, _COMPACT, r"\1-\2-\3\4")
    groups = pc.extract_regex(spaced, _PATTERN)
    year, month, day, hour, minute = (_integers(groups.field(i)) for i in range(5))
    second, microsecond, too_fine = _seconds(groups.field(5))
    is_bc = mask_of(pc.not_equal(groups.field(9), ""))
    day_ok, days = _days(np.where(is_bc, 1 - year, year), month, day)
    day_ok &= year > 0
    time, time_ok = _time_of_day(hour, minute, second, microsecond)
    zone_hour, zone_minute = (_integers(groups.field(i)) for i in (7, 8))
    offset = (zone_hour * 60 + zone_minute) * _MINUTE
    offset_ok = (zone_hour < 16) & (zone_minute < 60)
    add_fault(faults, syntax_fault, ~(day_ok & time_ok & offset_ok))
    add_fault(faults, "has parts of a microsecond", too_fine)
    if in_utc:
        is_west = mask_of(pc.equal(groups.field(6), "-"))
        time = np.where(is_west, time + offset, time - offset)
    else:
        add_fault(faults, "has an offset from UTC", offset != 0)
    return days + time // _DAY, time % _DAY


def parse_time(
    text: pa.LargeStringArray, faults: Faults, syntax_fault: str
) -> npt.NDArray[np.int64]:
    """Microseconds since midnight, 24:00:00 included; a zone is read and left out, as PostgreSQL does."""
    import pyarrow.compute as pc

    read_slowly(len(text))
    groups = pc.extract_regex(text, _TIME)
    hour, minute = (_integers(groups.field(i)) for i in range(2))
    second, microsecond, too_fine = _seconds(groups.field(2))
    half = pc.ascii_lower(groups.field(3))
    is_am, is_pm = mask_of(pc.equal(half, "am")), mask_of(pc.equal(half, "pm"))
    half_ok = ~(is_am | is_pm) | ((hour >= 1) & (hour <= 12))
    hour = np.where(is_am | is_pm, hour % 12 + 12 * is_pm, hour)
    time, time_ok = _time_of_day(hour, minute, second, microsecond)
    well_formed = mask_of(groups.is_valid())
    add_fault(faults, syntax_fault, ~(well_formed & half_ok & time_ok))
    add_fault(faults, "has parts of a microsecond", too_fine)
    return time


def _time_of_day(
    hour: npt.NDArray[np.int64],
    minute: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    microsecond: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], Mask]:
    """Microseconds since midnight, and which of them are a time of day."""
    time = ((hour * 60 + minute) * 60 + second) * 1_000_000 + microsecond
    fits = (minute < 60) & (time <= _DAY)
    fits &= (second < 60) | ((second == 60) & (microsecond == 0))
    return time, fits


def _integers(digits: pa.LargeStringArray) -> npt.NDArray[np.int64]:
    """Zero where the group did not take part."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return numbers_of(pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64()))


def _seconds(
    text: pa.LargeStringArray,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Mask]:
    """Whole seconds, microseconds, and which rows have digits beyond those."""
    import pyarrow.compute as pc

    groups = pc.extract_regex(text, r"^(?P<whole>\d*)\.?(?P<micro>\d{0,6})(?P<rest>\d*)$")
    microseconds = _integers(pc.utf8_rpad(groups.field(1), 6, "0"))
    too_fine = mask_of(pc.match_substring_regex(groups.field(2), "[1-9]"))
    return _integers(groups.field(0)), microseconds, too_fine


def _days(
    year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
) -> tuple[Mask, npt.NDArray[np.int64]]:
    """Which dates exist, and their days since 1970-01-01 in the Gregorian calendar; year 0 is 1 BC."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[D]").astype(np.int64)
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= following - first)
    return exists, first + day - 1
