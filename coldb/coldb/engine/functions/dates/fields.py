"""EXTRACT, date_part and date_trunc: the fields of dates, timestamps and intervals.

As in PostgreSQL, a field is a DECIMAL: whole for most, with six decimals for seconds and epochs.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from coldb.engine.assemble import scattered
from coldb.engine.functions.casts import cast
from coldb.engine.functions.dates.calendar import DAY, civil_from_days, days_from_civil
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature, fixed
from coldb.engine.functions.distinct import all_valid, map_distinct
from coldb.engine.functions.numbers.arithmetic import decimal_quotient
from coldb.engine.functions.numbers.exact import exact_vector
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import (
    DATE,
    DOUBLE,
    INTERVAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Indices

__all__ = [
    "DAY_FIELDS",
    "DEFINITIONS",
    "HOUR",
    "MINUTE",
    "SECOND",
    "TIME_UNITS",
    "date_trunc",
    "field_name",
    "unknown_part",
]

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


DAY_FIELDS: dict[str, Field] = {
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


def _date_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, field(arguments[0].values.astype(np.int64)))

    return kernel


def _timestamp_field(field: Field) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, field(arguments[0].values))

    return kernel


def _of_its_day(field: Field) -> Field:
    return lambda time: field(time // DAY)


def _of_its_time(field: Field) -> Field:
    return lambda time: field(time % DAY)


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
    return years * (DAY * 1461 // 4) + (_remaining(months, 12) * 30 + days) * DAY + microseconds


_INTERVAL_FIELDS: dict[str, tuple[Field, Type]] = {
    "year": (lambda interval: _truncated(interval[0], 12), _WHOLE),
    "month": (lambda interval: _remaining(interval[0], 12), _WHOLE),
    "quarter": (lambda interval: _truncated(_remaining(interval[0], 12), 3) + 1, _WHOLE),
    "decade": (lambda interval: _truncated(interval[0], 120), _WHOLE),
    "century": (lambda interval: _truncated(interval[0], 1200), _WHOLE),
    "millennium": (lambda interval: _truncated(interval[0], 12_000), _WHOLE),
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


# --- EXTRACT and date_part ---------------------------------------------------------------------


def field_name(text: str) -> str:
    """The name of a field in its full form: `years` and `yr` are `year`."""
    word = text.strip().lower()
    return _ALIASES.get(word, word)


_ALIASES = {
    "y": "year", "yr": "year", "yrs": "year", "years": "year",
    "mon": "month", "mons": "month", "months": "month",
    "w": "week", "weeks": "week",
    "d": "day", "days": "day",
    "h": "hour", "hr": "hour", "hrs": "hour", "hours": "hour",
    "m": "minute", "min": "minute", "mins": "minute", "minutes": "minute",
    "s": "second", "sec": "second", "secs": "second", "seconds": "second",
    "ms": "milliseconds", "millisecond": "milliseconds",
    "us": "microseconds", "microsecond": "microseconds",
    "decades": "decade", "centuries": "century", "millennia": "millennium", "qtr": "quarter",
}  # fmt: skip


def _extract(part: str, source: Type, kernel: Kernel, result: Type) -> Definition:
    """A date is not taken for a timestamp here: it has no hour to extract."""

    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        kind = arguments[0].kind
        return ((source,), result) if kind in (source.kind, Kind.NULL) else None

    return Definition(ScalarFunction(f"extract_{part}", kernel), Signature(f"({source})", match))


def _julian(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    microseconds = arguments[0].values.astype(object) + _JULIAN_EPOCH * DAY
    days, _ = decimal_quotient(microseconds, np.array([DAY]), result.scale)
    return exact_vector(days, result, arguments)


def _timestamp_extracts(source: Type) -> Iterator[Definition]:
    for part, field in DAY_FIELDS.items():
        yield _extract(part, source, _timestamp_field(_of_its_day(field)), _WHOLE)
    for part, (field, result) in _TIME_FIELDS.items():
        yield _extract(part, source, _timestamp_field(_of_its_time(field)), result)
    yield _extract("epoch", source, _timestamp_field(lambda time: time), decimal(19, 6))
    yield _extract("julian", source, _julian, decimal(38, 20))


_EXTRACTS = (
    *(_extract(part, DATE, _date_field(field), _WHOLE) for part, field in DAY_FIELDS.items()),
    _extract("epoch", DATE, _date_field(lambda days: days * 86_400), decimal(18, 0)),
    _extract("julian", DATE, _date_field(lambda days: days + _JULIAN_EPOCH), _WHOLE),
    *_timestamp_extracts(TIMESTAMP),
    *_timestamp_extracts(TIMESTAMPTZ),
    *(
        _extract(part, TIMESTAMPTZ, _timestamp_field(np.zeros_like), _WHOLE)
        for part in ("timezone", "timezone_hour", "timezone_minute")
    ),
    *(
        _extract(part, TIME, _timestamp_field(field), result)
        for part, (field, result) in _TIME_FIELDS.items()
    ),
    _extract("epoch", TIME, _timestamp_field(lambda time: time), decimal(11, 6)),
    *(
        _extract(part, INTERVAL, _interval_field(field), result)
        for part, (field, result) in _INTERVAL_FIELDS.items()
    ),
)

_BY_PART = {
    (definition.function.name.removeprefix("extract_"), source.kind): (definition, result)
    for definition in _EXTRACTS
    for source in (DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL)
    for parameters, result in [definition.signature.match((source,), ()) or ((), source)]
    if parameters == (source,)
}


def _by_part(function: Callable[[str, Vector, Type], Vector]) -> Kernel:
    """A kernel whose first argument names a field: one call for each that occurs."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        parts, source = arguments
        if parts.constant:
            return function(field_name(parts.strings[0].as_py()), source, result)
        valid = all_valid(arguments)
        present = np.arange(rows) if valid is None else np.flatnonzero(valid)
        encoded = parts.strings.take(present).dictionary_encode()
        codes = encoded.indices.to_numpy()
        absent = np.setdiff1d(np.arange(rows), present)
        pieces: list[tuple[Indices, Vector]] = [(absent, Vector.constant_of(result, None))]
        for code, part in enumerate(encoded.dictionary.to_pylist()):
            chosen = present[codes == code]
            pieces.append((chosen, function(field_name(part), source.take(chosen), result)))
        return scattered(pieces, rows)

    return kernel


