"""A run of consecutive rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.reading.column_statistics import ColumnStatistics
from coldb_warehouse.reading.row_numbers import row_numbers, row_statistics
from coldb_warehouse.schema import ROW

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Chunk, Mask
    from coldb_warehouse.chunks.encoded import EncodedColumn
    from coldb_warehouse.chunks.layout import ChunkHeader
    from coldb_warehouse.reading.column_reader import ColumnReader
    from coldb_warehouse.versions.manifest import ChunkEntry, SegmentEntry

__all__ = ["Segment"]


class Segment:
    """`rows` rows of a table from row `first_row` on.

    `live_rows` of the rows have not been deleted, and `is_sorted` tells that these ascend by the
    table's order. Rows of a referenced table that came in small appends are kept together but not
    sorted again, because their positions are in use.
    """

    __slots__ = ("_entry", "_reader", "first_row", "is_sorted", "live_rows", "rows")

    def __init__(self, entry: SegmentEntry, first_row: int, reader: ColumnReader) -> None:
        self.first_row = first_row
        self.rows = entry.rows
        self.live_rows = entry.live_rows
        self.is_sorted = entry.is_sorted
        self._entry = entry
        self._reader = reader

    @property
    def partition(self) -> int | None:
        """The number of the partition that all rows belong to, if the table has any."""
        return self._entry.partition

    @property
    def live(self) -> Mask | None:
        """Which rows have not been deleted; None if none has."""
        return self._reader.live(self._entry)

    def chunk(self, column: str, *, keep: bool = True) -> Chunk:
        """The column's values in these rows, kept in the cache if it is worth while.

        ROW is a column too. Raises CatalogError, CorruptionError, StorageError.
        """
        if column == ROW:
            return row_numbers(self.first_row, self.rows)
        return self._reader.chunk(column, self._entry, keep=keep)

    def encoded(self, column: str) -> EncodedColumn | None:
        """The column as it is on disk, to be asked without decoding it; None where that cannot be.

        Deleted rows are among its rows. Raises as `chunk` does.
        """
        return None if column == ROW else self._reader.encoded(column, self._entry)

    def sum(self, column: str) -> int | None:
        """The exact sum of the column's integers, deleted rows included; None where only decoding
        them could tell. Raises as `chunk` does."""
        return None if column == ROW else self._reader.sum(column, self._entry)

    def header(self, column: str) -> ChunkHeader | None:
        """How the column lies on disk, block by block; None if it was added after these rows."""
        return self._reader.header(column, self._entry)

    def statistics(self, column: str) -> ColumnStatistics:
        """The column's statistics over these rows."""
        is_exact = self.live_rows == self.rows
        if column == ROW:
            return row_statistics(self.first_row, self.rows, is_exact=is_exact)
        entry = self._entry.chunks.get(self._reader.key(column))
        if entry is None:
            return self._reader.initial_statistics(column, self._entry, is_exact=is_exact)
        return _statistics(entry, self.rows, is_exact=is_exact)


def _statistics(entry: ChunkEntry, rows: int, *, is_exact: bool) -> ColumnStatistics:
    return ColumnStatistics(
        rows=rows,
        nulls=entry.nulls,
        low=entry.low,
        high=entry.high,
        distinct=entry.distinct,
        is_sorted=entry.is_sorted,
        is_coded=entry.coded,
        nbytes=entry.place.length,
        encodings=entry.encodings,
        is_exact=is_exact,
    )
