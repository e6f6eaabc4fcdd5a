"""Time zones: the offset from UTC at a moment, for whole columns.

The transitions of a zone are found once for each year, by bisection of the days on which its offset
changes; columns are then searched in them. Years that Python's calendar lacks borrow the transitions of
a year 400 before or after, whose days of the week are the same.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.functions.dates.calendar import DAY, civil_from_days, days_from_civil
from coldb.errors import DataError

__all__ = ["local_from_utc", "named_zone", "offset_of_abbreviation", "utc_from_local"]

Zone: TypeAlias = "str | int"
"""A name that zoneinfo knows, or microseconds east of UTC."""

Times: TypeAlias = npt.NDArray[np.int64]

_HOUR = 3_600_000_000
_MINUTE = 60_000_000
_SECOND = 1_000_000
_CYCLE = 400
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_LAST_TIMESTAMP_YEAR = 294_246
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_FIXED = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)

_ABBREVIATIONS = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "zulu": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1,
    "cest": 2, "eet": 2, "eest": 3, "msk": 3, "sast": 2, "pkt": 5, "sgt": 8, "hkt": 8, "jst": 9,
    "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6,
    "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip


def offset_of_abbreviation(word: str) -> int | None:
    """Microseconds east of UTC of an abbreviation such as EST, None if there is none."""
    hours = _ABBREVIATIONS.get(word.lower())
    return None if hours is None else hours * _HOUR


def named_zone(name: str) -> Zone:
    """The zone of a name, in any case, an abbreviation, or an offset in the style of POSIX, which
    counts to the west: `UTC+2` is two hours behind. DataError if there is none."""
    known = _names().get(name.strip().lower())
    if known is not None:
        return known
    offset = offset_of_abbreviation(name.strip())
    if offset is not None:
        return offset
    fixed = _FIXED.fullmatch(name.strip())
    if fixed is None or int(fixed[2]) > 15 or int(fixed[3] or 0) > 59:
        raise DataError(f'no time zone "{name}": write a name such as Europe/Berlin')
    west = int(fixed[2]) * _HOUR + int(fixed[3] or 0) * _MINUTE
    return -west if fixed[1] == "+" else west


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def local_from_utc(times: Times, zone: Zone) -> Times:
    """What clocks of the zone show, in microseconds since 1970-01-01 00:00 on those clocks."""
    if isinstance(zone, int):
        return times + zone
    starts, offsets = _transitions_of(times, zone)
    return times + offsets[np.searchsorted(starts, times, side="right")]


def utc_from_local(times: Times, zone: Zone) -> Times:
    """The inverse. Times that clocks leave out are read with the offset before the change, times that
    they show twice with the one after it, as in PostgreSQL."""
    if isinstance(zone, int):
        return times - zone
    starts, offsets = _transitions_of(times, zone)
    return times - offsets[np.searchsorted(starts + offsets[1:], times, side="right")]


def _transitions_of(times: Times, zone: str) -> tuple[Times, Times]:
    """When offsets change, in the years of the times and next to them, and the offsets: the first
    before any change, then one after each."""
    if not len(times):
        return np.zeros(0, np.int64), np.zeros(1, np.int64)
    years = np.unique(civil_from_days(np.unique(times // DAY))[0])
    years = np.concatenate([years - 1, years, years + 1])
    years = np.unique(np.minimum(years, _LAST_TIMESTAMP_YEAR))
    info = zoneinfo.ZoneInfo(zone)
    starts: list[int] = []
    offsets = [_offset(info, _start_of(int(years[0])))]
    for year in years.tolist():
        starts.append(_start_of(year))  # years in between may have been left out
        offsets.append(_offset(info, starts[-1]))
        for start, offset in _changes(zone, year):
            starts.append(start)
            offsets.append(offset)
    return np.array(starts, np.int64), np.array(offsets, np.int64)


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """When the zone's offset changes in a year of UTC, and what it is from then on."""
    info = zoneinfo.ZoneInfo(zone)
    first, last = _start_of(year), _start_of(year + 1)
    days = range(first, last + 1, DAY)
    found = [_offset(info, day) for day in days]
    changes = []
    for day, before, after in zip(days[:-1], found[:-1], found[1:], strict=True):
        if before != after:
            low, high = day, day + DAY
            while high - low > _SECOND:
                middle = (low + high) // (2 * _SECOND) * _SECOND
                low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
            if high < last:
                changes.append((high, after))
    return tuple(changes)


def _start_of(year: int) -> int:
    return int(days_from_civil(year, 1, 1)) * DAY


def _offset(info: zoneinfo.ZoneInfo, time: int) -> int:
    """Microseconds east of UTC at a moment."""
    year = int(civil_from_days(time // DAY)[0])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        cycles = -((_LAST_YEAR - year) // _CYCLE) if year > _LAST_YEAR else 0
        time = (
            time - cycles * (_start_of(2 * _CYCLE) - _start_of(_CYCLE))
            if cycles
            else _start_of(_FIRST_YEAR)
        )
    offset = (_EPOCH + dt.timedelta(microseconds=time)).astimezone(info).utcoffset()
    assert offset is not None
    return offset // dt.timedelta(microseconds=1)
