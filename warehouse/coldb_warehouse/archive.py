"""The versions that are kept beside the newest one: which there are, and reading them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from coldb_warehouse.disk.files import MissingFileError
from coldb_warehouse.errors import CatalogError, CorruptionError
from coldb_warehouse.info import VersionInfo, describe_version
from coldb_warehouse.reading.snapshot import Snapshot

if TYPE_CHECKING:
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.reading.cache import Cache
    from coldb_warehouse.versions.history import History

__all__ = ["Archive"]


class Archive:
    """What was, up to the newest version. It is asked by one thread at a time."""

    def __init__(self, history: History, files: DataFiles, cache: Cache) -> None:
        self._history = history
        self._files = files
        self._cache = cache
        self._infos: dict[int, VersionInfo] = {}
        self._snapshots: WeakValueDictionary[int, Snapshot] = WeakValueDictionary()

    def versions(self, newest: int) -> tuple[VersionInfo, ...]:
        """The versions that are kept, the oldest first; raises CorruptionError."""
        infos = {}
        for number in self._history.numbers():
            info = self._info(number) if number <= newest else None
            if info is not None:
                infos[number] = info
        self._infos = infos
        return tuple(infos.values())

    def number_at(self, moment: datetime, newest: int) -> int:
        """The version that was the newest at that moment; CatalogError if it is not kept."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        kept = self.versions(newest)
        before = [info.number for info in kept if info.committed_at <= moment]
        if not before:
            oldest = kept[0]
            raise CatalogError(
                f"no version is kept that is as old as {moment:%Y-%m-%d %H:%M:%S}; the oldest is "
                f"{oldest.number}, of {oldest.committed_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        return before[-1]

    def snapshot(self, number: int, newest: Snapshot) -> Snapshot:
        """The warehouse at an older version; CatalogError if it is not kept, CorruptionError."""
        found = self._snapshots.get(number)
        if found is not None:
            return found
        lock = self._history.read_lock(number) if 0 < number < newest.version else None
        if lock is None:
            raise CatalogError(self._not_kept(number, newest.version))
        manifest = self._history.read(number).manifest
        snapshot = Snapshot(manifest, self._files, self._cache, newest, lock)
        self._snapshots[number] = snapshot
        return snapshot

    def _info(self, number: int) -> VersionInfo | None:
        """None if it is swept meanwhile, or is what a power failure has left of a commit."""
        if number in self._infos:
            return self._infos[number]
        try:
            return describe_version(self._history.read(number).manifest)
        except MissingFileError:
            return None
        except CorruptionError:
            if self._history.is_torn(number):
                return None
            raise

    def _not_kept(self, number: int, newest: int) -> str:
        oldest = min(self._history.numbers())
        if oldest < number < newest:
            return f"version {number} is not kept; the versions around it are"
        return f"there is no version {number}: the versions from {oldest} to {newest} are kept"
