"""Deleting rows: they are marked in the deletion vectors of their segments, and keep their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Fixed
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.types import BOOLEAN
from coldb_warehouse.versions.manifest import DeletedEntry
from coldb_warehouse.writing.references import refuse_referenced
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    import numpy.typing as npt

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.writing.segment_writer import SegmentWriter

__all__ = ["delete_rows", "marked_rows", "write_deleted"]


def delete_rows(workspace: Workspace, name: str, positions: npt.ArrayLike) -> int:
    """Marks the rows at these positions as deleted; how many of them were not so before.

    Raises ConstraintError if a row that remains references one of them.
    """
    table = workspace.snapshot().table(name)
    gone = marked_rows(table, positions)
    live = table.live
    if live is not None:
        gone &= live
    count = int(np.count_nonzero(gone))
    if not count:
        return 0
    affected = [
        (number, gone[segment.first_row : segment.first_row + segment.rows])
        for number, segment in enumerate(table.segments)
    ]
    affected = [(number, rows) for number, rows in affected if rows.any()]
    deleted = []
    for number, rows in affected:
        kept = table.segments[number].live
        deleted.append(rows if kept is None else rows | ~kept)
    entry = workspace.entry(name)
    segments = list(entry.segments)
    entries = write_deleted(workspace.writer, deleted)
    for (number, _), vector in zip(affected, entries, strict=True):
        segments[number] = replace(segments[number], deleted=vector)
    workspace.replace(replace(entry, segments=tuple(segments)))
    refuse_referenced(workspace.snapshot(), table, gone)
    return count


def marked_rows(table: TableSnapshot, positions: npt.ArrayLike) -> Mask:
    """True for the rows at these positions; CatalogError for a position that the table has not."""
    numbers = np.asarray(positions)
    marked = np.zeros(table.rows, np.bool_)
    if not len(numbers):
        return marked
    if numbers.dtype.kind not in "iu" or numbers.min() < 0 or numbers.max() >= table.rows:
        raise CatalogError(
            f'table "{table.schema.name}" has positions 0 to {table.rows - 1} only; '
            f"read them from the version that is changed"
        )
    marked[numbers] = True
    return marked


def write_deleted(writer: SegmentWriter, masks: list[Mask]) -> list[DeletedEntry]:
    """Writes the deletion vectors of several segments: True for deleted rows, of which there are."""
    groups = [[StoredColumn("", BOOLEAN, Fixed(mask), None, None)] for mask in masks]
    return [
        DeletedEntry(chunks[""].place, int(np.count_nonzero(mask)))
        for mask, chunks in zip(masks, writer.write_columns(groups), strict=True)
    ]
