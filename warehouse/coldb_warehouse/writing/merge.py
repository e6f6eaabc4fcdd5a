"""Small segments become larger ones, so that many small appends do not make a table slow.

Sixteen neighbours of about one size are merged into one: a row is written again once for each power
of sixteen that its table grows by, and the number of small segments grows with the logarithm of the
rows only. (After the log-structured merge-tree, O'Neil 1996.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.loading.arrange import ascending_order, form_key
from coldb_warehouse.writing.segment_writer import SegmentWriter, StoredColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.versions.manifest import TableEntry

__all__ = ["merge_segments", "small_segments"]

_FAN_IN = 16


def small_segments(rows: Sequence[int], segment_rows: int) -> int:
    """How many of the last segments should be merged, given the rows of each; 0 if none.

    A segment is large enough if sixteen of its size exceed `segment_rows`.
    """
    largest = segment_rows // _FAN_IN
    size = 1
    while size < largest:
        size = min(size * _FAN_IN, largest)
        count = next((i for i, n in enumerate(reversed(rows)) if n > size), len(rows))
        if count >= _FAN_IN:
            return count
    return 0


def merge_segments(
    table: TableSnapshot, entry: TableEntry, writer: SegmentWriter, count: int, *, reorder: bool
) -> TableEntry:
    """The entry of the table with its last `count` segments in one.

    Its rows are sorted again if `reorder`; else they keep their positions.
    """
    merged = table.segments[-count:]
    rows = sum(segment.rows for segment in merged)
    chunks = {
        name: concatenate_chunks([segment.chunk(name, keep=False) for segment in merged])
        for name in table.column_names
    }
    sorted_by = [chunks[name] for name in table.schema.sort_columns]
    order = ascending_order([form_key(chunk.form, chunk.valid) for chunk in sorted_by], rows)
    columns = [
        StoredColumn(table.key(name), chunk.type, chunk.form, chunk.valid, table.encoding(name))
        for name, chunk in chunks.items()
    ]
    segments = writer.write_segments(
        columns, rows, order if reorder else None, is_sorted=reorder or order is None
    )
    return replace(entry, segments=entry.segments[:-count] + segments)
