"""Changes that become visible together or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from coldb_warehouse import catalog
from coldb_warehouse.disk.files import SyncError
from coldb_warehouse.errors import CatalogError, ConstraintError, StorageError
from coldb_warehouse.nearest import nearest
from coldb_warehouse.reading.moves import GONE
from coldb_warehouse.reading.snapshot import Snapshot
from coldb_warehouse.writing.definitions import Definitions
from coldb_warehouse.writing.segment_writer import SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    import numpy.typing as npt
    import pyarrow as pa

    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.loading.rejects import AppendResult
    from coldb_warehouse.reading.cache import Cache
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.settings import Settings
    from coldb_warehouse.versions.manifest import Manifest, TableEntry
    from coldb_warehouse.writing.optimize import OptimizeResult

__all__ = ["Publisher", "Transaction"]


class Publisher(Protocol):
    """The right to write, which a transaction has until it ends in one of the first two ways."""

    def publish(self, manifest: Manifest, snapshot: Snapshot, written: Iterable[str]) -> None:
        """Makes the manifest, of which the snapshot is given too, the newest.

        Of the data files that were written on the way to it, those that it does not name go.
        """

    def give_up(self) -> None:
        """Changes nothing."""

    def distrust(self) -> None:
        """The disk has failed: nothing more is to be written before the warehouse is reopened."""


class Transaction(Definitions):
    """The one writer, from `Warehouse.begin` to `commit` or `rollback`.

    As a context manager it commits at the end of the block, or rolls back if the block raises.
    After an error of the storage it can only be rolled back.
    """

    def __init__(
        self,
        base: Snapshot,
        manifest: Manifest,
        files: DataFiles,
        cache: Cache,
        settings: Settings,
        publisher: Publisher,
    ) -> None:
        """`manifest` is that of `base`, with the number that this transaction's version will have."""
        self.settings = settings
        self.writer = SegmentWriter(files, settings, manifest.version)
        self._manifest = self._before = manifest
        self._snapshot = base
        self.files = files
        self._cache = cache
        self._publisher = publisher
        self._open = True
        self._failed = False

    def snapshot(self) -> Snapshot:
        """The state with this transaction's changes."""
        return self._snapshot

    def entry(self, table: str) -> TableEntry:
        """The table in the manifest to be published."""
        return catalog.find_table(self._manifest, table)

    def replace(self, entry: TableEntry) -> None:
        """Puts a changed table in the place of the one with the same id."""
        self._change(self._manifest.with_table(entry))

    def append(
        self,
        table: str,
        data: pa.Table | pa.RecordBatchReader,
        *,
        apply_policies: bool = False,
        overwrite: bool = False,
        written: Callable[[int], None] | None = None,
    ) -> AppendResult:
        """Appends rows. `data` has columns of the table by name; those it lacks get their initial
        value, NULL if none is declared.

        With `overwrite` the rows take the place of those that their partitions had, or, in a table
        without partitions, of all rows; ConstraintError if one of these is referenced.

        Rows of tables that nothing references may get other positions by it.

        What does not fit into the memory limit is sorted on disk; while that is merged, `written`
        hears from time to time how many rows have been written.

        Without policies, a value that does not fit its column is a ConversionError; a NULL where
        none may be, a repeated primary key and a missing foreign key are ConstraintErrors; and
        nothing changes. With policies such rows are set aside, save that a missing key is treated
        as its foreign key says.
        """
        from coldb_warehouse.loading.load import Load
        from coldb_warehouse.writing.merge import tidy

        with self._whole_or_nothing():
            _check_columns(self._snapshot.table(table).schema, data.schema)
            load = Load(
                self, table, apply_policies=apply_policies, overwrite=overwrite, written=written
            )
            result = load.run(_batches(data))
            tidy(self, table)
            return result

    def delete(self, table: str, positions: npt.ArrayLike) -> int:
        """Deletes the rows at these positions; how many of them were not deleted before.

        No row moves. Raises ConstraintError if a row that remains references one of them.
        """
        from coldb_warehouse.writing.delete import delete_rows

        with self._whole_or_nothing():
            return delete_rows(self, table, positions)

    def update(self, table: str, positions: npt.ArrayLike, data: pa.Table) -> int:
        """Gives the row at positions[i] the values of row i of the data; the number of rows.

        The data has the columns that change. No row moves. Raises ConversionError for a value that
        does not fit; ConstraintError for NULL where none may be, a key that another row has, a
        foreign key that is not found, and another key for a row that is referenced; CatalogError
        for a position that occurs twice or has no row.
        """
        from coldb_warehouse.writing.update import update_rows

        with self._whole_or_nothing():
            _check_columns(self._snapshot.table(table).schema, data.schema)
            return update_rows(self, table, positions, data)

    def optimize(self, table: str | None = None) -> tuple[OptimizeResult, ...]:
        """Puts a table, or all of them, in the best order; what each was before and after.

        Rows move: positions that were read before are of no use after.
        """
        from coldb_warehouse.writing.optimize import optimize_table

        with self._whole_or_nothing():
            names = [entry.schema.name for entry in self._manifest.tables]
            if table is not None:
                names = [self._snapshot.table(table).schema.name]
            return tuple(optimize_table(self, name) for name in names)

    def drop_partition(self, table: str, value: int | str | None) -> int:
        """Removes all rows of the partition that a value (as types.py has it) belongs to; how many.

        Raises CatalogError if the table has no partitions, ConstraintError if rows are referenced.
        """
        from coldb_warehouse.writing.partitions import drop_partition

        with self._whole_or_nothing():
            return drop_partition(self, table, value)

    def truncate(self, table: str) -> None:
        """Removes all rows; ConstraintError while a table that has rows references it."""
        entry = catalog.find_table(self._changeable(), table)
        for other in self._manifest.tables:
            references = any(key.table == table for key in other.schema.foreign_keys)
            if references and other.live_rows and other is not entry:
                raise ConstraintError(
                    f'table "{table}" cannot be emptied, because the rows of table '
                    f'"{other.schema.name}" reference it; empty that one first'
                )
        from coldb_warehouse.writing.generations import move_rows

        empty = replace(entry, segments=(), dictionaries={})
        with self._whole_or_nothing():
            move_rows(self, empty, np.full(entry.rows, GONE))

    def commit(self) -> int:
        """Makes the changes durable and visible; the number of the version that has them.

        Raises StorageError if that fails: the newest version is then the one before, unless the
        message says that it is not known. The transaction is over in any case.
        """
        from coldb_warehouse.writing.merge import tidy

        self._changeable()
        try:
            for entry in self._manifest.tables:
                if entry not in self._before.tables:
                    tidy(self, entry.schema.name)
        except BaseException:
            self.rollback()
            raise
        manifest = self._manifest
        changed = manifest is not self._before
        self._open = False
        if not changed:
            self._publisher.give_up()
            return self._snapshot.version
        self._publisher.publish(manifest, self._snapshot, self.writer.names)
        return manifest.version

    def rollback(self) -> None:
        """Forgets the changes. Once the transaction is over, this does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self.files.forget(self.writer.names)
        finally:
            self._publisher.give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.rollback()
        elif self._open:
            self.commit()

    @contextmanager
    def _whole_or_nothing(self) -> Iterator[None]:
        """Undoes what the block has changed if it raises."""
        self._changeable()
        before = self._manifest, self._snapshot
        try:
            yield
        except StorageError as error:
            self._failed = True
            if isinstance(error, SyncError):
                self._publisher.distrust()
            raise
        except BaseException:
            self._manifest, self._snapshot = before
            raise

    def _changeable(self) -> Manifest:
        if not self._open:
            raise StorageError("the transaction is over; begin another one")
        if self._failed:
            raise StorageError("the transaction has failed; roll it back and begin another one")
        return self._manifest

    def _change(self, manifest: Manifest) -> None:
        self._snapshot = Snapshot(
            replace(manifest, version=self._snapshot.version),
            self.files,
            self._cache,
            self._snapshot,
        )
        self._manifest = manifest


def _check_columns(schema: TableSchema, data: pa.Schema) -> None:
    names = [column.name for column in schema.columns]
    for name in data.names:
        if name not in names:
            hint = nearest(name, names)
            raise CatalogError(f'table "{schema.name}" has no column "{name}"{hint}')
        if data.names.count(name) > 1:
            raise CatalogError(f'the data for table "{schema.name}" has column "{name}" twice')


def _batches(data: pa.Table | pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    yield from data.to_reader() if isinstance(data, pa.Table) else data
