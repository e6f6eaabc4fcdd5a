"""AT TIME ZONE: moments as what clocks somewhere show, and back; arithmetic on moments.

A TIMESTAMPTZ is a moment, counted in UTC, which is also the zone of every session: so its fields,
its text and its arithmetic are those of a TIMESTAMP in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from coldb.engine.assemble import scattered
from coldb.engine.functions.dates.arithmetic import (
    age,
    elapsed,
    make_timestamp,
    operator_of,
    shifted,
    swapped,
)
from coldb.engine.functions.dates.calendar import DAY, FIRST_DAY, LAST_TIMESTAMP_DAY
from coldb.engine.functions.dates.fields import date_trunc
from coldb.engine.functions.dates.templates import write_moments
from coldb.engine.functions.dates.time_zones import Zone, local_from_utc, named_zone, utc_from_local
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.distinct import all_valid, of_rows
from coldb.engine.functions.numbers.exact import rows_where
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

    from coldb.engine.functions.dates.time_zones import Times
    from coldb.engine.functions.definition import Kernel
    from coldb.engine.vector import Indices

__all__ = ["DEFINITIONS"]

_Shift: TypeAlias = "Callable[[Times, Zone], Times]"


def _in_zone(shift: _Shift) -> Kernel:
    """timezone(zone, time): one call of `shift` for each zone that occurs."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        zones, times = arguments
        if times.type == DATE:
            times = Vector(
                TIMESTAMP, times.values * np.int64(DAY), times.valid, constant=times.constant
            )
        if zones.constant:
            shifted_times = shift(times.values, _zone(zones))
            return _checked(Vector(result, shifted_times), times)
        valid = all_valid(arguments)
        present = np.arange(rows) if valid is None else np.flatnonzero(np.broadcast_to(valid, rows))
        times = times.expanded(rows)
        absent = np.setdiff1d(np.arange(rows), present)
        pieces: list[tuple[Indices, Vector]] = [(absent, Vector.constant_of(result, None))]
        names = zones.take(present).strings.dictionary_encode()
        codes = names.indices.to_numpy()
        for code, name in enumerate(names.dictionary.to_pylist()):
            chosen = present[codes == code]
            part = times.take(chosen)
            moved = Vector(result, shift(part.values, named_zone(name)))
            pieces.append((chosen, _checked(moved, part)))
        return scattered(pieces, rows)

    return kernel


def _in_offset(shift: _Shift) -> Kernel:
    """timezone(offset from UTC, time)."""

    def one(offset: tuple[int, int, int], time: int) -> int:
        months, days, microseconds = offset
        if months or days:
            raise DataError("an interval that is a time zone has no months and no days")
        moved = int(shift(np.array([time]), microseconds)[0])
        if not FIRST_DAY <= moved // DAY <= LAST_TIMESTAMP_DAY:
            raise DataError("timestamp out of range")
        return moved

    return of_rows(one)


def _zone(zones: Vector) -> Zone:
    return named_zone(zones.strings[0].as_py())


def _checked(moved: Vector, times: Vector) -> Vector:
    days = moved.values // DAY
    if rows_where((days < FIRST_DAY) | (days > LAST_TIMESTAMP_DAY), (times,)):
        raise DataError("timestamp out of range")
    return moved


