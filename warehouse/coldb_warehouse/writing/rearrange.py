"""Writing segments anew, with their rows merged, sorted, and without the deleted ones.

Segments are taken in groups: the rows of a group go into new segments, in the place of its first
one. Of a group that lies as it should already, only the chunks of older generations are written.
Each column is written by itself where a group makes several segments, so that it need not fit in
memory with all others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded, Form, Mask
from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.domain import Rows
from coldb_warehouse.loading.arrange import ascending_order, form_key, sort_key
from coldb_warehouse.loading.loaded import take_form
from coldb_warehouse.reading.moves import GONE, moved_codes
from coldb_warehouse.values import take
from coldb_warehouse.writing.delete import write_deleted
from coldb_warehouse.writing.generations import move_rows
from coldb_warehouse.writing.references import foreign_keys_to
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb_warehouse.loading.arrange import Order, SortKey
    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.moves import Move
    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.versions.manifest import SegmentEntry, TableEntry
    from coldb_warehouse.writing.recode import Recoded

__all__ = ["Placement", "rearrange"]


class Placement(Enum):
    """Where rows may go."""

    KEEP = "every row keeps its position"
    SQUEEZE = "deleted rows go, the others keep their order"
    SORT = "deleted rows go, the others are sorted by the order of the table"


def rearrange(
    workspace: Workspace,
    entry: TableEntry,
    groups: Sequence[Sequence[int]],
    placement: Placement,
    recoded: Mapping[str, Recoded],
) -> None:
    """Writes the segments of each group (their numbers, ascending) anew, and puts the table in place.

    `entry` is the table with its new dictionaries. `recoded` says, by column, which of them have
    changed: all segments that are coded by one of those are in a group.
    """
    _Rearrangement(workspace, entry, placement, recoded).run(groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Segments to be written together: `rows` are those of their rows that stay, in order."""

    numbers: Sequence[int]
    segments: Sequence[Segment]
    rows: Order
    is_sorted: bool

    @property
    def positions(self) -> Numbers:
        """Where the rows are in the table before the change."""
        parts = [np.arange(s.first_row, s.first_row + s.rows) for s in self.segments]
        return np.concatenate(parts)[self.rows]

    @property
    def is_whole(self) -> bool:
        """Whether all rows stay in their order."""
        count = sum(segment.rows for segment in self.segments)
        return len(self.rows) == count and bool((self.rows == np.arange(count)).all())


