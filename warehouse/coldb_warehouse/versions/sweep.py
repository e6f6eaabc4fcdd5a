"""Removing what nobody needs any more: old versions, and files that no kept version names.

Only the holder of the writer lock sweeps. Kept are the versions that are being read, and the newest
ones, so that there is one to go back to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.errors import CorruptionError

if TYPE_CHECKING:
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.versions.history import History

__all__ = ["KEPT_VERSIONS", "Sweeper"]

KEPT_VERSIONS = 3


class Sweeper:
    """Sweeps one warehouse, and remembers which files a version names."""

    def __init__(self, history: History, files: DataFiles) -> None:
        self._history = history
        self._files = files
        self._named: dict[int, set[str]] = {}

    def remember(self, number: int, files: set[str]) -> None:
        """Takes note of the files of a version, so that it need not be read for them."""
        self._named[number] = files

    def sweep(self) -> None:
        """Removes what the kept versions do not need; raises StorageError.

        While one of these is damaged no data is removed.
        """
        numbers = self._history.numbers()
        old, new = numbers[:-KEPT_VERSIONS], numbers[-KEPT_VERSIONS:]
        kept = [number for number in old if not self._history.remove(number)] + new
        self._history.remove_leftovers()
        try:
            self._named = {number: self._files_of(number) for number in kept}
        except CorruptionError:
            return
        needed = set().union(*self._named.values())
        for name in self._files.names():
            if name not in needed:
                self._files.directory.remove(name)

    def _files_of(self, number: int) -> set[str]:
        if number not in self._named:
            return self._history.read(number).manifest.files()
        return self._named[number]
