"""The directory `data`: files of one or more chunks, and how their bytes are found again.

A file is called `<version>-<transaction>-<number>.col`. The transaction's part is random, so that
no name is ever used twice, and a name alone tells which bytes are meant.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING

from coldb_warehouse.disk.files import Directory, MissingFileError
from coldb_warehouse.errors import CorruptionError, StorageError
from coldb_warehouse.versions.manifest import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb_warehouse.chunks.writer import EncodedChunk
    from coldb_warehouse.versions.history import History

__all__ = ["DataFiles"]

_NAME = re.compile(r"\d+-[0-9a-f]+-\d+\.(col|spill)")


class DataFiles:
    """Reads and writes data files. All methods may be called by several threads."""

    def __init__(self, directory: Directory, history: History) -> None:
        self.directory = directory
        self._history = history

    def names(self) -> list[str]:
        """The data files that are there."""
        return [name for name in self.directory.names() if _NAME.fullmatch(name)]

    def write(self, name: str, chunks: Sequence[EncodedChunk]) -> list[Place]:
        """Writes the chunks one after the other into a new file, and syncs it."""
        self.directory.create(name, [part for chunk in chunks for part in chunk.parts])
        ends = list(accumulate(chunk.nbytes for chunk in chunks))
        return [
            Place(name, end - chunk.nbytes, chunk.nbytes, chunk.header_crc, ends[-1])
            for chunk, end in zip(chunks, ends, strict=True)
        ]

    def read(self, place: Place) -> bytes:
        """The bytes of a chunk, not verified yet."""
        try:
            return self.directory.read(place.file, place.offset, place.length, place.file_bytes)
        except MissingFileError as error:
            path = self.directory.path_of(place.file)
            newest = self._history.newest()
            if newest is not None and place.file in newest.manifest.files():
                raise CorruptionError(
                    f'data file "{path}" is missing; restore it from a backup'
                ) from error
            raise StorageError(
                f'data file "{path}" is gone, because newer versions have replaced what is being '
                f"read; run the query again"
            ) from error

    def remove(self, name: str) -> int:
        """Removes a file that no version needs any more; how many bytes it had."""
        nbytes = self.directory.size(name)
        self.directory.remove(name)
        return nbytes

    def forget(self, names: Iterable[str]) -> None:
        """Removes files that no version has ever named; what cannot be removed is swept later."""
        for name in names:
            with suppress(StorageError):
                self.directory.remove(name)

    def path_of(self, place: Place) -> str:
        return self.directory.path_of(place.file)
