"""Columns as text, a whole column at a time: what every text format starts from."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["as_text", "batches", "glue", "is_number", "join_rows", "unique_names", "visible"]

ROWS_A_BATCH = 65_536


def batches(result: pa.Table) -> Iterator[pa.RecordBatch]:
    """The result in pieces small enough that their text fits in memory."""
    return iter(result.to_batches(max_chunksize=ROWS_A_BATCH))


def as_text(column: pa.Array) -> pa.Array:
    """The values as PostgreSQL writes them, as large_string; NULL stays NULL."""
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_decimal(kind):
        return _decimals(column)
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp("us")).cast(pa.large_string())
        return pc.replace_substring_regex(text, r"\.?0+$", "")
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_interval(kind):
        return pa.array([_interval(value) for value in column.to_pylist()], pa.large_string())
    return column.cast(pa.large_string())


def is_number(kind: pa.DataType) -> bool:
    """Whether values of the type are shown as numbers are: aligned right, not quoted."""
    checks = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(check(kind) for check in checks)


def glue(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Text columns and constants side by side, row by row; NULL where a part is NULL."""
    texts = [
        pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts
    ]
    return pc.binary_join_element_wise(*texts, pa.scalar(separator, pa.large_string()))


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


# Control characters, and those that turn the direction of text.
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_ESCAPES |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_ESCAPES |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def visible(text: str) -> str:
    """The text with such characters escaped: a stored value must not play with the terminal."""
    return text if text.isprintable() else text.translate(_ESCAPES)


def _floats(column: pa.Array) -> pa.Array:
    text = column.cast(pa.large_string())
    for arrow, postgres in (("nan", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity")):
        text = pc.if_else(pc.equal(text, arrow), pa.scalar(postgres, pa.large_string()), text)
    return text


def _decimals(column: pa.Array) -> pa.Array:
    """Arrow writes small decimals with an exponent (`1E-7`); SQL never does."""
    text = column.cast(pa.large_string())
    with_exponent = pc.match_substring(text, "E")
    if not pc.any(with_exponent).as_py():
        return text
    plain = [
        f"{Decimal(value):f}" for value in pc.drop_null(text.filter(with_exponent)).to_pylist()
    ]
    mask = pc.fill_null(with_exponent, False)
    return pc.replace_with_mask(text, mask, pa.array(plain, pa.large_string()))


def _interval(value: tuple[int, int, int] | None) -> str | None:
    """`1 year 2 mons 3 days 04:05:06.7`, PostgreSQL's style."""
    if value is None:
        return None
    months, days, nanoseconds = value
    years = int(months / 12)
    parts: list[str] = []
    for count, unit in ((years, "year"), (months - 12 * years, "mon"), (days, "day")):
        if count:
            plus = "+" if count > 0 and parts and parts[-1].startswith("-") else ""
            parts.append(f"{plus}{count} {unit}{'' if count == 1 else 's'}")
    if nanoseconds or not parts:
        seconds, micros = divmod(abs(nanoseconds) // 1000, 1_000_000)
        fraction = f".{micros:06d}".rstrip("0") if micros else ""
        plus = "+" if parts and parts[-1].startswith("-") else ""
        sign = "-" if nanoseconds < 0 else plus
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        parts.append(f"{sign}{clock}{fraction}")
    return " ".join(parts)
