"""What stands between dates: intervals made, cut and balanced; units counted, named and binned."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.dates.calendar import (
    DAY,
    civil_from_days,
    days_from_civil,
    days_in_month,
)
from coldb.engine.functions.dates.fields import (
    DAY_FIELDS,
    HOUR,
    MINUTE,
    SECOND,
    TIME_UNITS,
    field_name,
    unknown_part,
)
from coldb.engine.functions.dates.formats import DAYS, MONTHS, format_interval
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import map_distinct, of_rows
from coldb.engine.functions.numbers.exact import LONG_LIMIT, measured_bounds
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel

__all__ = ["DEFINITIONS"]

Interval = tuple[int, int, int]

_MONTH_DAYS = 30


# --- intervals ---------------------------------------------------------------------------------


def _truncated(amount: int, unit: int) -> int:
    """To a whole number of units, toward zero."""
    return abs(amount) // unit * unit * (-1 if amount < 0 else 1)


def _make_interval(
    years: int = 0,
    months: int = 0,
    weeks: int = 0,
    days: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: float = 0.0,
) -> Interval:
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        raise DataError("interval out of range")
    time = hours * HOUR + minutes * MINUTE + round(Fraction(seconds) * SECOND)
    return _checked((years * 12 + months, weeks * 7 + days, time))


def _checked(interval: Interval) -> Interval:
    months, days, microseconds = interval
    if max(abs(months), abs(days)) >= 2**31 or abs(microseconds) >= 2**63:
        raise DataError("interval out of range")
    return interval


def _balanced(large: int, small: int, unit: int) -> tuple[int, int]:
    """Whole units of the small carried over, and both of one sign."""
    carried = _truncated(small, unit) // unit
    large, small = large + carried, small - carried * unit
    if large > 0 > small:
        return large - 1, small + unit
    if large < 0 < small:
        return large + 1, small - unit
    return large, small


def _justify_hours(interval: Interval) -> Interval:
    months, days, time = interval
    return _checked((months, *_balanced(days, time, DAY)))


def _justify_days(interval: Interval) -> Interval:
    months, days, time = interval
    return _checked((*_balanced(months, days, _MONTH_DAYS), time))


def _justify_interval(interval: Interval) -> Interval:
    """Months of 30 days of 24 hours, all of one sign."""
    months, days, time = interval
    carried = _truncated(time, DAY) // DAY
    days, time = days + carried, time - carried * DAY
    carried = _truncated(days, _MONTH_DAYS) // _MONTH_DAYS
    months, days = months + carried, days - carried * _MONTH_DAYS
    if months > 0 and (days, time) < (0, 0):
        months, days = months - 1, days + _MONTH_DAYS
    elif months < 0 and (days, time) > (0, 0):
        months, days = months + 1, days - _MONTH_DAYS
    return _checked((months, *_balanced(days, time, DAY)))


_MONTH_UNITS = {
    "millennium": 12_000,
    "century": 1200,
    "decade": 120,
    "year": 12,
    "quarter": 3,
    "month": 1,
}


def _trunc_interval(part: str, interval: Interval) -> Interval:
    months, days, time = interval
    part = field_name(part)
    if part in _MONTH_UNITS:
        return _truncated(months, _MONTH_UNITS[part]), 0, 0
    if part == "day":
        return months, days, 0
    if part not in TIME_UNITS:
        raise unknown_part(part, (*_MONTH_UNITS, "day", *TIME_UNITS), INTERVAL)
    return months, days, _truncated(time, TIME_UNITS[part])


# --- units between two moments -----------------------------------------------------------------


def _of_month(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of the number of the month, counted from January of year 0."""

    def ordinal(time: Any) -> Any:
        year, month, _ = civil_from_days(time // DAY)
        return function(year * 12 + month - 1)

    return ordinal


_ORDINALS: dict[str, Callable[[Any], Any]] = {
    "millennium": _of_month(lambda month: (month - 12) // 12_000),
    "century": _of_month(lambda month: (month - 12) // 1200),
    "decade": _of_month(lambda month: month // 120),
    "year": _of_month(lambda month: month // 12),
    "quarter": _of_month(lambda month: month // 3),
    "month": _of_month(lambda month: month),
    "week": lambda time: (time // DAY + 3) // 7,
    "day": lambda time: time // DAY,
}


def _ordinal(part: str) -> Callable[[Any], Any]:
    """The number of the unit that a moment lies in."""
    part = field_name(part)
    if part in TIME_UNITS:
        return lambda time: time // TIME_UNITS[part]
    if part not in _ORDINALS:
        raise unknown_part(part, (*_ORDINALS, *TIME_UNITS), TIMESTAMP)
    return _ORDINALS[part]


def _difference(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """How many beginnings of a unit lie between two moments."""
    part, start, end = arguments
    if not part.constant:
        return map_distinct(
            lambda name, first, last: int(_ordinal(name)(last) - _ordinal(name)(first)),
            arguments,
            result,
            rows,
        )
    ordinal = _ordinal(part.strings[0].as_py())
    return Vector(result, ordinal(end.values) - ordinal(start.values))


def _bin(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The start of the stretch of that length that a moment lies in, counted from an origin."""
    stride, source, origin = arguments
    far = max(abs(bound) for each in (source, origin) for bound in measured_bounds(each.values))
    if not stride.constant or far >= LONG_LIMIT:
        return map_distinct(_binned, arguments, result, rows)
    return Vector(result, _binned(stride.data[0], source.values, origin.values))


def _binned(stride: Interval, time: Any, origin: Any) -> Any:
    months, days, microseconds = stride
    if months:
        raise DataError("timestamps cannot be binned into intervals containing months or years")
    length = days * DAY + microseconds
    if length <= 0:
        raise DataError("stride must be greater than zero")
    return origin + (time - origin) // length * length


# --- parts of a date ---------------------------------------------------------------------------


def _days_of(vector: Vector) -> Any:
    days = vector.values.astype(np.int64)
    return days if vector.type == DATE else days // DAY


def _last_day(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    year, month, _ = civil_from_days(_days_of(arguments[0]))
    last = days_from_civil(year, month, days_in_month(year, month))
    return Vector(result, last.astype(result.dtype))


def _named(names: tuple[str, ...], number: Callable[[Any], Any]) -> Kernel:
    """Codes of the names, since there are few."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        import pyarrow as pa

        del rows
        domain = Vector(VARCHAR, pa.array(names, type=pa.large_string()))
        codes = number(_days_of(arguments[0])).astype(np.uint8)
        return Vector(result, codes, domain=domain)

    return kernel


def _field(function: Callable[[Any], Any]) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, function(_days_of(arguments[0])).astype(result.dtype))

    return kernel


def _time_field(unit: int, count: int) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, (arguments[0].values // unit % count).astype(result.dtype))

    return kernel


def _always(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del arguments
    return Vector(result, np.ones(rows, dtype=np.bool_))


# --- table -------------------------------------------------------------------------------------


def _of_days(name: str, kernel: Kernel, result: Type, summary: str) -> tuple[Definition, ...]:
    """A function of a date and of the day of a timestamp."""
    function = ScalarFunction(name, kernel)
    return (
        Definition(function, fixed(DATE, result=result), summary, f"{name}(DATE '2024-05-06')"),
        Definition(function, fixed(TIMESTAMP, result=result)),
    )


_DATEDIFF = Definition(
    ScalarFunction("date_diff", _difference, can_fail=True),
    fixed(VARCHAR, TIMESTAMP, TIMESTAMP, result=BIGINT).described("(unit, start, end)"),
    "how many beginnings of a unit lie between two moments",
    "date_diff('month', DATE '2024-01-31', DATE '2024-03-01')",
)

_FIELDS = {
    "year": ("year", "year"),
    "quarter": ("quarter", "quarter, from 1"),
    "month": ("month", "month, from 1"),
    "week": ("week", "ISO week, from 1"),
    "day": ("day", "day of the month"),
    "dayofmonth": ("day", "day of the month"),
    "dayofweek": ("dow", "day of the week, Sunday is 0"),
    "isodow": ("isodow", "day of the week, Monday is 1 and Sunday 7"),
    "dayofyear": ("doy", "day of the year, from 1"),
}
_TIME_FIELDS = {"hour": (HOUR, 24), "minute": (MINUTE, 60), "second": (SECOND, 60)}

DEFINITIONS = (
    Definition(
        ScalarFunction("make_interval", of_rows(_make_interval), can_fail=True),
        fixed(*(INTEGER,) * 6, DOUBLE, result=INTERVAL, optional=6).described(
            "(years[, months[, weeks[, days[, hours[, minutes[, seconds]]]]]])"
        ),
        "interval from numbers of units",
        "make_interval(0, 1, 0, 10, 2)",
    ),
    *(
        Definition(
            ScalarFunction(name, of_rows(function), can_fail=True),
            fixed(INTERVAL, result=INTERVAL),
            summary,
            f"{name}(INTERVAL '{example}')",
        )
        for name, function, summary, example in (
            ("justify_hours", _justify_hours, "every 24 hours as a day", "50 hours"),
            ("justify_days", _justify_days, "every 30 days as a month", "65 days"),
            ("justify_interval", _justify_interval, "both, and one sign", "1 month -1 hour"),
        )
    ),
    Definition(
        ScalarFunction("date_trunc", of_rows(_trunc_interval), can_fail=True),
        fixed(VARCHAR, INTERVAL, result=INTERVAL),
        "interval cut to whole units",
        "date_trunc('hour', INTERVAL '2 days 10:30:00')",
    ),
    Definition(
        ScalarFunction("to_char", of_rows(format_interval), can_fail=True),
        fixed(INTERVAL, VARCHAR, result=VARCHAR),
        "interval as text by a template",
        "to_char(INTERVAL '50 hours 2 minutes', 'HH24:MI:SS')",
    ),
    Definition(
        ScalarFunction(
            "to_char",
            of_rows(lambda time, text: format_interval((0, 0, time), text)),
            can_fail=True,
        ),
        fixed(TIME, VARCHAR, result=VARCHAR),
    ),
    *(
        Definition(
            ScalarFunction("date_bin", _bin, can_fail=True),
            fixed(INTERVAL, type_, type_, result=type_).described("(length, moment, origin)"),
            "start of the stretch of time that a moment lies in" if type_ == TIMESTAMP else "",
            "date_bin('15 minutes', TIMESTAMP '2024-05-06 07:08:09', TIMESTAMP '2001-01-01')",
        )
        for type_ in (TIMESTAMP, TIMESTAMPTZ)
    ),
    _DATEDIFF,
    _DATEDIFF.alias("datediff"),
    *_of_days("last_day", _last_day, DATE, "last day of the month"),
    *_of_days("dayname", _named(DAYS, lambda days: (days + 3) % 7), VARCHAR, "name of the day"),
    *_of_days(
        "monthname",
        _named(MONTHS, lambda days: civil_from_days(days)[1] - 1),
        VARCHAR,
        "name of the month",
    ),
    *(
        definition
        for name, (field, summary) in _FIELDS.items()
        for definition in _of_days(name, _field(DAY_FIELDS[field]), INTEGER, summary)
    ),
    *(
        Definition(
            ScalarFunction(name, _time_field(unit, count)),
            fixed(TIMESTAMP, result=INTEGER),
            f"whole {name}s of the time of day",
            f"{name}(TIMESTAMP '2024-05-06 07:08:09.5')",
        )
        for name, (unit, count) in _TIME_FIELDS.items()
    ),
    *(
        Definition(
            ScalarFunction("isfinite", _always),
            fixed(type_, result=BOOLEAN),
            "true: there are no infinite dates, moments and intervals" if type_ == DATE else "",
            "isfinite(DATE '2024-05-06')",
        )
        for type_ in (DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL)
    ),
)
