"""Rows of a result as Python values, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

__all__ = ["Row", "RowReader"]

Row: TypeAlias = tuple[Any, ...]


class RowReader:
    """An iterator over the rows of batches; `rest` gives those that it has not come to as Arrow."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._batch: pa.RecordBatch | None = None
        self._rows: list[Row] = []  # of the batch
        self._next = 0

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while self._next == len(self._rows):
            batch = next(self._batches)
            self._rows = _rows(batch)
            self._batch, self._next = batch, 0
        row = self._rows[self._next]
        self._next += 1
        return row

    def rest(self) -> Iterator[pa.RecordBatch]:
        """The rows that are left, which can then only be had from here."""
        batch, self._batch = self._batch, None
        first, self._next = self._next, 0
        self._rows = []
        if batch is not None and first < batch.num_rows:
            yield batch.slice(first)
        yield from self._batches


def _rows(batch: pa.RecordBatch) -> list[Row]:
    try:
        return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except (OverflowError, ValueError) as error:
        raise DataError(
            "a date is out of the range of Python's dates, years 1 to 9999, or a time is 24:00:00:"
            " fetch it as Arrow, or cast it to VARCHAR"
        ) from error
