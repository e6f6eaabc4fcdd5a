"""What the sources of files share: which files a query names, and that they stay as they were."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from coldb_etl.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coldb_etl.sources.source import Position

__all__ = ["SourceFiles"]


class SourceFiles:
    """A file, or the files under a directory, as they were when this was made."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise SourceError(f'there is no file or directory "{path}"')
        self._root = path
        self._seen: dict[Path, tuple[int, int]] = {}

    def named(self, query: str) -> list[Path]:
        """The files that a query stands for: a file name, or a pattern such as `sales/*.csv`.

        When the source is itself one file, the query is its name or `*`. Raises SourceError if
        there are none. They come sorted.
        """
        pattern = query.strip()
        if self._root.is_file():
            found = [self._root] if pattern in ("*", self._root.name) else []
        else:
            found = self._found(pattern)
        if not found:
            raise SourceError(f'there is no file "{pattern}" in "{self._root}"')
        for file in found:
            self._seen.setdefault(file, _state(file))
        return found

    def position(self) -> Position:
        """The sizes and times of all files of the source."""
        files = [self._root] if self._root.is_file() else sorted(self._root.rglob("*"))
        return {
            os.fspath(file.name if file == self._root else file.relative_to(self._root)): list(
                _state(file)
            )
            for file in files
            if file.is_file()
        }

    def check_unchanged(self, files: Sequence[Path]) -> None:
        """Raise SourceError if one of the files is no longer as it was when first named."""
        for file in files:
            if _state(file) != self._seen[file]:
                raise SourceError(f'file "{file}" changed while it was read: run again')

    def _found(self, pattern: str) -> list[Path]:
        exact = self._root / pattern
        if exact.is_file():  # a name may itself contain what a pattern is made of
            return [exact]
        try:
            return sorted(file for file in self._root.glob(pattern) if file.is_file())
        except (ValueError, NotImplementedError) as error:
            raise SourceError(f'"{pattern}" is no file name or pattern: {error}') from error


def _state(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError as error:
        raise SourceError(f'file "{file}": {error.strerror}') from error
    return status.st_size, status.st_mtime_ns
