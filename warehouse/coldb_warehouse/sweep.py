"""Removing what nobody needs any more: old versions, and files that no kept version names.

Only the holder of the writer lock sweeps. The newest versions are kept, so that readers of a recent
snapshot find its files; and a file that is open stays readable after it is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.errors import CorruptionError

if TYPE_CHECKING:
    from coldb_warehouse.data_files import DataFiles
    from coldb_warehouse.history import History

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
        """Removes what the newest versions do not need; raises StorageError.

        While one of these versions is damaged nothing is removed but older versions.
        """
        numbers = self._history.numbers()
        for number in numbers[:-KEPT_VERSIONS]:
            self._history.remove(number)
        self._history.remove_leftovers()
        kept = numbers[-KEPT_VERSIONS:]
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