def _trunc_in_zone(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """date_trunc on the clocks of a zone."""
    part, times, zone = arguments
    local = _in_zone(local_from_utc)((zone, times), TIMESTAMP, rows)
    start = date_trunc((part, local.expanded(rows)), TIMESTAMP, rows)
    return _in_zone(utc_from_local)((zone, start), result, rows)


def _make_timestamptz(
    year: int, month: int, day: int, hour: int, minute: int, seconds: float, zone: str = "UTC"
) -> int:
    local = make_timestamp(year, month, day, hour, minute, seconds)
    return int(utc_from_local(np.array([local]), named_zone(zone))[0])


def _at_time_zone(kernel: Kernel, *types: Type, summary: str, example: str) -> Definition:
    """The last type is the result's."""
    function = ScalarFunction("timezone", kernel, can_fail=True)
    return Definition(function, fixed(*types[:-1], result=types[-1]), summary, example)


_MAKE = (INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE, VARCHAR)
_TO_MOMENT = "moment at which clocks of the zone show a timestamp; `x AT TIME ZONE zone`"
_TO_LOCAL = "what clocks of the zone show at a moment; `x AT TIME ZONE zone`"

DEFINITIONS = (
    operator_of("-", elapsed, TIMESTAMPTZ, TIMESTAMPTZ, INTERVAL),
    operator_of("+", shifted(1), TIMESTAMPTZ, INTERVAL, TIMESTAMPTZ),
    operator_of("+", swapped(shifted(1)), INTERVAL, TIMESTAMPTZ, TIMESTAMPTZ),
    operator_of("-", shifted(-1), TIMESTAMPTZ, INTERVAL, TIMESTAMPTZ),
    _at_time_zone(
        _in_zone(utc_from_local), VARCHAR, TIMESTAMP, TIMESTAMPTZ,
        summary=_TO_MOMENT,
        example="TIMESTAMP '2024-07-01 12:00' AT TIME ZONE 'Europe/Berlin'",
    ),
    _at_time_zone(
        _in_zone(local_from_utc), VARCHAR, TIMESTAMPTZ, TIMESTAMP,
        summary=_TO_LOCAL,
        example="TIMESTAMPTZ '2024-07-01 12:00+00' AT TIME ZONE 'Europe/Berlin'",
    ),
    _at_time_zone(
        _in_zone(local_from_utc), VARCHAR, DATE, TIMESTAMP,
        summary="what clocks of the zone show when a date begins in UTC",
        example="DATE '2024-07-01' AT TIME ZONE 'Europe/Berlin'",
    ),
    _at_time_zone(
        _in_offset(utc_from_local), INTERVAL, TIMESTAMP, TIMESTAMPTZ,
        summary=_TO_MOMENT,
        example="TIMESTAMP '2024-07-01 12:00' AT TIME ZONE INTERVAL '2 hours'",
    ),
    _at_time_zone(
        _in_offset(local_from_utc), INTERVAL, TIMESTAMPTZ, TIMESTAMP,
        summary=_TO_LOCAL,
        example="TIMESTAMPTZ '2024-07-01 12:00+00' AT TIME ZONE INTERVAL '2 hours'",
    ),
    Definition(
        ScalarFunction("date_trunc", date_trunc, can_fail=True),
        fixed(VARCHAR, TIMESTAMPTZ, result=TIMESTAMPTZ),
        "start of the unit that a moment lies in, in UTC",
        "date_trunc('day', TIMESTAMPTZ '2024-05-06 07:08:09+00')",
    ),
    Definition(
        ScalarFunction("date_trunc", _trunc_in_zone, can_fail=True),
        fixed(VARCHAR, TIMESTAMPTZ, VARCHAR, result=TIMESTAMPTZ),
        "start of the unit that a moment lies in, on the clocks of a zone",
        "date_trunc('day', TIMESTAMPTZ '2024-05-06 23:08:09+00', 'Europe/Berlin')",
    ),
    Definition(
        ScalarFunction("age", age),
        fixed(TIMESTAMPTZ, TIMESTAMPTZ, result=INTERVAL),
        "difference in years, months, days and time",
        "age(TIMESTAMPTZ '2024-03-01', TIMESTAMPTZ '2023-01-15')",
    ),
    Definition(
        ScalarFunction("make_timestamptz", of_rows(_make_timestamptz), can_fail=True),
        fixed(*_MAKE, result=TIMESTAMPTZ, optional=1),
        "moment from year, month, day, hour, minute, second and perhaps a zone",
        "make_timestamptz(2024, 5, 6, 7, 8, 9.5, 'Europe/Berlin')",
    ),
    Definition(
        ScalarFunction("to_char", write_moments),
        fixed(TIMESTAMPTZ, VARCHAR, result=VARCHAR),
        "moment as text by a template, in UTC",
        "to_char(TIMESTAMPTZ '2024-05-06 07:08:09+02', 'DD.MM.YYYY HH24:MI')",
    ),
)  # fmt: skip
