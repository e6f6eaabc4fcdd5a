"""Small neighbouring segments that are read as one, so that many small appends scan like one load.

What it costs to begin with a segment is the same for ten rows as for a million. The columns of a group
are put together when they are first read, and kept in the cache like those of a segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.reading.column_statistics import ColumnStatistics, combine_statistics
from coldb_warehouse.reading.row_numbers import row_numbers
from coldb_warehouse.schema import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coldb_warehouse.chunks.chunk import Chunk, Mask
    from coldb_warehouse.chunks.encoded import EncodedColumn
    from coldb_warehouse.reading.cache import Cache
    from coldb_warehouse.reading.segment import Segment

__all__ = ["SegmentGroup", "group_segments"]


class SegmentGroup:
    """Several segments of one partition, one after the other; read like one Segment."""

    __slots__ = ("_cache", "_cache_key", "_segments", "first_row", "live_rows", "partition", "rows")

    def __init__(self, segments: Sequence[Segment], cache: Cache) -> None:
        self.first_row = segments[0].first_row
        self.rows = sum(segment.rows for segment in segments)
        self.live_rows = sum(segment.live_rows for segment in segments)
        self.partition = segments[0].partition
        self._segments = segments
        self._cache = cache
        self._cache_key = object()

    @property
    def live(self) -> Mask | None:
        """Which rows have not been deleted; None if none has."""
        if self.live_rows == self.rows:
            return None
        return self._cache.get((self._cache_key, "live"), self._live, lambda mask: mask.nbytes)

    def chunk(self, column: str) -> Chunk:
        """The column's values in these rows. Raises as Segment.chunk does."""
        if column == ROW:
            return row_numbers(self.first_row, self.rows)
        return self._cache.get(
            (self._cache_key, column),
            lambda: concatenate_chunks([segment.chunk(column) for segment in self._segments]),
            lambda chunk: chunk.nbytes,
        )

    def encoded(self, column: str) -> EncodedColumn | None:
        """None: the parts are encoded each by itself."""

    def statistics(self, column: str) -> ColumnStatistics:
        """The column's statistics over these rows."""
        return combine_statistics([segment.statistics(column) for segment in self._segments])

    def _live(self) -> Mask:
        masks = [segment.live for segment in self._segments]
        return np.concatenate(
            [
                np.ones(segment.rows, np.bool_) if mask is None else mask
                for segment, mask in zip(self._segments, masks, strict=True)
            ]
        )


def group_segments(
    segments: Sequence[Segment], most_rows: int, cache: Cache
) -> Iterator[Segment | SegmentGroup]:
    """The segments, those with few rows put together up to so many rows."""
    waiting: list[Segment] = []

    def together() -> Iterator[Segment | SegmentGroup]:
        if waiting:
            yield SegmentGroup(tuple(waiting), cache) if len(waiting) > 1 else waiting[0]
        waiting.clear()

    rows = 0
    for segment in segments:
        fits = rows + segment.rows <= most_rows
        if waiting and not (fits and segment.partition == waiting[0].partition):
            yield from together()
            rows = 0
        waiting.append(segment)
        rows += segment.rows
    yield from together()
