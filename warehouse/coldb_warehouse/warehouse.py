"""A warehouse on disk: opening, reading the newest version, becoming the one writer.

shop.coldb/
    LOCK            held by the writer
    manifests/      one file a version: the newest is the state      history.py
    data/           column files                                     data_files.py
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING, Self

from coldb_warehouse.disk.data_files import DataFiles
from coldb_warehouse.disk.files import Directory, MissingFileError, SyncError, make_directory
from coldb_warehouse.disk.lock import LOCK_NAME, ReaderLock, WriterLock
from coldb_warehouse.errors import CorruptionError, LockedError, StorageError
from coldb_warehouse.reading.cache import Cache, default_limit
from coldb_warehouse.reading.snapshot import Snapshot
from coldb_warehouse.settings import Settings
from coldb_warehouse.versions.history import History, Version
from coldb_warehouse.versions.manifest import Manifest
from coldb_warehouse.versions.sweep import Sweeper
from coldb_warehouse.writing.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["IN_MEMORY", "Warehouse"]

IN_MEMORY = ":memory:"
_MANIFESTS, _DATA = "manifests", "data"
_CREATION_SECONDS = 10.0  # how long to wait for another process that makes the same warehouse
_OWN_NAMES = frozenset({LOCK_NAME, _MANIFESTS, _DATA})


class Warehouse:
    """An open warehouse, for use by any thread. Once it is closed its snapshots are of no use."""

    def __init__(self, path: str, root: Directory, read_only: bool, settings: Settings) -> None:
        """Use `open`."""
        self.path = path
        self.read_only = read_only
        self.settings = settings
        self._root = root
        self.history = History(Directory(_MANIFESTS, parent=root, sync=settings.sync))
        self.files = DataFiles(Directory(_DATA, parent=root, sync=settings.sync), self.history)
        limit = default_limit() if settings.memory_limit is None else settings.memory_limit
        self._cache = Cache(limit)
        self._sweeper = Sweeper(self.history, self.files)
        self._guard = RLock()
        self._process = os.getpid()
        self._distrusted = False
        self._newest: _Newest | None = None
        self._transaction: Callable[[], Transaction | None] = lambda: None
        self._on_close: Callable[[], object] = lambda: None

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        create: bool = True,
        settings: Settings | None = None,
    ) -> Warehouse:
        """Opens the warehouse in the directory `path`, which is made if need be and allowed.

        ":memory:" is a private one that lasts until it is closed. Raises StorageError if there is
        none or the directory holds something else; CorruptionError; UnsupportedFormatError.
        """
        path = os.fspath(path)
        settings = settings or Settings()
        if path == IN_MEMORY:
            return cls._open_temporary(settings)
        create = create and not read_only
        if create:
            make_directory(path)
        try:
            root = Directory(path, sync=settings.sync)
        except MissingFileError as error:
            raise StorageError(f'there is no warehouse at "{path}"') from error
        try:
            _prepare(root, create=create, settings=settings)
            warehouse = cls(path, root, read_only, settings)
            warehouse.snapshot()
        except BaseException:
            root.close()
            raise
        return warehouse

    def snapshot(self) -> Snapshot:
        """The newest version. Never waits for a writer; cheap while there is no newer one."""
        with self._guard:
            return self._current().snapshot

    def begin(self) -> Transaction:
        """Becomes the writer until the transaction ends.

        Raises LockedError if there is one, also in this process, after `lock_timeout` seconds.
        """
        if self.read_only:
            raise LockedError(f'"{self.path}" is open for reading only; open it for writing')
        if self._process != os.getpid():
            raise StorageError(f'"{self.path}" was opened by another process; open it in this one')
        if self._distrusted:
            raise StorageError(
                f'the disk has not confirmed an earlier write to "{self.path}"; '
                f"close the warehouse and open it again"
            )
        lock = WriterLock(self._root, self.settings.lock_timeout)
        try:
            self._sweeper.sweep()
            return self._begin(lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Closes all files. A transaction that is still open is rolled back."""
        transaction = self._transaction()
        if transaction is not None:
            transaction.rollback()
        self._cache.clear()
        for directory in (self.files.directory, self.history.directory, self._root):
            directory.close()
        self._on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def _open_temporary(cls, settings: Settings) -> Warehouse:
        path = tempfile.mkdtemp(prefix="coldb-")
        warehouse = cls.open(path, settings=replace(settings, sync=False))
        warehouse.path = IN_MEMORY
        warehouse._on_close = weakref.finalize(warehouse, shutil.rmtree, path, ignore_errors=True)
        return warehouse

    def _begin(self, lock: WriterLock) -> Transaction:
        with self._guard:
            newest = self._current()
        # A torn manifest keeps its number: the next version goes after it.
        manifest = replace(
            newest.version.manifest, version=newest.number + 1, previous=newest.version.digest
        )

        transaction = Transaction(
            newest.snapshot,
            manifest,
            self.files,
            self._cache,
            self.settings,
            _Writer(self, lock),
        )
        self._transaction = weakref.ref(transaction)
        return transaction

    def _publish(self, manifest: Manifest, snapshot: Snapshot) -> None:
        self.files.directory.sync()
        version = self.history.publish(manifest)
        with self._guard:
            lock = self.history.read_lock(manifest.version)
            self._adopt(manifest.version, version, snapshot, lock)
        self._sweeper.remember(manifest.version, manifest.files())

    def _current(self) -> _Newest:
        while True:
            number = self.history.newest_number()
            if self._newest is not None and self._newest.number == number:
                return self._newest
            version = self.history.newest()
            if version is None:
                raise CorruptionError(f'"{self.path}" has no manifest any more; restore it')
            lock = self.history.read_lock(version.manifest.version)
            if lock is not None:  # else a writer has swept it meanwhile: there is a newer one
                before = self._newest.snapshot if self._newest else None
                return self._adopt(number, version, before, lock)

    def _adopt(
        self, number: int, version: Version, before: Snapshot | None, lock: ReaderLock | None
    ) -> _Newest:
        snapshot = Snapshot(version.manifest, self.files, self._cache, before, lock)
        self._newest = _Newest(number, version, snapshot)
        return self._newest


