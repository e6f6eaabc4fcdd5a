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
import time
import weakref
from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING, Self

from coldb_warehouse.archive import Archive
from coldb_warehouse.disk.data_files import DataFiles
from coldb_warehouse.disk.files import Directory, MissingFileError, SyncError, make_directory
from coldb_warehouse.disk.lock import LOCK_NAME, ReaderLock, WriterLock
from coldb_warehouse.errors import CatalogError, CorruptionError, LockedError, StorageError
from coldb_warehouse.reading.cache import Cache, default_limit
from coldb_warehouse.reading.snapshot import Snapshot
from coldb_warehouse.settings import Settings
from coldb_warehouse.versions.history import History, Version
from coldb_warehouse.versions.manifest import Manifest
from coldb_warehouse.versions.manifest_codec import Outline
from coldb_warehouse.versions.retention import Retention
from coldb_warehouse.versions.sweep import Sweeper, Swept
from coldb_warehouse.writing.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from types import TracebackType

    from coldb_warehouse.info import VersionInfo

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
        self._archive = Archive(self.history, self.files, self._cache)
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

    def snapshot(self, version: int | None = None, at: datetime | None = None) -> Snapshot:
        """The newest version, or the one of that number, or the one that was the newest at that
        moment (UTC if it has no zone). It stays readable as long as the snapshot exists.

        Never waits for a writer; cheap while there is no newer version. Raises CatalogError if that
        version is not kept, CorruptionError, StorageError.
        """
        with self._guard:
            newest = self._current().snapshot
            if at is not None:
                if version is not None:
                    raise CatalogError("a version has a number or a moment; give one of them")
                version = self._archive.number_at(at, newest.version)
            if version is None or version == newest.version:
                return newest
            return self._archive.snapshot(version, newest)

    def versions(self) -> tuple[VersionInfo, ...]:
        """The versions that can be read, the oldest first; raises CorruptionError."""
        with self._guard:
            return self._archive.versions(self._current().snapshot.version)

    @property
    def retention(self) -> Retention:
        """Which versions are kept when newer ones are written: see `Transaction.set_retention`."""
        with self._guard:
            return self._current().version.manifest.retention

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever opens the warehouse should be told, one line each; nothing if all is well."""
        with self._guard:
            newest = self._current()
        version = newest.version.manifest.version
        if newest.number == version:
            return ()
        torn = self.history.path_of(newest.number)
        return (
            f'manifest "{torn}" is torn: a commit was lost when the power failed, and this is '
            f"version {version}, the one before; check that the disk keeps what it confirms",
        )

    def begin(self) -> Transaction:
        """Becomes the writer until the transaction ends.

        Raises LockedError if there is one, also in this process, after `lock_timeout` seconds.
        """
        lock = self._lock()
        try:
            newest = self._current_version()
            self._sweep(newest.version.manifest.retention, newest)
            return self._begin(newest, lock)
        except BaseException:
            lock.release()
            raise

    def vacuum(self, keep: int = 1) -> Swept:
        """Removes now all but the newest `keep` versions and those that are being read.

        Raises LockedError as `begin` does, StorageError, CatalogError if `keep` is not positive.
        """
        retention = Retention(versions=keep)
        lock = self._lock()
        try:
            return self._sweep(retention, self._current_version())
        finally:
            lock.release()

    def close(self) -> None:
        """Closes all files. A transaction that is still open is rolled back."""
        transaction = self._transaction()
        if transaction is not None:
            transaction.rollback()
        self._cache.clear()
        with self._guard:
            self._newest = None  # its lock would keep the version for nobody
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

    def _lock(self) -> WriterLock:
        if self.read_only:
            raise LockedError(f'"{self.path}" is open for reading only; open it for writing')
        if self._process != os.getpid():
            raise StorageError(f'"{self.path}" was opened by another process; open it in this one')
        if self._distrusted:
            raise StorageError(
                f'the disk has not confirmed an earlier write to "{self.path}"; '
                f"close the warehouse and open it again"
            )
        return WriterLock(self._root, self.settings.lock_timeout)

    def _sweep(self, retention: Retention, newest: _Newest) -> Swept:
        return self._sweeper.sweep(retention, newest.version.manifest.version, _now())

    def _begin(self, newest: _Newest, lock: WriterLock) -> Transaction:
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

    def _publish(self, manifest: Manifest, snapshot: Snapshot, written: Iterable[str]) -> None:
        # Moments ascend with versions, also when the clock is set back.
        manifest = replace(manifest, committed_at=max(_now(), manifest.committed_at + 1))
        self.files.directory.sync()
        version = self.history.publish(manifest)
        with self._guard:
            lock = self.history.read_lock(manifest.version)
            self._adopt(manifest.version, version, snapshot, lock)
        outline = Outline(manifest.committed_at, frozenset(manifest.files()))
        self._sweeper.remember(manifest.version, outline)
        self.files.forget(name for name in written if name not in outline.files)

    def _current_version(self) -> _Newest:
        with self._guard:
            return self._current()

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

    def publish(self, manifest: Manifest, snapshot: Snapshot, written: Iterable[str]) -> None:
        try:
            self._warehouse._publish(manifest, snapshot, written)
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
        History(manifests).publish(Manifest(version=1, committed_at=_now()))
        manifests.close()
    finally:
        lock.release()


def _now() -> int:
    """Microseconds since 1970-01-01 00:00 UTC."""
    return time.time_ns() // 1_000


def _has_version(root: Directory) -> bool:
    manifests = Directory(_MANIFESTS, parent=root)
    try:
        return bool(History(manifests).numbers())
    finally:
        manifests.close()
