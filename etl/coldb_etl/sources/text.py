"""Text from outside that claims to be UTF-8: rows in which it is not are set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from coldb_etl.row_json import rows_as_json
from coldb_etl.sources.source import REJECTED, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["printable", "set_aside_invalid_text"]


def set_aside_invalid_text(rows: pa.RecordBatch, rejected: pa.RecordBatch | None = None) -> Piece:
    """The rows whose strings are all UTF-8; the others join `rejected` (a `REJECTED` batch)."""
    faults: dict[int, str] = {}
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        if pa.types.is_string(column.type) and not _is_valid(column):
            for row in _invalid_rows(column):
                faults.setdefault(row, f'column "{name}": the text is not valid UTF-8')
    if not faults:
        return Piece(rows, rejected)
    bad = pa.array(sorted(faults), pa.int64())
    refused = pa.RecordBatch.from_arrays(
        [
            rows_as_json(_printable_rows(rows.take(bad))),
            pa.array([faults[row] for row in sorted(faults)]),
        ],
        schema=REJECTED,
    )
    keep = pc.invert(pc.is_in(pa.array(range(rows.num_rows), pa.int64()), value_set=bad))
    if rejected is not None:
        refused = pa.concat_batches([rejected, refused])
    return Piece(rows.filter(keep), refused)


def printable(strings: pa.StringArray) -> pa.StringArray:
    """The strings, with U+FFFD in the place of bytes that are no UTF-8."""
    if _is_valid(strings):
        return strings
    raw = strings.cast(pa.binary()).to_pylist()
    return pa.array([None if v is None else v.decode("utf-8", "replace") for v in raw])


def _is_valid(strings: pa.StringArray) -> bool:
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _invalid_rows(strings: pa.StringArray, first: int = 0) -> Iterator[int]:
    """Row numbers of invalid strings, by halving: few are expected among many."""
    if _is_valid(strings):
        return
    if len(strings) == 1:
        yield first
        return
    half = len(strings) // 2
    yield from _invalid_rows(strings[:half], first)
    yield from _invalid_rows(strings[half:], first + half)


def _printable_rows(rows: pa.RecordBatch) -> pa.RecordBatch:
    columns = [printable(c) if pa.types.is_string(c.type) else c for c in rows.columns]
    return pa.RecordBatch.from_arrays(columns, rows.schema.names)
