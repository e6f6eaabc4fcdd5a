"""Sets of integers that a scan can test quickly: codes of a domain, or values of a column.

A predicate evaluated over a domain gives the set of codes that pass. If the set is a few contiguous
ranges - which a dimension sorted by its hierarchy makes of a region, a nation or a year - the test is
a comparison with two bounds (Abadi, Madden, Hachem 2008, section 5.4); else it is a look-up table.
Contiguity is detected here, when the query runs; nothing plans for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.vector import Mask

__all__ = ["MAX_RANGES", "CodeSet", "as_scalar"]

# Up to here a range test each (0.25 ns a row) beats one look-up table (1.5 to 2 ns a row).
MAX_RANGES = 4


@dataclass(frozen=True)
class CodeSet:
    """Integers, as ascending disjoint inclusive `ranges`, or as a `table` whose entry i stands for offset + i."""

    ranges: tuple[tuple[int, int], ...]
    table: npt.NDArray[np.bool_] | None = None
    offset: int = 0

    @classmethod
    def of_ranges(cls, ranges: Sequence[tuple[int, int]]) -> CodeSet:
        """Any number of inclusive ranges, in any order, empty ones ignored."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(r for r in ranges if r[0] <= r[1]):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    @classmethod
    def of_table(cls, table: npt.NDArray[np.bool_], offset: int = 0) -> CodeSet:
        """The set of offset + i for which table[i] is true, as ranges if it is few of them."""
        edges = np.flatnonzero(table[1:] != table[:-1]) + 1
        if len(edges) > 2 * MAX_RANGES + 1:
            return cls((), table, offset)
        starts = [0, *edges.tolist()]
        stops = [*edges.tolist(), len(table)]
        chosen = [
            (a + offset, b - 1 + offset)
            for a, b in zip(starts, stops, strict=True)
            if a < b and table[a]
        ]
        return cls(tuple(chosen)) if len(chosen) <= MAX_RANGES else cls((), table, offset)

    def intersect(self, other: CodeSet) -> CodeSet:
        """The integers in both."""
        if self.table is not None and other.table is not None:
            low = max(self.offset, other.offset)
            high = min(self.offset + len(self.table), other.offset + len(other.table))
            if low >= high:
                return CodeSet(())
            mine = self.table[low - self.offset : high - self.offset]
            return CodeSet.of_table(
                mine & other.table[low - other.offset : high - other.offset], low
            )
        if self.table is not None:
            return other.intersect(self)
        if other.table is not None:
            inside = np.zeros(len(other.table), dtype=np.bool_)
            for low, high in self.ranges:
                inside[max(low - other.offset, 0) : max(high - other.offset + 1, 0)] = True
            return CodeSet.of_table(inside & other.table, other.offset)
        pairs = [(max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges]
        return CodeSet.of_ranges(pairs)

    @cached_property
    def size(self) -> int:
        """How many integers are in the set."""
        if self.table is not None:
            return int(np.count_nonzero(self.table))
        return sum(high - low + 1 for low, high in self.ranges)

    def members(self) -> npt.NDArray[np.int64]:
        """The integers of the set, ascending."""
        if self.table is not None:
            return np.flatnonzero(self.table).astype(np.int64, copy=False) + self.offset
        spans = [np.arange(low, high + 1, dtype=np.int64) for low, high in self.ranges]
        return np.concatenate(spans) if spans else np.empty(0, np.int64)

    @cached_property
    def _counts(self) -> npt.NDArray[np.int64]:
        """counts[i] = entries of the table before i that are in the set."""
        assert self.table is not None
        return np.concatenate(([0], np.cumsum(self.table, dtype=np.int64)))

    def meets(self, low: npt.NDArray[Any], high: npt.NDArray[Any]) -> Mask:
        """For each pair of inclusive bounds, whether an integer of the set lies within."""
        if self.table is not None:
            return np.asarray(self._count_within(low, high) > 0)
        result = np.zeros(len(low), dtype=np.bool_)
        for range_low, range_high in self.ranges:
            result |= (low <= range_high) & (high >= range_low)
        return result

    def covers(self, low: npt.NDArray[Any], high: npt.NDArray[Any]) -> Mask:
        """For each pair of inclusive bounds that the set meets, whether all integers within are in it."""
        if self.table is not None:
            return np.asarray(self._count_within(low, high) == high - low + 1)
        result = np.zeros(len(low), dtype=np.bool_)
        for range_low, range_high in self.ranges:  # no two of them touch
            result |= (low >= range_low) & (high <= range_high)
        return result

    def _count_within(self, low: npt.NDArray[Any], high: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """How many integers of the table lie within inclusive bounds."""
        assert self.table is not None
        last = len(self.table)
        start = np.clip(low - self.offset, 0, last)
        stop = np.clip(high - self.offset + 1, start, last)
        return np.asarray(self._counts[stop] - self._counts[start])

    def test(self, stored: npt.NDArray[Any], reference: int, out: Mask) -> Mask:
        """Which entries of `stored` (meaning stored + reference) are in the set, written to `out`."""
        if self.table is not None:
            return self._test_table(stored, reference, out)
        if not self.ranges:
            out[:] = False
            return out
        for number, (low, high) in enumerate(self.ranges):
            if number == 0:
                _test_range(stored, low - reference, high - reference, out)
            else:
                further = scratch("range", len(stored), np.bool_)
                _test_range(stored, low - reference, high - reference, further)
                np.logical_or(out, further, out=out)
        return out

    def _test_table(self, stored: npt.NDArray[Any], reference: int, out: Mask) -> Mask:
        assert self.table is not None
        shift = self.offset - reference
        if (
            shift == 0
            and stored.dtype.kind == "u"
            and len(stored)
            and int(stored.max()) < len(self.table)
        ):
            return self.table.take(stored, out=out, mode="clip")
        index = stored.astype(np.int64) - shift
        inside = (index >= 0) & (index < len(self.table))
        index[~inside] = 0
        return np.logical_and(self.table.take(index), inside, out=out)


def _test_range(stored: npt.NDArray[Any], low: int, high: int, out: Mask) -> None:
    """low <= stored <= high, with bounds that may lie outside of what the dtype holds."""
    info = np.iinfo(stored.dtype)
    low, high = max(low, info.min), min(high, info.max)
    if low > high:
        out[:] = False
    elif low == high:
        np.equal(stored, as_scalar(low, stored), out=out)
    elif high == info.max:
        np.greater_equal(stored, as_scalar(low, stored), out=out)
    elif low == info.min:
        np.less_equal(stored, as_scalar(high, stored), out=out)
    elif info.min == 0:
        # Unsigned subtraction wraps, so values below `low` become large: one comparison does both.
        distance = np.subtract(
            stored, as_scalar(low, stored), out=scratch("distance", len(stored), stored.dtype)
        )
        np.less_equal(distance, as_scalar(high - low, stored), out=out)
    else:
        np.greater_equal(stored, as_scalar(low, stored), out=out)
        below = np.less_equal(
            stored, as_scalar(high, stored), out=scratch("below", len(stored), np.bool_)
        )
        np.logical_and(out, below, out=out)


def as_scalar(value: int, like: npt.NDArray[Any]) -> Any:
    """`value` in the dtype of an array, so that numpy computes in that dtype and no wider."""
    return like.dtype.type(value)
