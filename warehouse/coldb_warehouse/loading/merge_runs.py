"""Merging sorted runs that together do not fit into memory: an external merge sort, by key ranges.

The first row of every batch of a run is a sample of its keys. Some samples become pivots, so that no
more than a given number of rows lies between one and the next. The rows of all runs before a pivot are
read (of the columns that they are sorted by) and put in order; then each of their columns is read
alone. (After Knuth, The Art of Computer Programming 3, 5.4, with ranges in place of a selection tree:
numpy sorts many rows at a time fast, and picks one at a time slowly.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.loading.arrange import ascending_order
from coldb_warehouse.loading.loaded import LoadedRows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from coldb_warehouse.loading.arrange import Order, SortKey
    from coldb_warehouse.loading.runs import Runs

__all__ = ["SortedRange", "sorted_ranges"]


@dataclass(frozen=True, slots=True, eq=False)
class SortedRange:
    """`count` rows, which follow those of the range before in the order of the table.

    They are the first `count` in `order` of the rows that `read` gives. `is_last` says that no rows
    are left after them.
    """

    runs: Runs
    bounds: Sequence[tuple[int, int]]
    order: Order | None
    count: int
    is_last: bool

    def read(self, names: Collection[str]) -> LoadedRows:
        """The rows of the runs from which the range is taken, in no order."""
        return self.runs.read(names, self.bounds)

    def starts_after(self, count: int) -> list[int]:
        """Where each run goes on when the first `count` rows of the range are done with."""
        if self.is_last:
            return [last for _, last in self.bounds]
        lengths = [last - first for first, last in self.bounds]
        rows = np.arange(count) if self.order is None else self.order[:count]
        run = np.searchsorted(np.cumsum(lengths), rows, side="right")
        done = np.bincount(run, minlength=len(lengths)).tolist()
        return [first + n for (first, _), n in zip(self.bounds, done, strict=True)]


def sorted_ranges(
    runs: Runs,
    sorted_by: Collection[str],
    sort_keys: Callable[[LoadedRows], Sequence[SortKey]],
    most_rows: int,
    take: Callable[[SortedRange], int],
) -> None:
    """Hands the rows of the runs, in order, to `take`, in ranges of about `most_rows` at most.

    `take` says how many rows of a range it has used: the others come again with the next range. It
    uses all of the last one.
    """
    starts = [0] * len(runs.runs)
    for stops, pivot in _stops(runs, sort_keys, most_rows):
        bounds = list(zip(starts, stops, strict=True))
        rows = runs.read(sorted_by, bounds)
        order = ascending_order(sort_keys(rows), rows.count)
        count = rows.count
        if pivot is not None:
            # The pivot itself is the last row read of its run: what comes after it is not complete.
            place = sum(last - first for first, last in bounds[: pivot + 1]) - 1
            count = place if order is None else int(np.flatnonzero(order == place)[0])
            order = None if order is None else order[:count]
        found = SortedRange(runs, bounds, order, count, pivot is None)
        starts = found.starts_after(take(found))


def _stops(
    runs: Runs, sort_keys: Callable[[LoadedRows], Sequence[SortKey]], most_rows: int
) -> Iterator[tuple[list[int], int | None]]:
    """Where to stop in each run, and which run has the pivot there: None at the end of all."""
    counts = [run.count for run in runs.runs]
    if runs.count > most_rows and not isinstance(runs.runs[0], LoadedRows):
        batch_rows = runs.runs[0].batch_rows
        samples, run_of = runs.samples()
        order = ascending_order(sort_keys(samples), samples.count)
        run_of = run_of if order is None else run_of[order]
        # Each run may have a part of one batch more than its samples tell.
        step = max(most_rows // batch_rows - len(counts), 1)
        for place in range(step, samples.count, step):
            before = np.bincount(run_of[:place], minlength=len(counts)).tolist()
            stops = [min(n * batch_rows, count) for n, count in zip(before, counts, strict=True)]
            pivot = int(run_of[place])
            stops[pivot] += 1
            yield stops, pivot
    yield counts, None
