"""Removing what nobody needs any more: old versions, and files that no kept version names.

Only the holder of the writer lock sweeps. Kept are the versions that the retention says, and those
that are being read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.errors import CorruptionError

if TYPE_CHECKING:
    from coldb_warehouse.disk.data_files import DataFiles
    from coldb_warehouse.versions.history import History
    from coldb_warehouse.versions.manifest_codec import Outline
    from coldb_warehouse.versions.retention import Retention

__all__ = ["Sweeper", "Swept"]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has removed: versions, data files, and the bytes of these."""

    versions: int
    files: int
    nbytes: int


class Sweeper:
    """Sweeps one warehouse, and remembers which files a version names."""

    def __init__(self, history: History, files: DataFiles) -> None:
        self._history = history
        self._files = files
        self._outlines: dict[int, Outline] = {}

    def remember(self, number: int, outline: Outline) -> None:
        """Takes note of a version, so that its manifest need not be read for it."""
        self._outlines[number] = outline

    def sweep(self, retention: Retention, newest: int, now: int) -> Swept:
        """Removes the versions that need not be kept and the files that only they named.

        `newest` is the number of the newest version that is whole: what comes after it is torn.
        `now` is in microseconds. While a version that is kept is damaged no data is removed.
        Raises StorageError, UnsupportedFormatError.
        """
        self._history.remove_leftovers()
        numbers = [number for number in self._history.numbers() if number <= newest]
        whole = [number for number in numbers if not self._was_torn(number)]
        removed: set[int] = set()
        try:
            for number in retention.retired(whole, lambda n: self._outline(n).committed_at, now):
                if self._history.remove(number):
                    removed.add(number)
            kept = [number for number in whole if number not in removed]
            self._outlines = {number: self._outline(number) for number in reversed(kept)}
        except CorruptionError:
            return Swept(len(removed), 0, 0)
        unneeded = frozenset(self._files.names())
        for outline in self._outlines.values():  # the newest first: it needs most of them
            unneeded -= outline.files
        nbytes = sum(self._files.remove(name) for name in sorted(unneeded))
        return Swept(len(removed), len(unneeded), nbytes)

    def _outline(self, number: int) -> Outline:
        if number not in self._outlines:
            self._outlines[number] = self._history.outline(number)
        return self._outlines[number]

    def _was_torn(self, number: int) -> bool:
        """Whether it is no version, but what a power failure left of one; it is then removed.

        Nobody looks for the newest version in that place, since a whole one came after it.
        """
        try:
            self._outline(number)
        except CorruptionError:
            return self._history.is_torn(number) and self._history.remove(number)
        return False
