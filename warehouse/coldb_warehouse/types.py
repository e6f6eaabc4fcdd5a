"""Logical types, and the numpy arrays that carry their values.

    type             values                         unit
    BOOLEAN          bool
    SMALLINT         int16
    INTEGER          int32
    BIGINT           int64
    DECIMAL(p, s)    int64, or object (Python int)  10**-s; object only where int64 is too small
    REAL             float32
    DOUBLE           float64
    VARCHAR          pyarrow.LargeStringArray       UTF-8, compared byte by byte
    DATE             int32                          days since 1970-01-01
    TIME             int64                          microseconds since midnight, 24:00 included
    TIMESTAMP        int64                          microseconds since 1970-01-01 00:00, no zone
    TIMESTAMPTZ      int64                          microseconds since 1970-01-01 00:00 UTC
    BLOB             pyarrow.LargeBinaryArray       bytes, compared one by one
    UUID             pyarrow.LargeBinaryArray       16 bytes each
    INTERVAL         only in expressions: months, days and microseconds, never stored
    T[]              only in expressions: pyarrow.LargeListArray, see lists.py
    NULL             only in expressions: the type of a bare NULL

Nulls are no part of a type: a column's validity is a separate boolean array.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "BIGINT",
    "BLOB",
    "BOOLEAN",
    "DATE",
    "DOUBLE",
    "INTEGER",
    "INTERVAL",
    "MAX_DECIMAL_DIGITS",
    "NULL",
    "REAL",
    "SMALLINT",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "UUID",
    "VARCHAR",
    "Kind",
    "Type",
    "array_of",
    "decimal",
]

MAX_DECIMAL_DIGITS = 38


class Kind(Enum):
    """The families of types. The values are the names used on disk; never rename one."""

    BOOLEAN = "BOOLEAN"
    SMALLINT = "SMALLINT"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    REAL = "REAL"
    DOUBLE = "DOUBLE"
    VARCHAR = "VARCHAR"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMPTZ = "TIMESTAMPTZ"
    BLOB = "BLOB"
    UUID = "UUID"
    INTERVAL = "INTERVAL"
    ARRAY = "ARRAY"
    NULL = "NULL"


_DTYPES: dict[Kind, np.dtype[np.generic]] = {
    Kind.BOOLEAN: np.dtype(np.bool_),
    Kind.SMALLINT: np.dtype(np.int16),
    Kind.INTEGER: np.dtype(np.int32),
    Kind.BIGINT: np.dtype(np.int64),
    Kind.DECIMAL: np.dtype(np.int64),
    Kind.REAL: np.dtype(np.float32),
    Kind.DOUBLE: np.dtype(np.float64),
    Kind.DATE: np.dtype(np.int32),
    Kind.TIME: np.dtype(np.int64),
    Kind.TIMESTAMP: np.dtype(np.int64),
    Kind.TIMESTAMPTZ: np.dtype(np.int64),
}

_INTEGERS = frozenset({Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
_FLOATS = frozenset({Kind.REAL, Kind.DOUBLE})
_BYTES = frozenset({Kind.VARCHAR, Kind.BLOB, Kind.UUID})
_IN_ARROW = _BYTES | {Kind.ARRAY}
_MOMENTS = frozenset({Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})


@dataclass(frozen=True, slots=True)
class Type:
    """A logical type. `precision` and `scale` are DECIMAL's; `length` is VARCHAR's, or 0;
    `element` is ARRAY's. CHAR(n) is VARCHAR(n) of which blanks at the end are left out: `trimmed`."""

    kind: Kind
    precision: int = 0
    scale: int = 0
    length: int = 0
    element: Type | None = None
    trimmed: bool = False

    def __post_init__(self) -> None:
        if self.kind is Kind.DECIMAL and not 1 <= self.precision <= MAX_DECIMAL_DIGITS:
            raise ValueError(
                f"DECIMAL precision must be 1 to {MAX_DECIMAL_DIGITS}, not {self.precision}"
            )
        if self.kind is Kind.DECIMAL and not 0 <= self.scale <= self.precision:
            raise ValueError(
                f"DECIMAL scale must be 0 to its precision {self.precision}, not {self.scale}"
            )
        if (self.kind is Kind.ARRAY) != (self.element is not None):
            raise ValueError("an array, and nothing else, has a type of elements")

    def __str__(self) -> str:
        if self.kind is Kind.DECIMAL:
            return f"DECIMAL({self.precision},{self.scale})"
        if self.kind is Kind.VARCHAR and self.length:
            return f"{'CHAR' if self.trimmed else 'VARCHAR'}({self.length})"
        if self.element is not None:
            return f"{self.element}[]"
        return str(self.kind.value)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type of values (int64 for DECIMAL); INTERVAL, NULL and what is in Arrow have none."""
        return _DTYPES[self.kind]

    @property
    def blank(self) -> Any:
        """The value that stands, without a meaning, where a row is null."""
        match self.kind:
            case Kind.VARCHAR:
                return ""
            case Kind.BLOB:
                return b""
            case Kind.UUID:
                return bytes(16)
            case Kind.BOOLEAN:
                return False
            case Kind.ARRAY:
                return ()
            case Kind.INTERVAL | Kind.NULL:
                return (0, 0, 0)
            case _:
                return 0

    @property
    def without_length(self) -> Type:
        """VARCHAR for VARCHAR(n); any other type is itself."""
        return VARCHAR if self.kind is Kind.VARCHAR else self

    @property
    def is_storable(self) -> bool:
        """Whether a column can have the type; the others are only in expressions."""
        return self.kind not in (Kind.INTERVAL, Kind.ARRAY, Kind.NULL)

    @property
    def is_integer(self) -> bool:
        return self.kind in _INTEGERS

    @property
    def is_float(self) -> bool:
        return self.kind in _FLOATS

    @property
    def is_exact(self) -> bool:
        """Integers and decimals: scaled integers, on which arithmetic must be exact."""
        return self.kind in _INTEGERS or self.kind is Kind.DECIMAL

    @property
    def is_numeric(self) -> bool:
        return self.is_exact or self.is_float

    @property
    def in_arrow(self) -> bool:
        """Whether values are an Arrow array and not a numpy one."""
        return self.kind in _IN_ARROW

    @property
    def is_bytes(self) -> bool:
        """Text, bytes and UUIDs: stored as bytes of any length, perhaps by a dictionary."""
        return self.kind in _BYTES

    @property
    def bytes_array(self) -> pa.DataType:
        """The Arrow type of the arrays that carry values that are bytes."""
        import pyarrow as pa

        return pa.large_string() if self.kind is Kind.VARCHAR else pa.large_binary()

    @property
    def is_discrete(self) -> bool:
        """Exact numbers, dates, times, booleans: integers in memory, so ranges can be counted."""
        return self.is_exact or self.kind in _MOMENTS or self.kind is Kind.BOOLEAN

    def to_arrow(self) -> pa.DataType:
        """The Arrow type in which results leave and data enters."""
        import pyarrow as pa

        match self.kind:
            case Kind.BOOLEAN:
                return pa.bool_()
            case Kind.SMALLINT:
                return pa.int16()
            case Kind.INTEGER:
                return pa.int32()
            case Kind.BIGINT:
                return pa.int64()
            case Kind.DECIMAL:
                return pa.decimal128(self.precision, self.scale)
            case Kind.REAL:
                return pa.float32()
            case Kind.DOUBLE:
                return pa.float64()
            case Kind.VARCHAR:
                return pa.large_string()
            case Kind.DATE:
                return pa.date32()
            case Kind.TIME:
                return pa.time64("us")
            case Kind.TIMESTAMP:
                return pa.timestamp("us")
            case Kind.TIMESTAMPTZ:
                return pa.timestamp("us", "UTC")
            case Kind.BLOB:
                return pa.large_binary()
            case Kind.UUID:
                return pa.uuid()
            case Kind.INTERVAL:
                return pa.month_day_nano_interval()
            case Kind.ARRAY:
                assert self.element is not None
                return pa.large_list(self.element.to_arrow())
            case Kind.NULL:
                return pa.null()


BOOLEAN = Type(Kind.BOOLEAN)
SMALLINT = Type(Kind.SMALLINT)
INTEGER = Type(Kind.INTEGER)
BIGINT = Type(Kind.BIGINT)
REAL = Type(Kind.REAL)
DOUBLE = Type(Kind.DOUBLE)
VARCHAR = Type(Kind.VARCHAR)
DATE = Type(Kind.DATE)
TIME = Type(Kind.TIME)
TIMESTAMP = Type(Kind.TIMESTAMP)
TIMESTAMPTZ = Type(Kind.TIMESTAMPTZ)
BLOB = Type(Kind.BLOB)
UUID = Type(Kind.UUID)
INTERVAL = Type(Kind.INTERVAL)
NULL = Type(Kind.NULL)


def decimal(precision: int, scale: int) -> Type:
    """DECIMAL(precision, scale)."""
    return Type(Kind.DECIMAL, precision, scale)


def array_of(element: Type) -> Type:
    """element[]"""
    return Type(Kind.ARRAY, element=element)
