"""The frame of each row: which places around it a window function sees.

A frame is up to three ranges of places, one piece each: without EXCLUDE there is one piece, EXCLUDE
CURRENT ROW and GROUP leave one before and one behind, and EXCLUDE TIES also the row itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.calls import RangeOffset
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.concat import concat_vectors
from coldb.engine.grouping import key_codes, validity

if TYPE_CHECKING:
    import numpy.typing as npt
    from coldb.engine.batch import Batch
    from coldb.engine.calls import Exclusion, FrameBound, SortKey, WindowFrame
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.windows.arrangement import Arrangement, Places, Sections
    from coldb.engine.vector import Vector

__all__ = ["Piece", "frame_pieces"]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """For each place, the range from `first` up to but without `ends`; never shorter than nothing."""

    first: Places
    ends: Places


def frame_pieces(
    frame: WindowFrame,
    arrangement: Arrangement,
    sort_keys: tuple[SortKey, ...],
    batch: Batch,
    context: EvaluationContext,
) -> tuple[Piece, ...]:
    """The frames of all rows of a batch that is in order; `sort_keys` are those of the call."""
    peers = arrangement.peers(len(sort_keys))
    places = np.arange(arrangement.rows, dtype=np.intp)
    ends = []
    for is_end, bound in enumerate((frame.start, frame.end)):
        if bound.direction != "CURRENT ROW" and bound.offset is None:
            preceding = bound.direction == "PRECEDING"
            partitions = arrangement.partitions
            ends.append(partitions.first_of if preceding else partitions.ends_of)
        elif isinstance(bound.offset, RangeOffset):
            reach = _Reach(arrangement.partitions, peers, sort_keys[0], batch, context)
            ends.append(reach.of(bound.offset, bool(is_end)))
        elif frame.unit == "ROWS":
            shifted = places + (_steps(bound, arrangement.rows) + is_end)
            partitions = arrangement.partitions
            ends.append(np.clip(shifted, partitions.first_of, partitions.ends_of))
        elif bound.direction == "CURRENT ROW":
            ends.append(peers.ends_of if is_end else peers.first_of)
        else:
            steps = _steps(bound, arrangement.rows)
            ends.append(_groups_away(arrangement.partitions, peers, steps, bool(is_end)))
    first, end = ends
    return _without(Piece(first, np.maximum(first, end)), frame.exclude, peers, places)


def _steps(bound: FrameBound, rows: int) -> int:
    """By how many rows or groups the bound is away; more than there are is as good as there are."""
    if bound.direction == "CURRENT ROW":
        return 0
    assert isinstance(bound.offset, int)
    steps = min(bound.offset, rows)
    return -steps if bound.direction == "PRECEDING" else steps


def _groups_away(partitions: Sections, peers: Sections, steps: int, is_end: bool) -> Places:
    """Where the group of peers so many groups away begins or ends, within the partition."""
    target = peers.ids + steps
    lowest = peers.ids.take(partitions.first).take(partitions.ids)
    highest = peers.ids.take(partitions.ends - 1).take(partitions.ids)
    found = (peers.ends if is_end else peers.first).take(np.clip(target, lowest, highest))
    found = np.where(target < lowest, partitions.first_of, found)
    return np.where(target > highest, partitions.ends_of, found)


class _Reach:
    """RANGE with offsets: places are found by searching the limit of each row among the keys of its
    partition. A row whose key is NULL reaches as far as its peers."""

    def __init__(
        self,
        partitions: Sections,
        peers: Sections,
        sort_key: SortKey,
        batch: Batch,
        context: EvaluationContext,
    ) -> None:
        self._partitions = partitions
        self._peers = peers
        self._sort_key = sort_key
        self._batch = batch
        self._context = context

    def of(self, offset: RangeOffset, is_end: bool) -> Places:
        rows = self._batch.rows
        key, limit = (
            evaluate(part, self._batch, self._context).expanded(rows).plain()
            for part in (offset.key, offset.limit)
        )
        keys, limits, radix = self._codes(concat_vectors([key, limit]), rows)
        valid = validity(key)
        if valid is not None:
            keys[~valid] = 0 if self._sort_key.nulls_first else radix - 1
        within = self._partitions.ids.astype(np.int64) * radix
        found = np.searchsorted(within + keys, within + limits, "right" if is_end else "left")
        if valid is None:
            return found
        return np.where(valid, found, self._peers.ends_of if is_end else self._peers.first_of)

    def _codes(
        self, both: Vector, rows: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
        """Codes of keys and limits that ascend in the order of the window, and a bound on them that
        leaves room for NULL on both sides."""
        codes, radix = key_codes(both, 2 * rows, ordered=True)
        if radix * len(self._partitions.first) >= 1 << 61:
            values, codes = np.unique(codes, return_inverse=True)
            radix = len(values)
        codes = codes.astype(np.int64)
        codes = (radix - codes) if self._sort_key.descending else codes + 1
        return codes[:rows], codes[rows:], radix + 2


def _without(
    piece: Piece, exclude: Exclusion, peers: Sections, places: Places
) -> tuple[Piece, ...]:
    """The frame without what EXCLUDE leaves out."""
    if exclude == "NO OTHERS":
        return (piece,)
    if exclude == "CURRENT ROW":
        first, ends = places, places + 1
    else:
        first, ends = peers.first_of, peers.ends_of
    before = Piece(piece.first, np.clip(first, piece.first, piece.ends))
    behind = Piece(np.clip(ends, piece.first, piece.ends), piece.ends)
    if exclude != "TIES":
        return before, behind
    own = Piece(
        np.clip(places, piece.first, piece.ends), np.clip(places + 1, piece.first, piece.ends)
    )
    return before, own, behind
