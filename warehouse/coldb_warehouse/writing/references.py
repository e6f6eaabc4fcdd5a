"""Which rows of a table others reference, and refusing to take those away."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.errors import ConstraintError
from coldb_warehouse.loading.refusals import as_text, describe_key
from coldb_warehouse.values import take

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.schema import ForeignKey

__all__ = ["foreign_keys_to", "key_of", "refuse_referenced"]


def foreign_keys_to(snapshot: Snapshot, table: str) -> Iterator[tuple[TableSnapshot, ForeignKey]]:
    """The foreign keys that reference a table, its own ones too, and the tables that have them."""
    for schema in snapshot.tables:
        for key in schema.foreign_keys:
            if key.table == table:
                yield snapshot.table(schema.name), key


def refuse_referenced(
    snapshot: Snapshot,
    table: TableSnapshot,
    rows: Mask,
    followed: Mapping[ForeignKey, Numbers] = MappingProxyType({}),
) -> None:
    """ConstraintError if a row that is not deleted in the snapshot references any of these rows.

    `table` is the referenced table as it is to be shown in the message: before the change. For keys
    on the table itself, `followed` are positions of rows whose references do not matter.
    """
    for other, key in foreign_keys_to(snapshot, table.schema.name):
        for segment in other.segments:
            found = _referenced_row(segment, key, rows, followed.get(key))
            if found is not None:
                raise ConstraintError(
                    f'table "{table.schema.name}": the row with {key_of(table, found)} is still '
                    f'referenced by table "{other.schema.name}"; change or delete its rows first'
                )


def _referenced_row(
    segment: Segment, key: ForeignKey, rows: Mask, followed: Numbers | None
) -> int | None:
    """One of these rows that the segment references; None if there is none."""
    known = segment.statistics(key.position_column)
    low, high = known.low, known.high
    if low is not None and high is not None and not rows[int(low) : int(high) + 1].any():
        return None
    chunk = segment.chunk(key.position_column)
    assert isinstance(chunk.form, Coded), "a foreign key is stored as positions"
    hit = rows.take(chunk.form.codes, mode="clip")
    for mask in (chunk.valid, segment.live):
        if mask is not None:
            hit &= mask
    if followed is not None:
        inside = (followed >= segment.first_row) & (followed < segment.first_row + segment.rows)
        hit[followed[inside] - segment.first_row] = False
    places = np.flatnonzero(hit)
    return int(chunk.form.codes[places[0]]) if len(places) else None


def key_of(table: TableSnapshot, row: int, columns: tuple[str, ...] = ()) -> str:
    """What a row has in these columns, or as its primary key: `id = 7`."""
    place: Numbers = np.array([row])
    names = columns or table.schema.primary_key
    texts = [
        as_text(to_arrow(take(table.values(name)[0], place), None, table.type_of(name)))
        for name in names
    ]
    return str(describe_key(names, texts)[0])
