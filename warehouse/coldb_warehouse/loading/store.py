"""The last step of a load: rows that are sound are put in order, cut into segments and written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Coded, Mask
from coldb_warehouse.domain import Rows, code_dtype
from coldb_warehouse.loading.merge_runs import SortedRange, sorted_ranges
from coldb_warehouse.types import BIGINT
from coldb_warehouse.versions.manifest import SegmentEntry, column_key, position_key
from coldb_warehouse.writing.segment_writer import StoredColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coldb_warehouse.loading.load import Workspace
    from coldb_warehouse.loading.own_keys import OwnKey
    from coldb_warehouse.loading.runs import Runs
    from coldb_warehouse.loading.table_order import TableOrder
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.schema import Column, ForeignKey

__all__ = ["Store"]


class Store:
    """Writes the rows of one load and puts them into the manifest."""

    def __init__(
        self,
        workspace: Workspace,
        table: TableSnapshot,
        order: TableOrder,
        runs: Runs,
        own_keys: Sequence[OwnKey],
    ) -> None:
        """`own_keys` are those on the table itself, looked up for the rows of all runs."""
        self._workspace = workspace
        self._table = table
        self._order = order
        self._schema = order.schema
        self._runs = runs
        self._own_keys = own_keys
        self._segments: list[SegmentEntry] = []

    def run(self, most_rows: int, written: Callable[[int], None] | None = None) -> None:
        """Sorts at most about `most_rows` at a time, if runs are on disk; raises StorageError.

        `written` hears how many rows have been written while others are still to be.
        """
        entry = self._workspace.entry(self._schema.name)
        dictionaries = dict(entry.dictionaries)
        for column in self._schema.columns:
            dictionary = self._runs.dictionary(column.name)
            if dictionary is not None:
                key = column_key(self._schema, column.name)
                writer = self._workspace.writer
                dictionaries[key] = writer.write_dictionary(dictionary, dictionaries.get(key))
        if self._own_keys:
            most_rows = self._runs.count  # a row may reference any other: all have to be in place

        def write(rows: SortedRange) -> int:
            count = self._write(rows)
            if written is not None and not rows.is_last:
                written(sum(segment.rows for segment in self._segments))
            return count

        sorted_ranges(
            self._runs,
            self._order.columns,
            self._order.keys,
            most_rows,
            write,
        )
        segments = (*entry.segments, *self._segments)
        self._workspace.replace(replace(entry, segments=segments, dictionaries=dictionaries))

    def _write(self, rows: SortedRange) -> int:
        """Writes what is sure to fill segments, and all that is last; how many rows that is."""
        writer = self._workspace.writer
        partitions = self._partitions(rows)
        count = rows.count
        if not rows.is_last and count:
            count = writer.rows_of_whole_segments(count, partitions)
            partitions = None if partitions is None else partitions[:count]
        if not count:
            return 0
        sources = [
            _ValueSource(column_key(self._schema, column.name), column, rows)
            for column in self._schema.columns
            if self._schema.foreign_key_on(column.name) is None
        ]
        # What takes longest first, so that no thread has to wait for another at the end.
        sources.sort(key=lambda source: not source.column.type.is_bytes)
        positions = [
            self._position_source(reference, rows) for reference in self._schema.foreign_keys
        ]
        self._segments += writer.write_segments(
            [*sources, *positions], count, rows.order, partitions=partitions
        )
        return count

    def _partitions(self, rows: SortedRange) -> PartitionNumbers | None:
        """The partitions of the range's rows, in their order."""
        if self._schema.partitioning is None:
            return None
        partitions = self._order.partitions(rows.read(self._order.columns))
        if partitions is not None and rows.order is not None:
            partitions = partitions[rows.order]
        return None if partitions is None else partitions[: rows.count]

    def _position_source(self, reference: ForeignKey, rows: SortedRange) -> _PositionSource:
        target = self._workspace.snapshot().table(reference.table)
        is_own = reference.table == self._schema.name
        domain = Rows(
            reference.table, target.rows + (self._runs.count if is_own else 0), target.generation
        )
        own = next((own for own in self._own_keys if own.key is reference), None)
        positions = None if own is None else own.positions(self._table.rows, rows.order)
        encoding = None
        if len(reference.columns) == 1:
            encoding = self._schema.column(reference.columns[0]).encoding
        key = position_key(self._schema, reference)
        return _PositionSource(key, reference.position_column, domain, encoding, rows, positions)


@dataclass(frozen=True, slots=True, eq=False)
class _ValueSource:
    """A column that is stored by value."""

    key: str
    column: Column
    rows: SortedRange

    def read(self) -> StoredColumn:
        name = self.column.name
        rows = self.rows.read({name})
        return StoredColumn(
            self.key, self.column.type, rows.forms[name], rows.valid[name], self.column.encoding
        )


@dataclass(frozen=True, slots=True, eq=False)
class _PositionSource:
    """Where a foreign key leads; `positions` are given if it leads to the table itself."""

    key: str
    name: str
    domain: Rows
    encoding: str | None
    rows: SortedRange
    positions: Numbers | None

    def read(self) -> StoredColumn:
        positions = self.positions
        if positions is None:
            positions = self.rows.read({self.name}).positions[self.name]
        valid = _known(positions)
        codes = positions if valid is None else np.where(valid, positions, 0)
        form = Coded(codes.astype(code_dtype(self.domain.size)), self.domain)
        return StoredColumn(self.key, BIGINT, form, valid, self.encoding)


def _known(positions: Numbers) -> Mask | None:
    if not len(positions) or positions.min() >= 0:
        return None
    known: Mask = positions >= 0
    return known
