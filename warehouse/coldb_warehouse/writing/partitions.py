"""Taking partitions of a table away as a whole, and keeping rows in theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.errors import CatalogError, ConstraintError
from coldb_warehouse.writing.delete import delete_rows
from coldb_warehouse.writing.references import foreign_keys_to

if TYPE_CHECKING:
    from collections.abc import Collection

    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.writing.new_values import NewValues

__all__ = ["clear_partitions", "drop_partition", "partition_numbers", "refuse_moves"]


def drop_partition(workspace: Workspace, name: str, value: int | str | None) -> int:
    """Removes all rows of the partition that a value (as types.py has it) belongs to; how many.

    Raises CatalogError if the table has no partitions, ConstraintError if rows are referenced.
    """
    schema = workspace.entry(name).schema
    partitioning = schema.partitioning
    if partitioning is None:
        raise CatalogError(f'table "{name}" has no partitions; delete its rows instead')
    type = schema.column(partitioning.column).type
    return clear_partitions(workspace, name, {partitioning.partition_of(value, type)})


def clear_partitions(workspace: Workspace, name: str, partitions: Collection[int | None]) -> int:
    """Removes all rows of these partitions; how many. Without partitions, {None} is all rows.

    Segments go at once, unless other rows reference the table: positions must hold then, and the
    rows are deleted where they are. Raises ConstraintError if one of them is referenced.
    """
    entry, table = workspace.entry(name), workspace.snapshot().table(name)
    gone = [segment for segment in table.segments if segment.partition in partitions]
    if not gone:
        return 0
    if any(foreign_keys_to(workspace.snapshot(), name)):
        positions = [np.arange(s.first_row, s.first_row + s.rows) for s in gone]
        return delete_rows(workspace, name, np.concatenate(positions))
    kept = tuple(s for s in entry.segments if s.partition not in partitions)
    dictionaries = entry.dictionaries if kept else {}
    workspace.replace(replace(entry, segments=kept, dictionaries=dictionaries))
    return sum(segment.live_rows for segment in gone)


def partition_numbers(table: TableSnapshot, segment: Segment) -> PartitionNumbers | None:
    """The partition of each row of a segment by its value; None in a table without partitions."""
    partitioning = table.schema.partitioning
    if partitioning is None:
        return None
    chunk = segment.chunk(partitioning.column, keep=False)
    values = table.values_of(partitioning.column, chunk)
    return partitioning.partitions_of(values, chunk.valid, table.type_of(partitioning.column))


def refuse_moves(new: NewValues) -> None:
    """ConstraintError if a row would have to move to another partition with its new value."""
    partitioning = new.table.schema.partitioning
    if partitioning is None or partitioning.column not in new.columns:
        return
    values, valid = new.columns[partitioning.column]
    type = new.table.type_of(partitioning.column)
    after = partitioning.partitions_of(values, valid, type)
    segments = new.table.segments
    ends = np.array([segment.first_row + segment.rows for segment in segments])
    partitions = np.array([segment.partition for segment in segments], np.int64)
    before = partitions[np.searchsorted(ends, new.positions, side="right")]
    moved = int(np.count_nonzero(before != after))
    if moved:
        raise ConstraintError(
            f'table "{new.table.schema.name}": {moved} rows would move to another partition by '
            f'their new "{partitioning.column}"; delete them and insert them anew'
        )
