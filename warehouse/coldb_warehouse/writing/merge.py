"""Keeping a table in few segments, and free of deleted rows, while it is written to.

Sixteen neighbours or more are merged into one, none of which has more rows than all others together:
each row is then in a segment at least twice as large as before, and mostly sixteen times. So a row is
written again only as often as the logarithm of its table's rows, and the number of small segments grows
with that too. (After the log-structured merge-tree, O'Neil 1996.) A segment of which more than a fifth
is deleted is written again without these rows: at most four rows for each deleted one.

A dictionary is sorted again, in a new generation, when it has become twice as long since: as often
as its length doubles.

Rows of a table that others reference keep their positions when segments are merged. Deleted rows go
all at once there, when they are more than a fifth of the table and make a block: that begins a new
generation of the positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.writing.generations import drop_unused, move_entries
from coldb_warehouse.writing.rearrange import Placement, rearrange
from coldb_warehouse.writing.recode import sorted_dictionary
from coldb_warehouse.writing.references import foreign_keys_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.versions.manifest import SegmentEntry, TableEntry

__all__ = ["partition_groups", "small_segments", "tidy"]

_FAN_IN = 16
_MOST_DEAD = 5  # one row in so many may be deleted


def tidy(workspace: Workspace, name: str) -> None:
    """Merges what has become many small segments, drops deleted rows where they are many, sorts
    dictionaries that have doubled, and forgets moves that are not needed any more."""
    _merge(workspace, name)
    drop_unused(workspace, name)


def _merge(workspace: Workspace, name: str) -> None:
    entry = _with_sorted_dictionaries(workspace, name)
    limit = workspace.settings.segment_rows
    if not any(foreign_keys_to(workspace.snapshot(), name)):
        groups = _worth_sorting(entry, limit)
        if groups:
            rearrange(workspace, entry, groups, Placement.SORT, {})
        return
    dead = entry.rows - entry.live_rows
    if dead >= workspace.settings.block_rows and dead * _MOST_DEAD > entry.rows:
        every = [[number] for number in range(len(entry.segments))]
        rearrange(workspace, entry, every, Placement.SQUEEZE, {})
        entry = workspace.entry(name)
    last = _last_of_one_partition(entry.segments)
    count = small_segments([entry.segments[number].rows for number in last], limit)
    if count:
        rearrange(workspace, entry, [last[-count:]], Placement.KEEP, {})


def _with_sorted_dictionaries(workspace: Workspace, name: str) -> TableEntry:
    """The table with those of its dictionaries sorted that have doubled."""
    entry, table = workspace.entry(name), workspace.snapshot().table(name)
    sorted_ = entry
    for column in table.column_names:
        stored = entry.dictionaries.get(table.key(column))
        if stored is None or stored.is_sorted or 2 * stored.parts[0].size > stored.size:
            continue
        known = table.dictionary(column)
        assert known is not None, "the manifest has it"
        new = sorted_dictionary(known, np.ones(known.size, np.bool_))
        sorted_ = move_entries(workspace, sorted_, column, new.dictionary, new.move)
    if sorted_ is not entry:
        workspace.replace(sorted_)
    return sorted_


def small_segments(rows: Sequence[int], segment_rows: int) -> int:
    """How many of the last segments should be merged, given the rows of each; 0 if none.

    A segment is large enough if sixteen of its size exceed `segment_rows`.
    """
    largest = segment_rows // _FAN_IN
    size = 1
    while size < largest:
        size = min(size * _FAN_IN, largest)
        count = next((i for i, n in enumerate(reversed(rows)) if n > size), len(rows))
        if count >= _FAN_IN and 2 * max(rows[-count:]) <= sum(rows[-count:]):
            return count
    return 0


def partition_groups(entry: TableEntry) -> list[list[int]]:
    """The numbers of the segments of each partition; of all if there are no partitions."""
    groups: dict[int | None, list[int]] = {}
    for number, segment in enumerate(entry.segments):
        groups.setdefault(segment.partition, []).append(number)
    return list(groups.values())


def _worth_sorting(entry: TableEntry, limit: int) -> list[list[int]]:
    """Segments whose rows may move: small ones to be merged, and ones with many deleted rows."""
    worth = []
    for numbers in partition_groups(entry):
        count = small_segments([entry.segments[n].live_rows for n in numbers], limit)
        large, small = numbers[: len(numbers) - count], numbers[len(numbers) - count :]
        worth += [[number] for number in large if _is_mostly_dead(entry.segments[number])]
        worth += [small] if small else []
    return worth


def _is_mostly_dead(segment: SegmentEntry) -> bool:
    return (segment.rows - segment.live_rows) * _MOST_DEAD > segment.rows


def _last_of_one_partition(segments: Sequence[SegmentEntry]) -> list[int]:
    """The numbers of the last segments, as far back as they are of the partition of the last."""
    numbers = range(len(segments))
    first = next(
        (n + 1 for n in reversed(numbers) if segments[n].partition != segments[-1].partition), 0
    )
    return list(numbers[first:])
