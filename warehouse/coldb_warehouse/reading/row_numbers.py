"""The pseudo-column ROW: the position of each row. Nothing of it is stored."""

from __future__ import annotations

import numpy as np

from coldb_warehouse.chunks.chunk import BlockStatistics, Chunk, Fixed
from coldb_warehouse.reading.column_statistics import ColumnStatistics
from coldb_warehouse.types import BIGINT

__all__ = ["row_numbers", "row_statistics"]


def row_numbers(first: int, rows: int) -> Chunk:
    """The positions from `first` on as a chunk of one block."""
    stored = np.arange(rows, dtype=np.min_scalar_type(max(rows - 1, 0)))
    stored.flags.writeable = False
    low, high = np.array([first]), np.array([first + rows - 1])
    blocks = BlockStatistics(np.array([rows]), np.array([0]), low, high)
    return Chunk(BIGINT, rows, Fixed(stored, first), None, blocks, is_sorted=True)


def row_statistics(first: int, rows: int, *, is_exact: bool) -> ColumnStatistics:
    """What is known of these positions."""
    return ColumnStatistics(
        rows=rows,
        nulls=0,
        low=first if rows else None,
        high=first + rows - 1 if rows else None,
        distinct=rows,
        is_sorted=True,
        is_coded=False,
        nbytes=0,
        encodings=(),
        is_exact=is_exact,
    )
