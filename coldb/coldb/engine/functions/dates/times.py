"""Times of the day: arithmetic that goes round at midnight, and building times from numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.functions.dates.arithmetic import operator_of, swapped
from coldb.engine.functions.dates.calendar import DAY, FIRST_DAY, LAST_TIMESTAMP_DAY
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import map_distinct, of_rows
from coldb.engine.functions.numbers.exact import rows_where
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import DATE, DOUBLE, INTEGER, INTERVAL, TIME, TIMESTAMP, Type

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Kernel

__all__ = ["DEFINITIONS"]


def _shifted(sign: int) -> Kernel:
    """A time plus or minus the part of an interval that is less than a day."""

    def shifted(time: int, interval: tuple[int, int, int]) -> int:
        return (time + sign * interval[2]) % DAY

    return of_rows(shifted)


def _elapsed(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    return map_distinct(lambda later, earlier: (0, 0, later - earlier), arguments, result, rows)


def _on_day(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """A date and a time as a timestamp."""
    del rows
    days = arguments[0].values.astype(np.int64)
    if rows_where((days < FIRST_DAY) | (days > LAST_TIMESTAMP_DAY), arguments):
        raise DataError("date out of range for TIMESTAMP")
    return Vector(result, days * DAY + arguments[1].values)


def _make_time(hour: int, minute: int, seconds: float) -> int:
    if 0 <= hour <= 24 and 0 <= minute < 60 and 0 <= seconds <= 60:
        time = (hour * 60 + minute) * 60_000_000 + round(Fraction(seconds) * 1_000_000)
        if time <= DAY:
            return time
    raise DataError("time field value out of range: make_time takes a real time of day")


DEFINITIONS = (
    operator_of("-", _elapsed, TIME, TIME, INTERVAL),
    operator_of("+", _shifted(1), TIME, INTERVAL, TIME),
    operator_of("+", swapped(_shifted(1)), INTERVAL, TIME, TIME),
    operator_of("-", _shifted(-1), TIME, INTERVAL, TIME),
    operator_of("+", _on_day, DATE, TIME, TIMESTAMP),
    operator_of("+", swapped(_on_day), TIME, DATE, TIMESTAMP),
    Definition(
        ScalarFunction("make_time", of_rows(_make_time), can_fail=True),
        fixed(INTEGER, INTEGER, DOUBLE, result=TIME),
        "time from hour, minute, second",
        "make_time(7, 8, 9.5)",
    ),
)
