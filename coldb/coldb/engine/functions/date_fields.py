"""EXTRACT, date_part and date_trunc: the fields of dates, timestamps and intervals.

As in PostgreSQL, a field is a DECIMAL: whole for most, with six decimals for seconds and epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from coldb.engine.functions.calendar import DAY, civil_from_days, days_from_civil
from coldb.engine.functions.casts import cast
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import (
    DATE,
    DOUBLE,
    INTERVAL,
    TIMESTAMP,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Kernel

__all__ = ["DEFINITIONS"]

Field: TypeAlias = "Callable[[Any], Any]"

HOUR = 3_600_000_000
MINUTE = 60_000_000
SECOND = 1_000_000

_JULIAN_EPOCH = 2_440_588


# --- fields of a day: functions of the day number ----------------------------------------------


def _year(days: Any) -> Any:
    """The year as written: there is no year 0, the year before 1 is -1."""
    year = civil_from_days(days)[0]
    return year - (year <= 0)


def _day_of_year(days: Any) -> Any:
    return days - days_from_civil(civil_from_days(days)[0], 1, 1) + 1


def _iso_day_of_week(days: Any) -> Any:
    """Monday is 1; 1970-01-01 was a Thursday."""
    return (days + 3) % 7 + 1


def _iso_thursday(days: Any) -> Any:
    """The Thursday of a day's week, whose year is the week's year."""
    return days - _iso_day_of_week(days) + 4


def _week(days: Any) -> Any:
    return (_day_of_year(_iso_thursday(days)) - 1) // 7 + 1


def _century(days: Any, years: int = 100) -> Any:
    """The first century runs from 1 to 100, the one before is -1."""
    year = civil_from_days(days)[0]
    century = (year - 1) // years + 1
    return century - (century <= 0)


_DAY_FIELDS: dict[str, Field] = {
    "year": _year,
    "month": lambda days: civil_from_days(days)[1],
    "day": lambda days: civil_from_days(days)[2],
    "quarter": lambda days: (civil_from_days(days)[1] + 2) // 3,
    "week": _week,
    "dow": lambda days: (days + 4) % 7,
    "isodow": _iso_day_of_week,
    "doy": _day_of_year,
    "isoyear": lambda days: _year(_iso_thursday(days)),
    "decade": lambda days: civil_from_days(days)[0] // 10,
    "century": _century,
    "millennium": lambda days: _century(days, 1000),
}

# --- fields of a time: scaled integers from the microseconds of the day ------------------------

_TIME_FIELDS: dict[str, tuple[Field, Type]] = {
    "hour": (lambda time: time // HOUR, decimal(10, 0)),
    "minute": (lambda time: time // MINUTE % 60, decimal(10, 0)),
    "second": (lambda time: time % MINUTE, decimal(8, 6)),
    "milliseconds": (lambda time: time % MINUTE, decimal(8, 3)),
    "microseconds": (lambda time: time % MINUTE, decimal(8, 0)),
}

_WHOLE = decimal(10, 0)
_EPOCH_OF_DAY = decimal(18, 0)
_EPOCH_OF_TIME = decimal(19, 6)


def _date_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, field(arguments[0].values.astype(np.int64)).astype(np.int64))

    return kernel


def _timestamp_day_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, field(arguments[0].values // DAY).astype(np.int64))

    return kernel


def _timestamp_time_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, field(arguments[0].values % DAY))

    return kernel


# --- fields of an interval ---------------------------------------------------------------------


def _truncated(amount: int, unit: int) -> int:
    """Division toward zero."""
    return abs(amount) // unit * (-1 if amount < 0 else 1)


def _remaining(amount: int, unit: int) -> int:
    return amount - _truncated(amount, unit) * unit


def _interval_epoch(interval: tuple[int, int, int]) -> int:
    """Microseconds; a year counts as 365.25 days, a month beyond as 30."""
    months, days, microseconds = interval
    years = _truncated(months, 12)
    return (
        years * (DAY * 1461 // 4) + (_remaining(months, 12) * 30 + days) * DAY + microseconds
    )


_INTERVAL_FIELDS: dict[str, tuple[Field, Type]] = {
    "year": (lambda interval: _truncated(interval[0], 12), _WHOLE),
    "month": (lambda interval: _remaining(interval[0], 12), _WHOLE),
    "quarter": (lambda interval: _truncated(_remaining(interval[0], 12), 3) + 1, _WHOLE),
    "day": (lambda interval: interval[1], _WHOLE),
    "hour": (lambda interval: _truncated(interval[2], HOUR), _WHOLE),
    "minute": (lambda interval: _truncated(_remaining(interval[2], HOUR), MINUTE), _WHOLE),
    "second": (lambda interval: _remaining(interval[2], MINUTE), decimal(8, 6)),
    "milliseconds": (lambda interval: _remaining(interval[2], MINUTE), decimal(8, 3)),
    "microseconds": (lambda interval: _remaining(interval[2], MINUTE), decimal(8, 0)),
    "epoch": (_interval_epoch, decimal(38, 6)),
}


def _interval_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        return map_distinct(field, arguments, result, rows)

    return kernel


# --- EXTRACT -----------------------------------------------------------------------------------


def _extract(part: str, source: Type, kernel: Kernel, result: Type) -> Definition:
    return Definition(ScalarFunction(f"extract_{part}", kernel), fixed(source, result=result))


_EXTRACTS = (
    *(_extract(part, DATE, _date_field(field), _WHOLE) for part, field in _DAY_FIELDS.items()),
    _extract("epoch", DATE, _date_field(lambda days: days * 86_400), _EPOCH_OF_DAY),
    _extract("julian", DATE, _date_field(lambda days: days + _JULIAN_EPOCH), _WHOLE),
    *(
        _extract(part, TIMESTAMP, _timestamp_day_field(field), _WHOLE)
        for part, field in _DAY_FIELDS.items()
    ),
    *(
        _extract(part, TIMESTAMP, _timestamp_time_field(field), result)
        for part, (field, result) in _TIME_FIELDS.items()
    ),
    *(
        _extract(part, INTERVAL, _interval_field(field), result)
        for part, (field, result) in _INTERVAL_FIELDS.items()
    ),
)