def unknown_part(part: str, known: Iterable[str], source: Type) -> DataError:
    near = difflib.get_close_matches(part, list(known), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return DataError(f'unit "{part}" not recognized for type {source}{hint}')


def _date_part(part: str, source: Vector, result: Type) -> Vector:
    """EXTRACT as a function with a DOUBLE result; a date has the fields of a timestamp."""
    found = _BY_PART.get((part, source.type.kind))
    if found is None:
        known = (name for name, kind in _BY_PART if kind is source.type.kind)
        raise unknown_part(part, known, source.type)
    definition, field_type = found
    return cast(definition.function.kernel((source,), field_type, len(source)), result)


# --- date_trunc --------------------------------------------------------------------------------


def _first_of_years(years: int, first: int) -> Field:
    """The first day of a run of years, of which one starts with year `first`."""
    return lambda days: days_from_civil(
        (civil_from_days(days)[0] - first) // years * years + first, 1, 1
    )


def _first_of_months(months: int) -> Field:
    def first(days: Any) -> Any:
        year, month, _ = civil_from_days(days)
        return days_from_civil(year, (month - 1) // months * months + 1, 1)

    return first


_DAY_STARTS: dict[str, Field] = {
    "day": lambda days: days,
    "week": lambda days: days - (days + 3) % 7,
    "month": _first_of_months(1),
    "quarter": _first_of_months(3),
    "year": _first_of_years(1, 0),
    "decade": _first_of_years(10, 0),
    "century": _first_of_years(100, 1),
    "millennium": _first_of_years(1000, 1),
}
TIME_UNITS = {
    "microseconds": 1,
    "milliseconds": 1000,
    "second": SECOND,
    "minute": MINUTE,
    "hour": HOUR,
}


def _date_trunc(part: str, source: Vector, result: Type) -> Vector:
    """The start of the unit that a timestamp lies in; weeks start on Monday."""
    time = source.values
    if part in TIME_UNITS:
        return Vector(result, time - time % TIME_UNITS[part])
    start = _DAY_STARTS.get(part)
    if start is None:
        raise unknown_part(part, (*_DAY_STARTS, *TIME_UNITS), result)
    return Vector(result, start(time // DAY) * DAY)


date_trunc = _by_part(_date_trunc)
"""date_trunc(part, timestamp)"""

DEFINITIONS = (
    *_EXTRACTS,
    Definition(
        ScalarFunction("date_part", _by_part(_date_part), can_fail=True),
        fixed(VARCHAR, TIMESTAMP, result=DOUBLE),
        "a field of a timestamp; see EXTRACT",
        "date_part('year', TIMESTAMP '2024-05-06')",
    ),
    Definition(
        ScalarFunction("date_part", _by_part(_date_part), can_fail=True),
        fixed(VARCHAR, TIMESTAMPTZ, result=DOUBLE),
        "a field of a moment, in UTC",
        "date_part('hour', TIMESTAMPTZ '2024-05-06 07:08:09+02')",
    ),
    Definition(
        ScalarFunction("date_part", _by_part(_date_part), can_fail=True),
        fixed(VARCHAR, TIME, result=DOUBLE),
        "a field of a time",
        "date_part('hour', TIME '07:08:09')",
    ),
    Definition(
        ScalarFunction("date_part", _by_part(_date_part), can_fail=True),
        fixed(VARCHAR, INTERVAL, result=DOUBLE),
        "a field of an interval",
        "date_part('day', INTERVAL '3 days 4 hours')",
    ),
    Definition(
        ScalarFunction("date_trunc", date_trunc, can_fail=True),
        fixed(VARCHAR, TIMESTAMP, result=TIMESTAMP),
        "start of the unit that a timestamp lies in",
        "date_trunc('month', TIMESTAMP '2024-05-06 07:08:09')",
    ),
)
