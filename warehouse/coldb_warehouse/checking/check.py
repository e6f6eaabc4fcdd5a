"""Reading everything there is, and comparing it with what is said of it.

Verified are the manifests and the chain of their digests; every checksum; statistics against
values; codes against domains; order; keys; and that there is no file that nobody needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.checking.check_chunk import chunk_faults
from coldb_warehouse.disk.files import MissingFileError
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.loading.arrange import SortKey, ascending_order, form_key, sort_key
from coldb_warehouse.loading.loaded import all_valid
from coldb_warehouse.reading.key_index import repeated_rows
from coldb_warehouse.settings import Settings
from coldb_warehouse.values import take
from coldb_warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from coldb_warehouse.reading.segment import Segment
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.schema import ForeignKey
    from coldb_warehouse.versions.history import Version

__all__ = ["CheckReport", "check"]

_CACHE_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check has found in the newest version.

    `nbytes` counts the bytes of data that were read. `problems` are damage, one line each;
    `leftovers` are files of work that was cut short: harmless, and removed by the next writer.
    """

    version: int
    tables: int
    rows: int
    chunks: int
    nbytes: int
    problems: tuple[str, ...]
    leftovers: tuple[str, ...]


def check(path: str | os.PathLike[str]) -> CheckReport:
    """Checks the newest version, and that the files of the versions kept beside it are there.

    Goes on after a problem, so as to find all. Raises StorageError if there is no warehouse at the
    path or it cannot be read, and UnsupportedFormatError.
    """
    checker = _Checker()
    settings = Settings(memory_limit=_CACHE_BYTES)
    checker.attempt(partial(checker.warehouse, path, settings))
    return checker.report()


class _Checker:
    def __init__(self) -> None:
        self._problems: list[str] = []
        self._leftovers: list[str] = []
        self._version = self._tables = self._rows = self._chunks = self._nbytes = 0

    def report(self) -> CheckReport:
        return CheckReport(
            self._version,
            self._tables,
            self._rows,
            self._chunks,
            self._nbytes,
            tuple(dict.fromkeys(self._problems)),
            tuple(self._leftovers),
        )

    def attempt(self, step: Callable[[], None]) -> None:
        """Runs a step; damage that it meets is a problem, and ends that step only."""
        try:
            step()
        except CorruptionError as error:
            self._problems.append(str(error))

    def warehouse(self, path: str | os.PathLike[str], settings: Settings) -> None:
        with Warehouse.open(path, read_only=True, settings=settings) as opened:
            snapshot = opened.snapshot()
            self._version = snapshot.version
            self.attempt(partial(self._versions, opened))
            for schema in snapshot.tables:
                self._table(snapshot.table(schema.name))

    def _versions(self, opened: Warehouse) -> None:
        """The kept manifests are whole and follow each other; their files, and only they, exist."""
        versions: dict[int, Version] = {}
        for number in opened.history.numbers():
            try:
                versions[number] = opened.history.read(number)
            except MissingFileError:
                continue  # a writer has swept it meanwhile
            except CorruptionError as error:
                self._problems.append(str(error))
        for before, after in pairwise(versions.values()):
            follows = after.manifest.version == before.manifest.version + 1
            if follows and after.manifest.previous != before.digest:
                self._problems.append(
                    f"manifest {after.manifest.version} does not follow manifest "
                    f"{before.manifest.version} as it is: one of them was changed"
                )
        needed = {file for version in versions.values() for file in version.manifest.files()}
        present = set(opened.files.names())
        for name in sorted(needed - present):
            path = opened.files.directory.path_of(name)
            self._problems.append(f'data file "{path}" is missing; restore it from a backup')
        if len(versions) == len(opened.history.numbers()):
            self._leftovers = sorted(present - needed)

    def _table(self, table: TableSnapshot) -> None:
        self._tables += 1
        self._rows += table.rows
        for segment in table.segments:
            for name in table.column_names:
                self.attempt(partial(self._chunk, table, name, segment))
            self.attempt(partial(self._order, table, segment))
        for name in table.column_names:
            self.attempt(partial(self._dictionary, table, name))
        self.attempt(partial(self._primary_key, table))
        for key in table.schema.foreign_keys:
            if len(key.columns) > 1:
                self.attempt(partial(self._positions, table, key))

    def _chunk(self, table: TableSnapshot, name: str, segment: Segment) -> None:
        chunk, said = segment.chunk(name), segment.statistics(name)
        self._chunks += 1
        self._nbytes += said.nbytes
        faults = list(chunk_faults(chunk, said))
        nullable = name.startswith("#") or table.schema.column(name).nullable
        if not nullable and said.nulls:
            faults.append("it has nulls and is NOT NULL")
        where = self._where(table, name)
        self._problems += [
            f"{where}, rows from {segment.first_row} on: {fault}" for fault in faults
        ]

    def _order(self, table: TableSnapshot, segment: Segment) -> None:
        if not segment.is_sorted:
            return
        keys: list[SortKey] = []
        for name in table.schema.sort_columns:
            reference = table.schema.foreign_key_on(name)
            if reference is not None and reference.table == table.schema.name:
                break  # sorted by the key itself, whose row may have been anywhere at that time
            chunk = segment.chunk(name)
            keys.append(form_key(chunk.form, chunk.valid))
        if ascending_order(keys, segment.rows) is not None:
            self._problems.append(
                f'table "{table.schema.name}", rows from {segment.first_row} on: not in order'
            )

    def _dictionary(self, table: TableSnapshot, name: str) -> None:
        domain = table.domain(name)
        if not isinstance(domain, Dictionary):
            return
        if len(repeated_rows([domain.values])):
            self._problems.append(f"{self._where(table, name)}: its dictionary repeats a value")
        key = sort_key(domain.values, None)
        if domain.is_sorted and ascending_order([key], domain.size) is not None:
            self._problems.append(f"{self._where(table, name)}: its dictionary is not in order")

    def _primary_key(self, table: TableSnapshot) -> None:
        names = table.schema.primary_key
        if not names or not table.rows:
            return
        keys = [table.values(name)[0] for name in names]
        live = table.live
        if live is not None:
            keys = [take(values, np.flatnonzero(live)) for values in keys]
        if len(repeated_rows(keys)):
            self._problems.append(f'table "{table.schema.name}": a primary key occurs twice')

    def _positions(self, table: TableSnapshot, key: ForeignKey) -> None:
        """A key of several columns is stored twice: as it is written, and as a position."""
        positions, known = table.values(key.position_column)
        assert isinstance(positions, np.ndarray)
        written = [table.values(name) for name in key.columns]
        found = table.referenced(key.table).positions_of(
            [values for values, _ in written], all_valid([valid for _, valid in written])
        )
        stored = positions if known is None else np.where(known, positions, -1)
        wrong = stored != found
        if table.live is not None:
            wrong &= table.live
        if wrong.any():
            self._problems.append(f"{self._where(table, key.position_column)}: wrong positions")

    def _where(self, table: TableSnapshot, column: str) -> str:
        return f'column "{column}" of table "{table.schema.name}"'
