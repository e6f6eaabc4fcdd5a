"""A SQLite database as the other side of a comparison."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coldb.compare.errors import CompareError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SqliteSource"]

CACHE_KIB = 256 * 1024  # generous: the warehouse keeps what it read in memory as well


class SqliteSource:
    """Opened for reading only, in one transaction: every query sees the same state."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise CompareError(f"the source {path} does not exist")
        with _errors(f"cannot open the source {path}"):
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.resolve()))}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            # The warehouse tells capitals from small letters in LIKE, as the SQL standard does.
            self._connection.execute("PRAGMA case_sensitive_like = ON")
            self._connection.execute("BEGIN")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of the query; raises CompareError with SQLite's reason."""
        with _errors("the source refuses the query"):
            return self._connection.execute(sql).fetchall()

    def interrupt(self) -> None:
        """Ends the query that another thread is running."""
        self._connection.interrupt()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CompareError(f"{what}: {error}") from error
