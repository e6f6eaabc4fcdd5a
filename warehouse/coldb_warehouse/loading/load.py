"""A load, on one page: batches become checked rows, the rows are put in order, and written.

intake          convert, check NOT NULL, look up the keys of other tables        intake.py
repeated keys   the first row of each primary key stays
own keys        look up the keys that reference this table, parents before all   own_keys.py
inference       rows for missing keys are made where the policy says so
order           sort by the table's order                                        arrange.py
write           cut into segments, encode, write                                 store.py

What does not fit into memory is sorted and spilled run by run (spill.py, runs.py), and merged when it
is written (merge_runs.py). A load that fits is one run, which never leaves memory.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.errors import ConstraintError
from coldb_warehouse.loading.arrange import ascending_order
from coldb_warehouse.loading.intake import CheckedBatch, Intake, text_column
from coldb_warehouse.loading.loaded import LoadedRows
from coldb_warehouse.loading.memory import LoadMemory
from coldb_warehouse.loading.own_keys import OwnKey, orphans
from coldb_warehouse.loading.refusals import (
    Refusal,
    Refusals,
    as_text,
    describe_key,
    describe_missing_key,
)
from coldb_warehouse.loading.rejects import AppendResult
from coldb_warehouse.loading.runs import Run, Runs, repeated_keys
from coldb_warehouse.loading.spill import SpilledRows, spill
from coldb_warehouse.loading.store import Store
from coldb_warehouse.loading.table_order import TableOrder
from coldb_warehouse.reading.key_index import repeated_rows
from coldb_warehouse.schema import ForeignKey, MissingKey
from coldb_warehouse.values import all_valid, concatenate, take
from coldb_warehouse.writing.partitions import clear_partitions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.loading.text_column import TextColumn
    from coldb_warehouse.reading.key_index import KeyIndex, Numbers
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.settings import Settings
    from coldb_warehouse.versions.manifest import TableEntry
    from coldb_warehouse.writing.segment_writer import SegmentWriter

__all__ = ["Load", "Workspace"]

_ROWS_WORTH_A_THREAD = 1 << 14
_BATCHES_AT_ONCE = 2  # beside the one that is being read


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
        self,
        workspace: Workspace,
        table: str,
        *,
        apply_policies: bool,
        overwrite: bool = False,
        written: Callable[[int], None] | None = None,
    ) -> None:
        """Without policies, any row with a fault is an error and nothing is stored.

        With `overwrite` the rows take the place of all that is in their partitions. `written` hears
        how many rows have been written while others are still to be.
        """
        self._written = written
        self._workspace = workspace
        self._apply_policies = apply_policies
        self._overwrite = overwrite
        self._table = workspace.snapshot().table(table)
        self._continued = self._table  # whose dictionaries the codes of the load go on from
        self._schema = self._table.schema
        if not apply_policies:
            keys = [replace(k, on_missing=MissingKey.REJECT) for k in self._schema.foreign_keys]
            self._schema = replace(self._schema, foreign_keys=tuple(keys))
        names = [column.name for column in self._schema.columns]
        self._refusals = Refusals(table, names)
        self._unknown: dict[tuple[str, ...], list[Numbers]] = {}
        self._inferred: dict[str, int] = {}
        self._order = TableOrder(workspace, self._schema)
        self._memory = LoadMemory(workspace.settings)
        self._spilled: list[str] = []

    def run(self, batches: Iterable[pa.RecordBatch]) -> AppendResult:
        """Loads the batches; raises ConversionError, ConstraintError, StorageError."""
        try:
            runs = self._take_in(batches)
            if self._overwrite:
                self._clear_partitions_of(runs)
            for columns in self._schema.unique_keys:
                runs = self._without_repeated_keys(runs, columns)
            runs = self._without_orphans(runs)
            if not self._apply_policies:
                self._refusals.raise_first()
            runs = self._without_unknown_own_keys(runs)
            for key in self._schema.foreign_keys:
                if key.on_missing is MissingKey.INFER:
                    runs = self._infer(runs, key)
            if runs.count:
                own_keys = self._look_up_own_keys(runs, self._own_keys())
                store = Store(self._workspace, self._table, self._order, runs, own_keys)
                store.run(self._memory.rows_of_a_range(runs), self._written)
            return self._result(runs.count)
        finally:
            for name in self._spilled:
                self._workspace.files.directory.remove(name)

    def _take_in(self, batches: Iterable[pa.RecordBatch]) -> Runs:
        """Checks one batch while the one before is kept and the next one is read, by this thread."""
        intake = Intake(self._table, self._references(), self._workspace.settings, self._refusals)
        taken: list[Run] = []

        def keep(batch: CheckedBatch) -> None:
            intake.keep(batch)
            if self._memory.is_full_with(intake) and intake.rows:
                taken.append(self._spill(intake.finish()))

        # Futures are taken out: a frame with a name for that of an error would keep itself in memory.
        checking: deque[Future[CheckedBatch]] = deque()
        running: deque[Future[None]] = deque()
        with ThreadPoolExecutor(1) as checker, ThreadPoolExecutor(1) as keeper:
            for batch in _cut(batches, self._memory.batch_rows):
                most = _BATCHES_AT_ONCE if batch.num_rows >= _ROWS_WORTH_A_THREAD else 1
                while len(running) >= most:
                    running.popleft().result()
                if most == 1:
                    keep(intake.check(batch))
                else:
                    checking.append(checker.submit(intake.check, batch))
                    running.append(keeper.submit(lambda: keep(checking.popleft().result())))
            while running:
                running.popleft().result()
        self._unknown = intake.unknown
        rest = intake.finish()
        if not taken:
            return self._runs([rest])
        return self._runs([*taken, self._spill(rest)] if rest.count else taken)

    def _runs(self, runs: Sequence[Run]) -> Runs:
        joined = Runs(runs, self._text_column)
        if joined.have_lost_order(self._order.columns):
            return self._changed(joined, lambda rows, _: rows)
        return joined

    def _text_column(self, name: str, rows_before: int) -> TextColumn:
        return text_column(self._continued, name, self._workspace.settings, rows_before)

    def _spill(self, rows: LoadedRows) -> SpilledRows:
        name = self._workspace.writer.new_name("spill")
        self._spilled.append(name)
        order = ascending_order(self._order.keys(rows), rows.count)
        batch_rows = self._workspace.settings.block_rows
        return spill(rows, order, self._order.columns, self._workspace.files, name, batch_rows)

    def _changed(self, runs: Runs, change: Callable[[LoadedRows, int], LoadedRows]) -> Runs:
        """The runs with their rows as change(rows, place of the first of them) makes them."""
        changed: list[Run] = []
        first = 0
        for number, run in enumerate(runs.runs):
            rows = change(runs.read_run(number), first)
            first += run.count
            if isinstance(run, LoadedRows):
                changed.append(rows)
                continue
            run.remove()
            if rows.count:
                changed.append(self._spill(rows))
        return self._runs(changed or [rows])

    def _clear_partitions_of(self, runs: Runs) -> None:
        """Removes what is in the partitions of these rows, or all there is without partitions."""
        found: set[int | None] = set()
        for number in range(len(runs.runs)):
            numbers = self._order.partitions(runs.read_run(number, self._order.columns))
            found |= {None} if numbers is None else set(np.unique(numbers).tolist())
        clear_partitions(self._workspace, self._schema.name, found)
        self._table = self._workspace.snapshot().table(self._schema.name)

    def _references(self) -> list[tuple[ForeignKey, KeyIndex]]:
        snapshot = self._workspace.snapshot()
        keys = [key for key in self._schema.foreign_keys if not self._is_own(key)]
        return [(key, snapshot.table(key.table).key_index()) for key in keys]

    def _is_own(self, key: ForeignKey) -> bool:
        return key.table == self._schema.name

    def _without_repeated_keys(self, runs: Runs, columns: tuple[str, ...]) -> Runs:
        """The rows whose key, of these columns, neither the table nor an earlier row has."""
        if not runs.count:
            return runs
        repeated = np.zeros(runs.count, np.bool_)
        repeated[repeated_keys(runs, columns, self._memory.parts_of_keys(runs))] = True
        first = 0
        for number, run in enumerate(runs.runs):
            rows = runs.read_run(number, columns)
            values = [rows.values(name) for name in columns]
            if self._table.may_have_keys(values, columns):
                valid = all_valid([rows.valid[name] for name in columns])
                found = self._table.positions_of(values, valid, columns)
                repeated[first : first + run.count] |= found >= 0
            first += run.count

        def reasons(rows: LoadedRows, chosen: Numbers, _: int) -> pa.StringArray:
            texts = [self._text(rows, name, chosen) for name in columns]
            return pc.binary_join_element_wise("duplicate key: ", describe_key(columns, texts), "")

        return self._without(runs, repeated, reasons)

    def _without_orphans(self, runs: Runs) -> Runs:
        """The rows whose parents in this very table are there, or will be."""
        own = self._look_up_own_keys(runs, self._own_keys(MissingKey.REJECT))
        if not own:
            return runs
        lost = orphans(own)

        def reasons(rows: LoadedRows, chosen: Numbers, first: int) -> pa.StringArray:
            found = pa.array([None] * len(chosen), pa.string())
            places = chosen + first
            for key in own:
                parentless = key.missing[places] | ((key.loaded >= 0) & lost[key.loaded])[places]
                texts = [self._text(rows, name, chosen) for name in key.key.columns]
                described = describe_missing_key(key.key.columns, texts, key.key.table)
                found = pc.coalesce(found, pc.if_else(pa.array(parentless), described, None))
            return found

        return self._without(runs, lost, reasons)

    def _without(
        self,
        runs: Runs,
        refused: Mask,
        reasons: Callable[[LoadedRows, Numbers, int], pa.StringArray],
    ) -> Runs:
        """Refuses rows: reasons(rows, chosen ones, place of the first row) says why."""
        if not refused.any():
            return runs

        def change(rows: LoadedRows, first: int) -> LoadedRows:
            here = refused[first : first + rows.count]
            chosen = np.flatnonzero(here)
            if not len(chosen):
                return rows
            chosen = chosen[np.argsort(rows.numbers[chosen])]
            self._refuse(rows, chosen, reasons(rows, chosen, first))
            return rows.take(np.flatnonzero(~here))

        return self._changed(runs, change)

    def _without_unknown_own_keys(self, runs: Runs) -> Runs:
        """NULL for the keys of this very table that are not there, where that is the policy."""
        for key in self._own_keys(MissingKey.UNKNOWN):
            missing = self._look_up_own_keys(runs, [key])[0].missing
            if missing.any():
                runs = self._changed(runs, self._nulling(key, missing))
        return runs

    def _nulling(self, key: ForeignKey, missing: Mask) -> Callable[[LoadedRows, int], LoadedRows]:
        def change(rows: LoadedRows, first: int) -> LoadedRows:
            here = missing[first : first + rows.count]
            self._unknown.setdefault(key.columns, []).append(rows.numbers[here])
            rows = rows.with_nulls(key.columns, here)
            return self._without_dangling_positions(rows, key, here)

        return change

    def _without_dangling_positions(
        self, rows: LoadedRows, nulled: ForeignKey, here: Mask
    ) -> LoadedRows:
        """Forgets where other keys lead that share a column with one that became NULL."""
        for key in self._schema.foreign_keys:
            if not self._is_own(key) and set(key.columns) & set(nulled.columns):
                column = key.position_column
                rows = rows.with_positions(column, np.where(here, -1, rows.positions[column]))
        return rows

    def _own_keys(self, policy: MissingKey | None = None) -> list[ForeignKey]:
        return [
            key
            for key in self._schema.foreign_keys
            if self._is_own(key) and policy in (None, key.on_missing)
        ]

    def _look_up_own_keys(self, runs: Runs, keys: Sequence[ForeignKey]) -> list[OwnKey]:
        """Looks keys up for the rows of all runs: these columns have to fit into memory."""
        if not keys:
            return []
        rows = runs.read({name for key in keys for name in (*key.columns, *key.referenced)})
        return [OwnKey.look_up(key, rows, self._table) for key in keys]

    def _infer(self, runs: Runs, key: ForeignKey) -> Runs:
        """Makes rows for the keys that are not there yet, and points to them."""
        if self._is_own(key):
            rows = runs.read({*key.columns, *key.referenced})
            missing = OwnKey.look_up(key, rows, self._table).missing
            parts = [_taken(rows, key, missing)]
        else:
            names = {*key.columns, key.position_column}
            taken = (runs.read_run(number, names) for number in range(len(runs.runs)))
            parts = [_taken(rows, key, _is_pending(rows, key)) for rows in taken]
        keys = [concatenate(column) for column in zip(*parts, strict=True)]
        if not len(keys[0]):
            return runs
        self._make_rows(key, keys)
        if self._is_own(key):
            self._table = self._continued = self._workspace.snapshot().table(self._schema.name)
            return self._changed(runs, self._recoded)
        table = self._workspace.snapshot().table(key.table)

        def change(rows: LoadedRows, _: int) -> LoadedRows:
            pending = _is_pending(rows, key)
            positions = rows.positions[key.position_column].astype(np.int64)
            positions[pending] = table.positions_of(_taken(rows, key, pending))
            return rows.with_positions(key.position_column, positions)

        return self._changed(runs, change)

    def _recoded(self, rows: LoadedRows, _: int) -> LoadedRows:
        """Codes that go on from the dictionaries as the rows just made have left them."""
        forms = dict(rows.forms)
        for name, form in forms.items():
            if isinstance(form, Coded) and isinstance(form.domain, Dictionary):
                valid = rows.valid[name]
                codes = pa.array(
                    form.codes.astype(np.int32), mask=None if valid is None else ~valid
                )
                column = self._text_column(name, rows.count)
                column.add(pa.DictionaryArray.from_arrays(codes, form.domain.values), None)
                forms[name] = column.finish()
        return replace(rows, forms=forms)

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

    def _result(self, stored: int) -> AppendResult:
        refused = self._refusals.numbers()
        unknown = {
            columns: int(np.isin(np.concatenate(numbers), refused, invert=True).sum())
            for columns, numbers in self._unknown.items()
        }
        return AppendResult(stored, self._refusals.rejects(), unknown, self._inferred)


def _cut(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of no more than so many."""
    for batch in batches:
        for first in range(0, batch.num_rows, rows):
            yield batch.slice(first, rows)


def _is_pending(rows: LoadedRows, key: ForeignKey) -> Mask:
    """Where a key on another table is not null and leads nowhere yet."""
    pending: Mask = rows.positions[key.position_column] < 0
    valid = all_valid([rows.valid[name] for name in key.columns])
    return pending if valid is None else pending & valid


def _taken(rows: LoadedRows, key: ForeignKey, chosen: Mask) -> list[Values]:
    """The values of a key in some rows."""
    return [take(rows.values(name), np.flatnonzero(chosen)) for name in key.columns]
