"""What is known of a column without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ColumnStatistics", "combine_statistics"]


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What the manifest knows of a column: nothing is read for it.

    `low` and `high` are the smallest and largest non-null value (int or float as in types.py), or
    code if the column is coded; None where unknown or there is none. `distinct` is an estimate.
    `nbytes` are bytes on disk, dictionaries not counted. Unless `is_exact`, rows were deleted or codes
    moved since: nulls, low, high and distinct are then no more than bounds.
    """

    rows: int
    nulls: int
    low: int | float | None
    high: int | float | None
    distinct: int | None
    is_sorted: bool
    is_coded: bool
    nbytes: int
    encodings: tuple[str, ...]
    is_exact: bool = True


def combine_statistics(parts: Sequence[ColumnStatistics]) -> ColumnStatistics:
    """The statistics of all parts' rows together, parts being in the order of the rows."""
    if len(parts) == 1:
        return parts[0]
    rows = sum(part.rows for part in parts)
    filled = [part for part in parts if part.nulls < part.rows]
    lows = [part.low for part in filled]
    highs = [part.high for part in filled]
    distincts = [part.distinct for part in filled]
    low, high = _extreme(lows, largest=False), _extreme(highs, largest=True)
    most = high - low + 1 if isinstance(low, int) and isinstance(high, int) else rows
    alike = len({part.is_coded for part in parts}) <= 1
    return ColumnStatistics(
        rows=rows,
        nulls=sum(part.nulls for part in parts),
        low=low if alike else None,
        high=high if alike else None,
        distinct=None if None in distincts else min(sum(d or 0 for d in distincts), most),
        is_sorted=alike and _all_ascend(parts),
        is_coded=alike and all(part.is_coded for part in parts) and bool(parts),
        nbytes=sum(part.nbytes for part in parts),
        encodings=tuple(dict.fromkeys(name for part in parts for name in part.encodings)),
        is_exact=all(part.is_exact for part in parts),
    )


def _extreme(values: Sequence[int | float | None], *, largest: bool) -> int | float | None:
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    if any(value != value for value in known):  # NaN is larger than every number
        numbers = [value for value in known if value == value]
        return float("nan") if largest or not numbers else min(numbers)
    return max(known) if largest else min(known)


def _all_ascend(parts: Sequence[ColumnStatistics]) -> bool:
    if not all(part.is_sorted for part in parts):
        return False
    for before, after in pairwise(parts):
        if before.high is None or after.low is None or not before.high <= after.low:
            return False
    return True