class _Rearrangement:
    def __init__(
        self,
        workspace: Workspace,
        entry: TableEntry,
        placement: Placement,
        recoded: Mapping[str, Recoded],
    ) -> None:
        self._workspace = workspace
        self._entry = entry
        self._table = workspace.snapshot().table(entry.schema.name)
        self._placement = placement
        self._recoded = recoded
        self._move: Move | None = None  # where rows go, if keys on this very table have to follow
        self._rows_after = self._table.rows

    def run(self, groups: Sequence[Sequence[int]]) -> None:
        """Puts the changed table in place."""
        arranged = {numbers[0]: self._arranged(numbers) for numbers in groups}
        inside = {number for numbers in groups for number in numbers}
        move = self._move_to(arranged, inside)
        self._move = move
        segments: list[SegmentEntry] = []
        for number, segment in enumerate(self._entry.segments):
            if number in arranged:
                segments += self._written(arranged[number])
            elif number not in inside:
                segments.append(segment)
        entry = replace(self._entry, segments=tuple(segments))
        if not segments:
            entry = replace(entry, dictionaries={})
        if move is None:
            self._workspace.replace(entry)
        else:
            move_rows(self._workspace, entry, move)

    def _arranged(self, numbers: Sequence[int]) -> _Group:
        """The group with its rows in the order that they shall have."""
        segments = [self._table.segments[number] for number in numbers]
        rows = np.arange(sum(segment.rows for segment in segments))
        if self._placement is not Placement.KEEP:
            rows = rows[_live(segments)]
        if self._placement is not Placement.SORT and len(segments) == 1:
            return _Group(numbers, segments, rows, segments[0].is_sorted)
        keys = [self._sort_key(name, segments, rows) for name in self._table.schema.sort_columns]
        order = ascending_order(keys, len(rows))
        if self._placement is Placement.SORT and order is not None:
            return _Group(numbers, segments, rows[order], is_sorted=True)
        return _Group(numbers, segments, rows, is_sorted=order is None)

    def _sort_key(self, name: str, segments: Sequence[Segment], rows: Order) -> SortKey:
        """Keys of other tables are sorted by position, dictionaries by code, all else by value."""
        reference = self._table.schema.foreign_key_on(name)
        if reference is not None and reference.table == self._table.schema.name:
            chunk = concatenate_chunks([segment.chunk(name, keep=False) for segment in segments])
            valid = None if chunk.valid is None else chunk.valid[rows]
            return sort_key(take(self._table.values_of(name, chunk), rows), valid)
        form, valid = self._column(name, segments)
        return form_key(take_form(form, rows), None if valid is None else valid[rows])

    def _move_to(self, arranged: Mapping[int, _Group], inside: set[int]) -> Move | None:
        """Where rows go; None if they stay, or if nothing references them."""
        if not any(foreign_keys_to(self._workspace.snapshot(), self._table.schema.name)):
            return None
        parts = []
        for number, segment in enumerate(self._table.segments):
            if number in arranged:
                parts.append(arranged[number].positions)
            elif number not in inside:
                parts.append(np.arange(segment.first_row, segment.first_row + segment.rows))
        order = np.concatenate(parts) if parts else np.empty(0, np.int64)
        if len(order) == self._table.rows and bool((order == np.arange(len(order))).all()):
            return None
        self._rows_after = len(order)
        move = np.full(self._table.rows, GONE)
        move[order] = np.arange(len(order))
        return move

    def _written(self, group: _Group) -> Sequence[SegmentEntry]:
        """The new segments of a group."""
        limit = self._workspace.settings.segment_rows
        full = (
            all(s.rows == limit for s in group.segments[:-1]) and group.segments[-1].rows <= limit
        )
        if group.is_whole and full:
            return [self._refreshed(number, group) for number in group.numbers]
        if not len(group.rows):
            return ()
        names = self._table.column_names
        order = None if group.is_whole else group.rows
        batches = [names] if len(group.rows) <= limit else [(name,) for name in names]
        segments: list[SegmentEntry] = []
        for batch in batches:
            columns = [self._stored(name, group.segments) for name in batch]
            written = self._workspace.writer.write_segments(
                columns, len(group.rows), order, is_sorted=group.is_sorted
            )
            segments = [
                replace(new, chunks={**old.chunks, **new.chunks})
                for old, new in zip(segments or written, written, strict=True)
            ]
        partition = self._entry.segments[group.numbers[0]].partition
        segments = [replace(segment, partition=partition) for segment in segments]
        return self._with_deleted(segments, group) if order is None else segments

    def _with_deleted(self, segments: list[SegmentEntry], group: _Group) -> list[SegmentEntry]:
        """Segments of all rows of the group, with what is deleted of these."""
        deleted = ~_live(group.segments)
        ends = np.cumsum([segment.rows for segment in segments])
        parts = dict(enumerate(np.split(deleted, ends[:-1])))
        parts = {number: part for number, part in parts.items() if part.any()}
        vectors = write_deleted(self._workspace.writer, list(parts.values()))
        for number, vector in zip(parts, vectors, strict=True):
            segments[number] = replace(segments[number], deleted=vector)
        return segments

    def _refreshed(self, number: int, group: _Group) -> SegmentEntry:
        """A segment as it is, save for the columns whose codes are of an older generation."""
        segment, entry = self._table.segments[number], self._entry.segments[number]
        stale = [
            self._stored(name, [segment])
            for name in self._table.column_names
            if (chunk := entry.chunks.get(self._table.key(name))) is not None
            and chunk.coded
            and chunk.generation != self._generation(name)
        ]
        chunks = self._workspace.writer.write_columns([stale])[0]
        return replace(entry, chunks={**entry.chunks, **chunks}, is_sorted=group.is_sorted)

    def _generation(self, name: str) -> int:
        """The newest generation of what a coded column points into."""
        dictionary = self._entry.dictionaries.get(self._table.key(name))
        if dictionary is not None:
            return dictionary.generation
        domain = self._table.domain(name)
        assert isinstance(domain, Rows), "codes point into a dictionary or into rows"
        return self._followed(domain).generation

    def _followed(self, domain: Rows) -> Rows:
        """The rows that a foreign key leads to, after this change."""
        if self._move is None or domain.table != self._table.schema.name:
            return domain
        return Rows(domain.table, self._rows_after, domain.generation + 1)

    def _stored(self, name: str, segments: Sequence[Segment]) -> StoredColumn:
        form, valid = self._column(name, segments)
        table = self._table
        return StoredColumn(table.key(name), table.type_of(name), form, valid, table.encoding(name))

    def _column(self, name: str, segments: Sequence[Segment]) -> tuple[Form, Mask | None]:
        """A column of all rows of some segments, in the newest generation of what it points into."""
        # Few rows are worth keeping: those of the columns of the order are asked for again.
        keep = sum(segment.rows for segment in segments) <= self._workspace.settings.block_rows
        chunk = concatenate_chunks([segment.chunk(name, keep=keep) for segment in segments])
        form = chunk.form
        if not isinstance(form, Coded):
            return form, chunk.valid
        if name in self._recoded:
            new = self._recoded[name]
            form = Coded(moved_codes(form.codes, new.move, new.dictionary.size), new.dictionary)
        elif isinstance(form.domain, Rows) and self._move is not None:
            after = self._followed(form.domain)
            if after is not form.domain:
                form = Coded(moved_codes(form.codes, self._move, after.size), after)
        return form, chunk.valid


def _live(segments: Sequence[Segment]) -> Mask:
    masks = [np.ones(s.rows, np.bool_) if s.live is None else s.live for s in segments]
    return np.concatenate(masks)