class _Writer:
    """The right to write to a warehouse: see `Publisher`."""

    def __init__(self, warehouse: Warehouse, lock: WriterLock) -> None:
        self._warehouse = warehouse
        self._lock = lock

    def publish(self, manifest: Manifest, snapshot: Snapshot) -> None:
        try:
            self._warehouse._publish(manifest, snapshot)
        except SyncError:
            self.distrust()
            raise
        finally:
            self._lock.release()

    def give_up(self) -> None:
        self._lock.release()

    def distrust(self) -> None:
        self._warehouse._distrusted = True


@dataclass(frozen=True, slots=True)
class _Newest:
    """`number` is that of the newest file, which, if it is torn, is not the version's."""

    number: int
    version: Version
    snapshot: Snapshot


def _prepare(root: Directory, *, create: bool, settings: Settings) -> None:
    """Sees to it that the directory is a warehouse, or refuses it."""
    names = root.names()
    if _MANIFESTS in names and _has_version(root):
        if _DATA not in names:
            raise CorruptionError(f'"{root.path}" has no directory "{_DATA}"; restore it')
        return
    others = [name for name in names if name not in _OWN_NAMES]
    if others:
        raise StorageError(
            f'"{root.path}" is not a warehouse and holds other files ("{others[0]}"); '
            f"choose another directory"
        )
    if not create:
        raise StorageError(f'"{root.path}" is not a warehouse')
    lock = WriterLock(root, settings.lock_timeout + _CREATION_SECONDS)
    try:
        if _MANIFESTS in root.names() and _has_version(root):
            return  # another process was faster
        root.make_directory(_MANIFESTS)
        root.make_directory(_DATA)
        root.sync()
        manifests = Directory(_MANIFESTS, parent=root, sync=settings.sync)
        History(manifests).publish(Manifest(version=1))
        manifests.close()
    finally:
        lock.release()


def _has_version(root: Directory) -> bool:
    manifests = Directory(_MANIFESTS, parent=root)
    try:
        return bool(History(manifests).numbers())
    finally:
        manifests.close()
