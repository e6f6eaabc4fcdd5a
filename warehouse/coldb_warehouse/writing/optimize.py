"""Putting a whole table in the best order: sorted full segments, sorted dictionaries, no dead rows.

Everything that many small changes leave behind is gone after this: deleted rows, entries of
dictionaries that no row has, small segments, and codes of older generations. A table of which not
even the order of the rows fits in memory becomes several sorted runs, each as long as fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.reading.cache import default_limit
from coldb_warehouse.writing.generations import drop_unused
from coldb_warehouse.writing.merge import partition_groups
from coldb_warehouse.writing.rearrange import Placement, rearrange
from coldb_warehouse.writing.recode import sorted_dictionary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.versions.manifest import TableEntry

__all__ = ["OptimizeResult", "optimize_table"]

_BYTES_A_ROW = 48  # of the keys by which rows are sorted, their order, and one column


@dataclass(frozen=True, slots=True)
class OptimizeResult:
    """What a table was before and after: segments, and bytes of data on disk."""

    table: str
    rows: int
    segments_before: int
    segments_after: int
    nbytes_before: int
    nbytes_after: int


def optimize_table(workspace: Workspace, name: str) -> OptimizeResult:
    """Rewrites what is not yet as it should be, and no more. Partitions stay apart.

    If rows move that others reference, a new generation of their positions begins: the tables that
    reference them are written for it when they are optimized themselves.
    """
    before = workspace.entry(name)
    table = workspace.snapshot().table(name)
    recoded = {}
    for column in table.column_names:
        known = table.dictionary(column)
        if known is None:
            continue
        used = _used_entries(table, column, known.size)
        if not (known.is_sorted and used.all()):
            recoded[column] = sorted_dictionary(known, used)
    dictionaries = {
        table.key(column): workspace.writer.write_dictionary(new.dictionary, None)
        for column, new in recoded.items()
    }
    entry = replace(before, dictionaries={**before.dictionaries, **dictionaries})
    memory = workspace.settings.memory_limit or default_limit()
    groups = _runs_that_fit(partition_groups(before), before, memory // _BYTES_A_ROW)
    rearrange(workspace, entry, groups, Placement.SORT, recoded)
    drop_unused(workspace, name)
    after = workspace.entry(name)
    return OptimizeResult(
        name, after.rows, len(before.segments), len(after.segments), _nbytes(before), _nbytes(after)
    )


def _runs_that_fit(
    groups: Sequence[Sequence[int]], entry: TableEntry, most_rows: int
) -> list[list[int]]:
    """The groups of segments, cut where they would have more rows, but never within a segment."""
    runs: list[list[int]] = []
    for numbers in groups:
        rows = most_rows + 1
        for number in numbers:
            rows += entry.segments[number].rows
            if rows > most_rows:
                runs.append([])
                rows = entry.segments[number].rows
            runs[-1].append(number)
    return runs


def _used_entries(table: TableSnapshot, column: str, size: int) -> Mask:
    """Which entries of the column's dictionary some row has that is not deleted."""
    used = np.zeros(size, np.bool_)
    for segment in table.segments:
        chunk = segment.chunk(column, keep=False)
        if isinstance(chunk.form, Coded):
            masks = [mask for mask in (chunk.valid, segment.live) if mask is not None]
            codes = chunk.form.codes
            used[codes[np.logical_and.reduce(masks)] if masks else codes] = True
    return used


def _nbytes(entry: TableEntry) -> int:
    return sum(place.length for place in entry.places())
