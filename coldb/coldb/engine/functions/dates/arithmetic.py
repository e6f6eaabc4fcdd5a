"""Arithmetic on dates, timestamps and intervals; building dates from numbers.

Months, days and microseconds of an interval do not convert into each other: adding months keeps the
day of the month where the month has it, and takes its last day where not.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.dates import fields as date_fields
from coldb.engine.functions.dates.calendar import (
    DAY,
    FIRST_DAY,
    LAST_DATE,
    LAST_TIMESTAMP_DAY,
    civil_from_days,
    clamped_days,
    days_from_civil,
    days_in_month,
)
from coldb.engine.functions.dates.parsing import moment_of_epoch, parse_formatted
from coldb.engine.functions.dates.templates import write_moments
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import map_distinct, of_rows
from coldb.engine.functions.numbers.exact import in_range, rows_where
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import (
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel

__all__ = [
    "DEFINITIONS",
    "age",
    "elapsed",
    "make_timestamp",
    "operator_of",
    "shifted",
    "swapped",
]

Interval = tuple[int, int, int]


# --- dates and days ----------------------------------------------------------------------------


def _date_plus_days(sign: int) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        date, days = (vector.values.astype(np.int64) for vector in arguments)
        return _checked_date(date + sign * days, result, arguments)

    return kernel


def _checked_date(days: Any, result: Type, arguments: tuple[Vector, ...]) -> Vector:
    bad = (days < FIRST_DAY) | (days > LAST_DATE)
    if rows_where(bad, arguments):
        raise DataError("date out of range")
    return Vector(result, days.astype(result.dtype))


def _days_between(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    later, earlier = (vector.values.astype(np.int64) for vector in arguments)
    return Vector(result, in_range(later - earlier, result, arguments).astype(result.dtype))


# --- timestamps and intervals ------------------------------------------------------------------


def _interval_parts(vector: Vector) -> tuple[Any, Any, Any]:
    """Months, days and microseconds as int64 arrays; zeros for NULL."""
    parts = np.array([interval or (0, 0, 0) for interval in vector.data], dtype=np.int64)
    return parts[:, 0], parts[:, 1], parts[:, 2]


def shifted(sign: int) -> Kernel:
    """A date or timestamp plus or minus an interval, as a timestamp."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        start, interval = arguments
        months, days, microseconds = (sign * part for part in _interval_parts(interval))
        if start.type == DATE:
            day, time = start.values.astype(np.int64), np.zeros(1, dtype=np.int64)
        else:
            day, time = start.values // DAY, start.values % DAY
        if months.any():
            year, month, day_of_month = civil_from_days(day)
            day = clamped_days(year, month + months, day_of_month)
        day = day + days + microseconds // DAY
        time = time + microseconds % DAY
        if rows_where((day < FIRST_DAY) | (day > LAST_TIMESTAMP_DAY), arguments):
            raise DataError("timestamp out of range")
        return Vector(result, day * DAY + time)

    return kernel


def swapped(kernel: Kernel) -> Kernel:
    """The kernel with its two arguments in the other order."""
    return lambda arguments, result, rows: kernel((arguments[1], arguments[0]), result, rows)


