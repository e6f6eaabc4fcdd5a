"""Single values as text and as Python objects, to their physical form and back.

The physical form of a value is described in the warehouse's types: a scaled integer for DECIMAL,
days for DATE, microseconds for TIMESTAMP, and so on. Text is read and written as PostgreSQL does.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import uuid
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.arrays.text import array_text, parse_array
from coldb.engine.functions.coercion import common_type
from coldb.engine.functions.dates.calendar import DAY
from coldb.engine.functions.dates.text import (
    date_text,
    interval_text,
    parse_moment,
    parse_time,
    time_text,
    timestamp_text,
    timestamptz_text,
)
from coldb.engine.functions.numbers.exact import POWERS, declared_bounds, out_of_range
from coldb.errors import DataError, InterfaceError
from coldb_grammar.errors import one_line
from coldb_grammar.intervals import IntervalError, parse_interval
from coldb_warehouse.convert.binary import to_blobs, to_uuids
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    MAX_DECIMAL_DIGITS,
    NULL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    VARCHAR,
    Kind,
    Type,
    array_of,
    decimal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "decimal_to_scaled",
    "float_to_scaled",
    "literal_cast",
    "physical_from_python",
    "python_from_physical",
    "text_of",
]

_EXACT = Context(prec=1200, rounding=ROUND_HALF_UP)

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,4})?")
_SPECIAL_FLOAT = re.compile(r"[+-]?(inf|infinity|nan)")

_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


# --- text to value -----------------------------------------------------------------------------


def literal_cast(text: str, type_: Type) -> Any:
    """The physical value that a text stands for; DataError if it stands for none."""
    match type_.kind:
        case Kind.VARCHAR:
            text = text[: type_.length] if type_.length else text
            return text.rstrip(" ") if type_.trimmed else text
        case Kind.BOOLEAN:
            return _boolean(text)
        case Kind.SMALLINT | Kind.INTEGER | Kind.BIGINT:
            return _integer(text, type_)
        case Kind.DECIMAL:
            if _NUMBER.fullmatch(text.strip().lower()) is None:
                raise _invalid(text, type_)
            return decimal_to_scaled(Decimal(text.strip()), type_)
        case Kind.REAL | Kind.DOUBLE:
            return _float(text, type_)
        case Kind.DATE:
            return parse_moment(text, type_) // DAY
        case Kind.TIME:
            return parse_time(text, type_)
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            return parse_moment(text, type_)
        case Kind.BLOB:
            return _one_of_bytes(to_blobs, text, type_)
        case Kind.UUID:
            return _one_of_bytes(to_uuids, text, type_)
        case Kind.INTERVAL:
            try:
                return parse_interval(text)
            except IntervalError as error:
                raise DataError(f'invalid INTERVAL "{text}": {error}') from error
        case Kind.ARRAY:
            assert type_.element is not None
            return tuple(
                None if element is None else literal_cast(element, type_.element)
                for element in parse_array(text)
            )
        case Kind.NULL:
            return None


def _one_of_bytes(convert: Callable[..., Any], text: str, type_: Type) -> bytes:
    import pyarrow as pa

    values, faults = convert(pa.array([text], pa.large_string()), type_)
    for reason in faults:
        raise DataError(f'invalid {type_}: "{one_line(text)}" {reason}')
    value: bytes = values[0].as_py()
    return value


def _invalid(text: str, type_: Type, hint: str = "") -> DataError:
    return DataError(f'invalid {type_.kind.value} "{one_line(text)}"{hint}')


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    meanings = {value for name, value in _BOOLEANS.items() if word and name.startswith(word)}
    if len(meanings) != 1:
        raise _invalid(text, BOOLEAN, ": write true or false")
    return meanings.pop()


def _integer(text: str, type_: Type) -> int:
    digits = text.strip()
    if _INTEGER.fullmatch(digits) is None:
        raise _invalid(text, type_)
    low, high = declared_bounds(type_)
    if len(digits) > 1000 or not low <= int(digits) <= high:
        raise DataError(f'value "{text}" is out of range for {type_}')
    return int(digits)


def _float(text: str, type_: Type) -> float:
    word = text.strip().lower()
    if _SPECIAL_FLOAT.fullmatch(word):
        return float(word)
    number = _NUMBER.fullmatch(word)
    if number is None:
        raise _invalid(text, type_)
    value = float(word)
    if type_.kind is Kind.REAL:
        with np.errstate(over="ignore", under="ignore"):
            value = float(np.float32(value))
    if math.isinf(value) or (value == 0 and re.search("[1-9]", word.partition("e")[0])):
        raise DataError(f'value "{text}" is out of range for {type_}')
    return value


# --- value to text -----------------------------------------------------------------------------


def text_of(value: Any, type_: Type) -> str:
    """A physical value (not NULL) as CAST(... AS VARCHAR) writes it."""
    match type_.kind:
        case Kind.BOOLEAN:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return _decimal_text(int(value), type_.scale)
        case Kind.REAL | Kind.DOUBLE:
            return _float_text(value, type_)
        case Kind.DATE:
            return date_text(int(value))
        case Kind.TIME:
            return time_text(int(value))
        case Kind.TIMESTAMP:
            return timestamp_text(int(value))
        case Kind.TIMESTAMPTZ:
            return timestamptz_text(int(value))
        case Kind.BLOB:
            return f"\\x{value.hex()}"
        case Kind.UUID:
            return str(uuid.UUID(bytes=value))
        case Kind.INTERVAL:
            return interval_text(*value)
        case Kind.ARRAY:
            assert type_.element is not None
            return array_text([_element_text(element, type_.element) for element in value])
        case _:
            return str(value)


def _element_text(value: Any, type_: Type) -> str | None:
    """An element of an array: as text, but for booleans, which are t and f there."""
    if type_.kind is Kind.BOOLEAN and value is not None:
        return "t" if value else "f"
    return None if value is None else text_of(value, type_)


def _decimal_text(scaled: int, scale: int) -> str:
    sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


_POSITIONAL = (1e-4, 1e15)
"""From the first on, and below the second, Python writes a double as PostgreSQL does."""


def _float_text(value: Any, type_: Type) -> str:
    """The shortest text that reads back as the same number; scientific for large and small ones."""
    if type_.kind is Kind.DOUBLE and _POSITIONAL[0] <= abs(value) < _POSITIONAL[1]:
        return repr(float(value)).removesuffix(".0")
    number = np.float32(value) if type_.kind is Kind.REAL else np.float64(value)
    if not np.isfinite(number):
        return "NaN" if np.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    exponent = int(np.format_float_scientific(number).partition("e")[2])
    if number == 0 or -5 < exponent < (6 if type_.kind is Kind.REAL else 15):
        return np.format_float_positional(number, trim="-")
    return np.format_float_scientific(number, trim="-", exp_digits=2)


# --- decimals ----------------------------------------------------------------------------------


def decimal_to_scaled(value: Decimal, type_: Type) -> int:
    """A Decimal as scaled integer, rounded half away from zero; DataError if it is too large."""
    if not value.is_finite():
        raise DataError(f"{value} does not fit in {type_}")
    if value.adjusted() > MAX_DECIMAL_DIGITS:
        raise out_of_range(type_)
    scaled = int(value.scaleb(type_.scale, _EXACT).to_integral_value(ROUND_HALF_UP))
    if abs(scaled) >= POWERS[type_.precision]:
        raise out_of_range(type_, scaled)
    return scaled


def float_to_scaled(value: float, source: Type, type_: Type) -> int:
    """A float as scaled integer, by way of its 15 significant digits (6 of a REAL)."""
    return decimal_to_scaled(Decimal(f"{value:.{6 if source.kind is Kind.REAL else 15}g}"), type_)


# --- Python objects ----------------------------------------------------------------------------

_EPOCH = dt.datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=dt.UTC)
_EPOCH_DAY = _EPOCH.date().toordinal()


def physical_from_python(value: Any) -> tuple[Type, Any]:
    """The type and physical value of a parameter; InterfaceError if it is no SQL value."""
    match value:
        case None:
            return NULL, None
        case bool() | np.bool_():
            return BOOLEAN, bool(value)
        case int() | np.integer():
            return _integer_parameter(int(value))
        case float() | np.floating():
            return DOUBLE, float(value)
        case str():
            return VARCHAR, str(value)
        case Decimal():
            return _decimal_parameter(value)
        case bytes() | bytearray() | memoryview():
            return BLOB, bytes(value)
        case uuid.UUID():
            return UUID, value.bytes
        case dt.datetime():
            if value.tzinfo is not None:
                return TIMESTAMPTZ, (value - _UTC_EPOCH) // dt.timedelta(microseconds=1)
            return TIMESTAMP, (value - _EPOCH) // dt.timedelta(microseconds=1)
        case dt.time():
            return TIME, _since_midnight(value)
        case dt.date():
            return DATE, value.toordinal() - _EPOCH_DAY
        case dt.timedelta():
            return INTERVAL, (
                0,
                value.days,
                (value - dt.timedelta(value.days)) // dt.timedelta(microseconds=1),
            )
        case list() | tuple():
            return _array_parameter(value)
        case _:
            raise InterfaceError(
                f"a parameter of type {type(value).__name__} is no SQL value: pass None, bool, int,"
                " float, str, bytes, Decimal, UUID, date, time, datetime, timedelta or a list of one"
                " of them"
            )


def _since_midnight(time: dt.time) -> int:
    if time.tzinfo is not None:
        raise InterfaceError(f"the time {time} has a time zone: make it naive first")
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return seconds * 1_000_000 + time.microsecond


def _array_parameter(values: Sequence[Any]) -> tuple[Type, tuple[Any, ...]]:
    """A list as an array of the type that all elements fit in."""
    typed = [physical_from_python(value) for value in values]
    if any(type_.element is not None for type_, _ in typed):
        raise InterfaceError("a parameter is a list of lists: arrays have one dimension")
    element = common_type(type_ for type_, _ in typed) if typed else NULL
    converted = (_converted(value, type_, element) for type_, value in typed)
    return array_of(element), tuple(converted)


def _converted(value: Any, source: Type, target: Type) -> Any:
    """A physical value of a parameter as one of the common type of several."""
    if value is None or source.kind is target.kind is not Kind.DECIMAL:
        return value
    if target.is_float:
        return float(python_from_physical(value, source))
    if source.kind is Kind.DATE:
        return value * DAY
    return value * POWERS[target.scale - source.scale]


def _integer_parameter(value: int) -> tuple[Type, int]:
    for type_ in (INTEGER, BIGINT):
        low, high = declared_bounds(type_)
        if low <= value <= high:
            return type_, value
    return _decimal_parameter(Decimal(value))


def _decimal_parameter(value: Decimal) -> tuple[Type, int]:
    if not value.is_finite():
        raise DataError(f"the parameter {value} is no DECIMAL: pass a float")
    scale = max(0, -int(value.as_tuple().exponent))
    whole = max(0, value.adjusted() + 1)
    if whole + scale > MAX_DECIMAL_DIGITS:
        raise DataError(f"the parameter {value} has more than {MAX_DECIMAL_DIGITS} digits")
    type_ = decimal(max(1, whole + scale), scale)
    return type_, decimal_to_scaled(value, type_)


def python_from_physical(value: Any, type_: Type) -> Any:
    """The Python object of a physical value: the inverse of `physical_from_python`."""
    if value is None:
        return None
    match type_.kind:
        case Kind.BOOLEAN:
            return bool(value)
        case Kind.SMALLINT | Kind.INTEGER | Kind.BIGINT:
            return int(value)
        case Kind.DECIMAL:
            return Decimal(int(value)).scaleb(-type_.scale, _EXACT)
        case Kind.REAL | Kind.DOUBLE:
            return float(value)
        case Kind.DATE:
            return dt.date.fromordinal(int(value) + _EPOCH_DAY)
        case Kind.TIMESTAMP:
            return _EPOCH + dt.timedelta(microseconds=int(value))
        case Kind.TIMESTAMPTZ:
            return _UTC_EPOCH + dt.timedelta(microseconds=int(value))
        case Kind.TIME:
            return (_EPOCH + dt.timedelta(microseconds=int(value))).time()
        case Kind.UUID:
            return uuid.UUID(bytes=value)
        case Kind.ARRAY:
            assert type_.element is not None
            return [python_from_physical(element, type_.element) for element in value]
        case _:
            return value
