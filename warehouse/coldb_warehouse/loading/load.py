"""A load, on one page: batches become checked rows, the rows are put in order, and written.

intake          convert, check NOT NULL, look up the keys of other tables        intake.py
repeated keys   the first row of each primary key stays
own keys        look up the keys that reference this table, parents before all   own_keys.py
inference       rows for missing keys are made where the policy says so
order           sort by the table's order                                        arrange.py
write           cut into segments, encode, write                                 segment_writer.py
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded, Mask
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.domain import Dictionary, Rows, code_dtype
from coldb_warehouse.errors import ConstraintError
from coldb_warehouse.loading.arrange import SortKey, ascending_order, form_key, sort_key
from coldb_warehouse.loading.intake import Intake
from coldb_warehouse.loading.loaded import LoadedRows, all_valid
from coldb_warehouse.loading.own_keys import OwnKey, orphans
from coldb_warehouse.loading.refusals import (
    Refusal,
    Refusals,
    as_text,
    describe_key,
    describe_missing_key,
)
from coldb_warehouse.loading.rejects import AppendResult
from coldb_warehouse.partitioning import NULL_PARTITION
from coldb_warehouse.reading.key_index import repeated_rows
from coldb_warehouse.schema import ForeignKey, MissingKey
from coldb_warehouse.types import BIGINT
from coldb_warehouse.values import take
from coldb_warehouse.versions.manifest import TableEntry, column_key, position_key
from coldb_warehouse.writing.partitions import clear_partitions
from coldb_warehouse.writing.segment_writer import SegmentWriter, StoredColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb_warehouse.convert import Values
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.partitioning import PartitionNumbers
    from coldb_warehouse.reading.key_index import KeyIndex, Numbers
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.settings import Settings

__all__ = ["Load", "Workspace"]

_ROWS_WORTH_A_THREAD = 1 << 14


class Workspace(Protocol):
    """What a load needs of the transaction in which it runs."""

    settings: Settings
    files: DataFiles
    writer: SegmentWriter

    def snapshot(self) -> Snapshot:
        """The state so far, the rows that `append` has made included."""

    def entry(self, table: str) -> TableEntry:
        """The table in the manifest of that state."""

    def replace(self, entry: TableEntry) -> None:
        """Puts a changed table in the place of the one with the same id."""

    def append(self, table: str, data: pa.Table) -> AppendResult:
        """Appends rows, all of which must be sound."""


class Load:
    """One append to one table."""

    def __init__(
        self, workspace: Workspace, table: str, *, apply_policies: bool, overwrite: bool = False
    ) -> None:
        """Without policies, any row with a fault is an error and nothing is stored.

        With `overwrite` the rows take the place of all that is in their partitions.
        """
        self._workspace = workspace
        self._apply_policies = apply_policies
        self._overwrite = overwrite
        self._table = workspace.snapshot().table(table)
        self._schema = self._table.schema
        if not apply_policies:
            keys = [replace(k, on_missing=MissingKey.REJECT) for k in self._schema.foreign_keys]
            self._schema = replace(self._schema, foreign_keys=tuple(keys))
        names = [column.name for column in self._schema.columns]
        self._refusals = Refusals(table, names)
        self._unknown: dict[tuple[str, ...], list[Numbers]] = {}
        self._inferred: dict[str, int] = {}

    def run(self, batches: Iterable[pa.RecordBatch]) -> AppendResult:
        """Loads the batches; raises ConversionError, ConstraintError, StorageError."""
        rows = self._take_in(batches)
        if self._overwrite:
            self._clear_partitions_of(rows)
        rows = self._without_repeated_keys(rows)
        rows = self._without_orphans(rows)
        if not self._apply_policies:
            self._refusals.raise_first()
        rows = self._without_unknown_own_keys(rows)
        for key in self._schema.foreign_keys:
            if key.on_missing is MissingKey.INFER:
                rows = self._infer(rows, key)
        if rows.count:
            self._store(rows)
        return self._result(rows)

    def _take_in(self, batches: Iterable[pa.RecordBatch]) -> LoadedRows:
        """Converts one batch while the next one is read; batches are read by this thread only."""
        intake = Intake(self._table, self._references(), self._workspace.settings, self._refusals)
        with ThreadPoolExecutor(1) as converter:
            running: Future[None] | None = None
            for batch in batches:
                if running is not None:
                    running.result()
                if batch.num_rows < _ROWS_WORTH_A_THREAD:
                    intake.add(batch)
                else:
                    running = converter.submit(intake.add, batch)
            if running is not None:
                running.result()
        self._unknown = intake.unknown
        return intake.finish()

    def _clear_partitions_of(self, rows: LoadedRows) -> None:
        """Removes what is in the partitions of these rows, or all there is without partitions."""
        numbers = self._partitions(rows)
        found = {None} if numbers is None else set(np.unique(numbers).tolist())
        clear_partitions(self._workspace, self._schema.name, found)
        self._table = self._workspace.snapshot().table(self._schema.name)

    def _references(self) -> list[tuple[ForeignKey, KeyIndex]]:
        snapshot = self._workspace.snapshot()
        keys = [key for key in self._schema.foreign_keys if not self._is_own(key)]
        return [(key, snapshot.table(key.table).key_index()) for key in keys]

    def _is_own(self, key: ForeignKey) -> bool:
        return key.table == self._schema.name

    def _without_repeated_keys(self, rows: LoadedRows) -> LoadedRows:
        """The rows whose primary key neither the table nor an earlier row has."""
        columns = self._schema.primary_key
        if not columns or not rows.count:
            return rows
        values = [rows.values(name) for name in columns]
        repeated = np.zeros(rows.count, np.bool_)
        repeated[repeated_rows(values)] = True
        if self._table.may_have_keys(values):
            repeated |= self._table.positions_of(values) >= 0
        refused = np.flatnonzero(repeated)
        if not len(refused):
            return rows
        texts = [self._text(rows, name, refused) for name in columns]
        reasons = pc.binary_join_element_wise("duplicate key: ", describe_key(columns, texts), "")
        self._refuse(rows, refused, reasons)
        return rows.take(np.flatnonzero(~repeated))

    def _without_orphans(self, rows: LoadedRows) -> LoadedRows:
        """The rows whose parents in this very table are there, or will be."""
        own = self._own_keys(rows, MissingKey.REJECT)
        if not own or not (lost := orphans(own)).any():
            return rows
        refused = np.flatnonzero(lost)
        reasons = pa.array([None] * len(refused), pa.string())
        for key in own:
            parentless = key.missing[refused] | ((key.loaded >= 0) & lost[key.loaded])[refused]
            texts = [self._text(rows, name, refused) for name in key.key.columns]
            described = describe_missing_key(key.key.columns, texts, key.key.table)
            reasons = pc.coalesce(reasons, pc.if_else(pa.array(parentless), described, None))
        self._refuse(rows, refused, reasons)
        return rows.take(np.flatnonzero(~lost))

    def _without_unknown_own_keys(self, rows: LoadedRows) -> LoadedRows:
        """NULL for the keys of this very table that are not there, where that is the policy."""
        for own in self._own_keys(rows, MissingKey.UNKNOWN):
            if own.missing.any():
                self._unknown[own.key.columns] = [rows.numbers[own.missing]]
                rows = rows.with_nulls(own.key.columns, own.missing)
                rows = self._without_dangling_positions(rows, own)
        return rows

    def _without_dangling_positions(self, rows: LoadedRows, own: OwnKey) -> LoadedRows:
        """Forgets where other keys lead that share a column with one that became NULL."""
        for key in self._schema.foreign_keys:
            if not self._is_own(key) and set(key.columns) & set(own.key.columns):
                column = key.position_column
                positions = np.where(own.missing, -1, rows.positions[column])
                rows = rows.with_positions(column, positions)
        return rows

    def _own_keys(self, rows: LoadedRows, policy: MissingKey | None = None) -> list[OwnKey]:
        return [
            OwnKey.look_up(key, rows, self._table)
            for key in self._schema.foreign_keys
            if self._is_own(key) and policy in (None, key.on_missing)
        ]

    def _infer(self, rows: LoadedRows, key: ForeignKey) -> LoadedRows:
        """Makes rows for the keys that are not there yet, and points to them."""
        if self._is_own(key):
            missing = OwnKey.look_up(key, rows, self._table).missing
        else:
            missing = rows.positions[key.position_column] < 0
            valid = all_valid([rows.valid[name] for name in key.columns])
            missing = missing if valid is None else missing & valid
        pending = np.flatnonzero(missing)
        if not len(pending):
            return rows
        keys = [take(rows.values(name), pending) for name in key.columns]
        self._make_rows(key, keys)
        if self._is_own(key):
            self._table = self._workspace.snapshot().table(self._schema.name)
            return rows
        positions = rows.positions[key.position_column].astype(np.int64)
        positions[pending] = self._workspace.snapshot().table(key.table).positions_of(keys)
        return rows.with_positions(key.position_column, positions)

    def _make_rows(self, key: ForeignKey, keys: Sequence[Values]) -> None:
        """Appends a row of nothing but its key for each key that the referenced table has not."""
        table = self._workspace.snapshot().table(key.table)
        wanted = table.positions_of(keys) < 0  # another foreign key may have inferred it by now
        wanted[repeated_rows(keys)] = False
        chosen = np.flatnonzero(wanted)
        columns = {
            name: to_arrow(take(values, chosen), None, table.schema.column(name).type)
            for name, values in zip(key.referenced, keys, strict=True)
        }
        made = self._workspace.append(key.table, pa.table(columns)).rows
        self._inferred[key.table] = self._inferred.get(key.table, 0) + made

    def _store(self, rows: LoadedRows) -> None:
        """Sorts and writes the rows, and puts them into the manifest."""
        own = self._own_keys(rows)
        partitions = self._partitions(rows)
        order = ascending_order(self._sort_keys(rows, partitions), rows.count)
        for key in own:
            positions = key.positions(self._table.rows, order)
            rows = rows.with_positions(key.key.position_column, positions)
        entry = self._workspace.entry(self._schema.name)
        writer = self._workspace.writer
        dictionaries = dict(entry.dictionaries)
        for name, form in rows.forms.items():
            if isinstance(form, Coded) and isinstance(form.domain, Dictionary):
                key_ = column_key(self._schema, name)
                before = dictionaries.get(key_)
                dictionaries[key_] = writer.write_dictionary(form.domain, before)
        if partitions is not None and order is not None:
            partitions = partitions[order]
        segments = writer.write_segments(
            self._stored_columns(rows), rows.count, order, partitions=partitions
        )
        segments = (*entry.segments, *segments)
        self._workspace.replace(replace(entry, segments=segments, dictionaries=dictionaries))

    def _partitions(self, rows: LoadedRows) -> PartitionNumbers | None:
        """The partition of each row; None if the table has none."""
        partitioning = self._schema.partitioning
        if partitioning is None:
            return None
        name = partitioning.column
        type = self._schema.column(name).type
        key = self._schema.foreign_key_on(name)
        if key is None:
            return partitioning.partitions_of(rows.values(name), rows.valid[name], type)
        positions = rows.positions[name]
        values = self._workspace.snapshot().table(key.table).values(key.referenced[0])[0]
        numbers = take(partitioning.partitions_of(values, None, type), np.maximum(positions, 0))
        return np.where(positions >= 0, numbers, NULL_PARTITION)

    def _sort_keys(self, rows: LoadedRows, partitions: PartitionNumbers | None) -> list[SortKey]:
        """Partitions come first, NULL's last of them. Keys of other tables are sorted by position,
        dictionaries by code, all else by value."""
        keys = []
        if partitions is not None:
            known = partitions != NULL_PARTITION
            keys.append(sort_key(partitions, None if known.all() else known))
        for name in self._schema.sort_columns:
            reference = self._schema.foreign_key_on(name)
            if reference is not None and not self._is_own(reference):
                positions = rows.positions[name]
                keys.append(sort_key(positions, _known(positions)))
                continue
            keys.append(form_key(rows.forms[name], rows.valid[name]))
        return keys

    def _stored_columns(self, rows: LoadedRows) -> list[StoredColumn]:
        columns = []
        for column in self._schema.columns:
            if self._schema.foreign_key_on(column.name) is None:
                key = column_key(self._schema, column.name)
                form, valid = rows.forms[column.name], rows.valid[column.name]
                columns.append(StoredColumn(key, column.type, form, valid, column.encoding))
        snapshot = self._workspace.snapshot()
        for reference in self._schema.foreign_keys:
            positions = rows.positions[reference.position_column]
            key = position_key(self._schema, reference)
            target = snapshot.table(reference.table)
            size = target.rows + (rows.count if self._is_own(reference) else 0)
            domain = Rows(reference.table, size, target.generation)
            valid = _known(positions)
            codes = positions if valid is None else np.where(valid, positions, 0)
            form = Coded(codes.astype(code_dtype(domain.size)), domain)
            columns.append(StoredColumn(key, BIGINT, form, valid, self._encoding(reference)))
        return columns

    def _encoding(self, reference: ForeignKey) -> str | None:
        if len(reference.columns) > 1:
            return None
        return self._schema.column(reference.columns[0]).encoding

    def _refuse(self, rows: LoadedRows, refused: Numbers, reasons: pa.StringArray) -> None:
        names = [column.name for column in self._schema.columns]
        texts = pa.table({name: self._text(rows, name, refused) for name in names})
        self._refusals.add(Refusal(rows.numbers[refused], reasons, texts, ConstraintError))

    def _text(self, rows: LoadedRows, column: str, chosen: Numbers) -> pa.LargeStringArray:
        """The values of a column in these rows as text."""
        type = self._schema.column(column).type
        if column in rows.forms:
            valid = rows.valid[column]
            valid = None if valid is None else valid[chosen]
            return as_text(to_arrow(take(rows.values(column), chosen), valid, type))
        key = self._schema.foreign_key_on(column)
        assert key is not None, "a column is kept by value unless it is a foreign key"
        positions = rows.positions[column][chosen]
        table = self._workspace.snapshot().table(key.table)
        values = take(table.values(key.referenced[0])[0], np.maximum(positions, 0))
        return as_text(to_arrow(values, positions >= 0, type))

    def _result(self, rows: LoadedRows) -> AppendResult:
        unknown = {
            columns: int(np.isin(np.concatenate(numbers), rows.numbers).sum())
            for columns, numbers in self._unknown.items()
        }
        return AppendResult(rows.count, self._refusals.rejects(), unknown, self._inferred)


def _known(positions: Numbers) -> Mask | None:
    known = positions >= 0
    return None if bool(known.all()) else known