def elapsed(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The difference of two timestamps as an interval of days and microseconds."""

    def between(later: int, earlier: int) -> Interval:
        days = abs(later - earlier) // DAY * (-1 if later < earlier else 1)
        return 0, days, later - earlier - days * DAY

    return map_distinct(between, arguments, result, rows)


def age(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The difference of two timestamps in years, months, days and time of day."""

    def between(later: int, earlier: int) -> Interval:
        if later < earlier:
            months, days, microseconds = between(earlier, later)
            return -months, -days, -microseconds
        year, month, day = civil_from_days(later // DAY)
        first_year, first_month, first_day = civil_from_days(earlier // DAY)
        months = (year - first_year) * 12 + month - first_month
        days = day - first_day
        microseconds = later % DAY - earlier % DAY
        if microseconds < 0:
            microseconds, days = microseconds + DAY, days - 1
        if days < 0:
            days, months = days + days_in_month(first_year, first_month), months - 1
        return months, days, microseconds

    return map_distinct(between, arguments, result, rows)


# --- intervals ---------------------------------------------------------------------------------


def _on_intervals(function: Callable[..., Interval]) -> Kernel:
    def checked(*values: Any) -> Interval:
        months, days, microseconds = function(*values)
        if max(abs(months), abs(days)) >= 2**31 or abs(microseconds) >= 2**63:
            raise DataError("interval out of range")
        return months, days, microseconds

    return lambda arguments, result, rows: map_distinct(checked, arguments, result, rows)


def _interval_sum(left: Interval, right: Interval) -> Interval:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]


def _interval_difference(left: Interval, right: Interval) -> Interval:
    return left[0] - right[0], left[1] - right[1], left[2] - right[2]


def _interval_times(interval: Interval, factor: float) -> Interval:
    """Fractions of months become days of which a month has 30, fractions of days microseconds."""
    if factor != factor or factor in (float("inf"), float("-inf")):
        raise DataError("interval out of range")
    return _scaled_interval(interval, Fraction(factor))


def _interval_over(interval: Interval, divisor: float) -> Interval:
    if divisor == 0:
        raise DataError("division by zero: guard it with NULLIF or CASE")
    if divisor != divisor or divisor in (float("inf"), float("-inf")):
        raise DataError("interval out of range")
    return _scaled_interval(interval, 1 / Fraction(divisor))


def _scaled_interval(interval: Interval, factor: Fraction) -> Interval:
    months, days, microseconds = (part * factor for part in interval)
    whole_months = int(months)
    month_days = Fraction(round((months - whole_months) * 30 * 1_000_000), 1_000_000)
    whole_days = int(days) + int(month_days)
    fraction = days - int(days) + month_days - int(month_days)
    return whole_months, whole_days, round(microseconds + fraction * DAY)


# --- from numbers ------------------------------------------------------------------------------


def _make_date(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """A negative year is BC."""
    del rows
    year, month, day = (vector.values.astype(np.int64) for vector in arguments)
    astronomical = year + (year < 0)
    length = days_in_month(astronomical, np.clip(month, 1, 12))
    bad = (year == 0) | (month < 1) | (month > 12) | (day < 1) | (day > length)
    if rows_where(bad, arguments):
        raise DataError("date field value out of range: make_date takes a day that exists")
    return _checked_date(days_from_civil(astronomical, month, day), result, arguments)


def make_timestamp(year: int, month: int, day: int, hour: int, minute: int, seconds: float) -> int:
    astronomical = year + (year < 0)
    real_date = year != 0 and 1 <= month <= 12 and 1 <= day <= days_in_month(astronomical, month)
    if not real_date or not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= seconds <= 60):
        raise DataError("date/time field value out of range: make_timestamp takes a real moment")
    time = (hour * 60 + minute) * 60_000_000 + round(Fraction(seconds) * 1_000_000)
    days = days_from_civil(astronomical, month, day)
    if time > DAY or not FIRST_DAY <= days <= LAST_TIMESTAMP_DAY:
        raise DataError("date/time field value out of range: make_timestamp takes a real moment")
    return int(days * DAY + time)


# --- table -------------------------------------------------------------------------------------


def operator_of(name: str, kernel: Kernel, *types: Type) -> Definition:
    """An operator on values of the types before the last, which is the result's."""
    symbols = f" {name} ".join(str(type_) for type_ in types[:-1])
    signature = fixed(*types[:-1], result=types[-1]).described(symbols)
    return Definition(ScalarFunction(name, kernel, can_fail=True, operator=True), signature)


DEFINITIONS = (
    operator_of("-", _days_between, DATE, DATE, INTEGER),
    operator_of("-", elapsed, TIMESTAMP, TIMESTAMP, INTERVAL),
    operator_of("+", _date_plus_days(1), DATE, INTEGER, DATE),
    operator_of("+", _date_plus_days(1), INTEGER, DATE, DATE),
    operator_of("-", _date_plus_days(-1), DATE, INTEGER, DATE),
    *(
        definition
        for start in (DATE, TIMESTAMP)
        for definition in (
            operator_of("+", shifted(1), start, INTERVAL, TIMESTAMP),
            operator_of("+", swapped(shifted(1)), INTERVAL, start, TIMESTAMP),
            operator_of("-", shifted(-1), start, INTERVAL, TIMESTAMP),
        )
    ),
    operator_of("+", _on_intervals(_interval_sum), INTERVAL, INTERVAL, INTERVAL),
    operator_of("-", _on_intervals(_interval_difference), INTERVAL, INTERVAL, INTERVAL),
    operator_of("*", _on_intervals(_interval_times), INTERVAL, DOUBLE, INTERVAL),
    operator_of("*", swapped(_on_intervals(_interval_times)), DOUBLE, INTERVAL, INTERVAL),
    operator_of("/", _on_intervals(_interval_over), INTERVAL, DOUBLE, INTERVAL),
    operator_of(
        "neg", _on_intervals(lambda each: (-each[0], -each[1], -each[2])), INTERVAL, INTERVAL
    ),
    Definition(
        ScalarFunction("age", age),
        fixed(TIMESTAMP, TIMESTAMP, result=INTERVAL),
        "difference in years, months, days and time",
        "age(TIMESTAMP '2024-03-01', TIMESTAMP '2023-01-15')",
    ),
    Definition(
        ScalarFunction("make_date", _make_date, can_fail=True),
        fixed(INTEGER, INTEGER, INTEGER, result=DATE),
        "date from year, month, day",
        "make_date(2024, 5, 6)",
    ),
    Definition(
        ScalarFunction("make_timestamp", of_rows(make_timestamp), can_fail=True),
        fixed(INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE, result=TIMESTAMP),
        "timestamp from year, month, day, hour, minute, second",
        "make_timestamp(2024, 5, 6, 7, 8, 9.5)",
    ),
    Definition(
        ScalarFunction("to_char", write_moments),
        fixed(TIMESTAMP, VARCHAR, result=VARCHAR),
        "timestamp as text by a template",
        "to_char(TIMESTAMP '2024-05-06 07:08:09', 'DD.MM.YYYY HH24:MI')",
    ),
    Definition(
        ScalarFunction(
            "to_date", of_rows(lambda *call: parse_formatted(*call) // DAY), can_fail=True
        ),
        fixed(VARCHAR, VARCHAR, result=DATE),
        "date from text by a template",
        "to_date('06.05.2024', 'DD.MM.YYYY')",
    ),
    Definition(
        ScalarFunction("to_timestamp", of_rows(parse_formatted), can_fail=True),
        fixed(VARCHAR, VARCHAR, result=TIMESTAMPTZ),
        "moment from text by a template, in UTC",
        "to_timestamp('06.05.2024 07:08', 'DD.MM.YYYY HH24:MI')",
    ),
    Definition(
        ScalarFunction("to_timestamp", of_rows(moment_of_epoch), can_fail=True),
        fixed(DOUBLE, result=TIMESTAMPTZ),
        "moment from seconds since 1970",
        "to_timestamp(1714979289.5)",
    ),
    *date_fields.DEFINITIONS,
)
