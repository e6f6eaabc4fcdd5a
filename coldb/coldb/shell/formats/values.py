"""Values as text one by one: for the few rows that a person looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from coldb_warehouse.types import (
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTERVAL,
    REAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
)

from coldb.engine.functions.arrays.text import array_text
from coldb.engine.functions.literals import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_number", "texts_of", "visible"]


def texts_of(column: pa.Array) -> list[str | None]:
    """The values as CAST(... AS VARCHAR) writes them, None for NULL."""
    values, text = _readable(column)
    return [None if value is None else text(value) for value in values]


def _readable(column: pa.Array) -> tuple[list[Any], Callable[[Any], str]]:
    """The values as Python has them, and what makes a text of one.

    Dates and timestamps stay numbers: Python's end with the year 9999.
    """
    kind = column.type
    if pa.types.is_boolean(kind):
        return column.to_pylist(), lambda value: text_of(value, BOOLEAN)
    if pa.types.is_decimal(kind):
        return column.to_pylist(), lambda value: f"{value:f}"
    if pa.types.is_floating(kind):
        type_ = REAL if kind == pa.float32() else DOUBLE
        return column.to_pylist(), lambda value: text_of(value, type_)
    if kind == pa.date32():
        return column.view(pa.int32()).to_pylist(), lambda value: text_of(value, DATE)
    if kind == pa.time64("us"):
        return column.view(pa.int64()).to_pylist(), lambda value: text_of(value, TIME)
    if pa.types.is_timestamp(kind):
        type_ = TIMESTAMP if kind.tz is None else TIMESTAMPTZ
        return column.view(pa.int64()).to_pylist(), lambda value: text_of(value, type_)
    if pa.types.is_large_binary(kind):
        return column.to_pylist(), lambda value: text_of(value, BLOB)
    if pa.types.is_interval(kind):
        return column.to_pylist(), _interval
    if pa.types.is_large_list(kind):
        return _lists(column), array_text
    return column.to_pylist(), str


def _lists(column: pa.Array) -> list[list[str | None] | None]:
    """The elements of each list as texts."""
    inner = column.values
    if pa.types.is_boolean(inner.type):
        inner = pc.if_else(inner, "t", "f")
    flat = texts_of(inner)
    offsets = column.offsets.to_pylist()
    return [
        flat[start:stop] if filled else None
        for start, stop, filled in zip(
            offsets[:-1], offsets[1:], column.is_valid().to_pylist(), strict=True
        )
    ]


def _interval(value: tuple[int, int, int]) -> str:
    months, days, nanoseconds = value
    return text_of((months, days, nanoseconds // 1000), INTERVAL)


def is_number(kind: pa.DataType) -> bool:
    """Whether values of the type are shown as numbers are: aligned right, not quoted."""
    checks = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(check(kind) for check in checks)


# Control characters, and those that turn the direction of text.
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_ESCAPES |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_ESCAPES |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def visible(text: str) -> str:
    """The text with such characters escaped: a stored value must not play with the terminal."""
    return text if text.isprintable() else text.translate(_ESCAPES)
