"""Whole columns as text at a time: what the formats for files and pipes start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from coldb_warehouse.convert.hexadecimal import to_hexadecimal

from coldb.shell.formats.values import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TEXT", "as_text", "batches", "glue", "join_rows", "unique_names"]

ROWS_A_BATCH = 65_536
TEXT = pa.large_string()

# Days and microseconds of the years 1 to 9999, which Arrow writes as SQL does.
_DATES = (-719_162, 2_932_896)
_END_OF_DAY = 86_400_000_000  # 24:00:00, which Arrow does not write
_TIMESTAMPS = (_DATES[0] * _END_OF_DAY, (_DATES[1] + 1) * _END_OF_DAY - 1)


def batches(result: pa.Table) -> Iterator[pa.RecordBatch]:
    """The result in pieces small enough that their text fits in memory."""
    return iter(result.to_batches(max_chunksize=ROWS_A_BATCH))


def as_text(column: pa.Array) -> pa.Array:
    """The values as CAST(... AS VARCHAR) writes them, as large_string; NULL stays NULL.

    Arrow writes most values the same way, and fast; the others are written one by one.
    """
    kind = column.type
    if pa.types.is_floating(kind):
        return _rewritten(column, _is_odd_float)
    if pa.types.is_decimal(kind):
        return _rewritten(column, lambda _, text: pc.match_substring(text, "E"))
    if kind == pa.date32():
        return _rewritten(column, lambda dates, _: _is_outside(dates.view(pa.int32()), _DATES))
    if kind == pa.time64("us"):
        text = _rewritten(column, lambda times, _: pc.equal(times.view(pa.int64()), _END_OF_DAY))
        return _without_zeros(text)
    if pa.types.is_timestamp(kind):
        return _timestamps(column)
    if pa.types.is_large_binary(kind):
        return glue("\\x", _hexadecimal(column))
    if pa.types.is_interval(kind) or pa.types.is_large_list(kind) or kind == pa.uuid():
        return pa.array(texts_of(column), TEXT)
    return column.cast(TEXT)


def _timestamps(column: pa.Array) -> pa.Array:
    def is_odd(local: pa.Array, _: pa.Array) -> pa.Array:
        return _is_outside(local.view(pa.int64()), _TIMESTAMPS)

    text = _without_zeros(_rewritten(column.view(pa.timestamp("us")), is_odd))
    if column.type.tz is None:
        return text
    return pc.replace_substring_regex(text, r"( BC)?$", r"+00\1", max_replacements=1)


def _without_zeros(text: pa.Array) -> pa.Array:
    """Times without zeros at the end of their fractions."""
    return pc.replace_substring_regex(text, r"(:\d\d(?:\.\d*[1-9])?)\.?0*$", r"\1")


def _hexadecimal(column: pa.Array) -> pa.Array:
    filled = to_hexadecimal(pc.fill_null(column, b""))
    return pc.if_else(column.is_valid(), filled, None) if column.null_count else filled


def _rewritten(column: pa.Array, find_odd: Callable[[pa.Array, pa.Array], pa.Array]) -> pa.Array:
    """Arrow's text, and the exact one where `find_odd(column, text)` is true."""
    text = column.cast(TEXT)
    is_odd = find_odd(column, text)
    if not pc.any(is_odd).as_py():
        return text
    is_odd = pc.fill_null(is_odd, False)
    return pc.replace_with_mask(text, is_odd, pa.array(texts_of(column.filter(is_odd)), TEXT))


def _is_odd_float(column: pa.Array, text: pa.Array) -> pa.Array:
    """Small and large numbers: SQL and Arrow write some with an exponent, but not the same ones."""
    size = pc.abs(column)
    large = 1e6 if column.type == pa.float32() else 1e15
    is_usual = pc.and_(pc.greater_equal(size, 1e-4), pc.less(size, large))
    is_plain = pc.or_(is_usual, pc.equal(size, 0))
    return pc.or_(pc.invert(is_plain), pc.match_substring(text, "e"))


def _is_outside(numbers: pa.Array, bounds: tuple[int, int]) -> pa.Array:
    return pc.or_(pc.less(numbers, bounds[0]), pc.greater(numbers, bounds[1]))


def glue(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Text columns and constants side by side, row by row; NULL where a part is NULL."""
    texts = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar(separator, TEXT))


def join_rows(columns: list[pa.Array], separator: str, end: str = "\n") -> str:
    """Text columns without NULL, glued row by row."""
    if not columns:
        return ""
    rows = columns[0] if len(columns) == 1 else glue(*columns, separator=separator)
    return end.join(rows.to_pylist()) + end if len(rows) else ""


def unique_names(names: list[str]) -> list[str]:
    """Column names made distinct (`a`, `a_2`), for formats that find a value by its name."""
    taken: set[str] = set()
    unique = []
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        unique.append(candidate)
    return unique
