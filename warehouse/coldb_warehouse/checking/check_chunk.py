"""Comparing a chunk with the statistics that are kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed, Text
from coldb_warehouse.chunks.statistics import (
    block_bounds,
    bounds_of_all,
    is_ascending,
    is_ascending_text,
    nulls_by_block,
)
from coldb_warehouse.values import fixed_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_warehouse.reading.column_statistics import ColumnStatistics

__all__ = ["chunk_faults"]


def chunk_faults(chunk: Chunk, said: ColumnStatistics) -> Iterator[str]:
    """What the chunk's own statistics, or those of the manifest, say wrongly; phrases."""
    nulls = 0 if chunk.valid is None else chunk.rows - int(np.count_nonzero(chunk.valid))
    if said.nulls != nulls:
        yield f"it has {nulls} nulls, and the manifest says {said.nulls}"
    has_moved = isinstance(chunk.form, Coded) and said.low is None and said.high is None
    if said.is_sorted != chunk.is_sorted and not (has_moved and chunk.is_sorted):
        yield "the manifest and the chunk disagree on whether it is sorted"
    if chunk.is_sorted and not (nulls == 0 and _ascends(chunk)):
        yield "it is not sorted, and is said to be"
    if int(chunk.blocks.rows.sum()) != chunk.rows:
        yield "its blocks do not add up to its rows"
    elif chunk.rows:
        yield from _block_faults(chunk, said)


def _block_faults(chunk: Chunk, said: ColumnStatistics) -> Iterator[str]:
    blocks, block_rows = chunk.blocks, int(chunk.blocks.rows[0])
    if not np.array_equal(blocks.nulls, nulls_by_block(chunk.valid, chunk.rows, block_rows)):
        yield "a block has not as many nulls as are said"
    values = _bounded(chunk)
    if values is None or blocks.low is None or blocks.high is None:
        return
    low, high = block_bounds(values, chunk.valid, block_rows)
    if not (_same(low, blocks.low) and _same(high, blocks.high)):
        yield "a block's smallest or largest value is not what is said"
    unknown = isinstance(chunk.form, Coded) and said.low is None and said.high is None
    if not unknown and not _same(
        np.array(bounds_of_all(low, high)), np.array((said.low, said.high))
    ):
        yield "its smallest or largest value is not what the manifest says"


def _bounded(chunk: Chunk) -> npt.NDArray[Any] | None:
    """The numbers of which bounds are kept."""
    match chunk.form:
        case Fixed() as fixed:
            values = fixed_values(fixed, chunk.type)
            return None if values.dtype == object else values
        case Coded(codes=codes):
            return codes
        case Text():
            return None


def _ascends(chunk: Chunk) -> bool:
    match chunk.form:
        case Fixed() as fixed:
            return is_ascending(fixed_values(fixed, chunk.type))
        case Coded(codes=codes):
            return is_ascending(codes)
        case Text(strings=strings):
            return is_ascending_text(strings)


def _same(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> bool:
    """Equal numbers, NaN being equal to NaN, and None to None."""
    return left.shape == right.shape and all(
        a == b or (a != a and b != b) for a, b in zip(left.tolist(), right.tolist(), strict=True)
    )
