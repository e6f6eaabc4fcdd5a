"""The public API: connections and cursors after PEP 249, with Arrow on top."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any

from coldb.cursor import Cursor
from coldb.errors import InterfaceError, translated
from coldb.session import Session

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from coldb_warehouse import Warehouse

__all__ = ["Connection", "connect"]


def connect(
    path: str | os.PathLike[str] = ":memory:",
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory_limit: str | int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Connection:
    """Opens a database directory, made if it is missing; ":memory:" is one that vanishes with the connection.

    `threads` defaults to the number of cores. `memory_limit` is bytes, or a text such as "2GB".
    `settings` are for tests and experts: block_rows, segment_rows, force_encoding, force_dictionary,
    rules_off (names of optimizer rules to leave out). Raises coldb.Error when the path cannot be opened.
    Warns (RuntimeWarning) if the disk has lost the last commit.
    """
    with translated():
        session = Session.open(path, read_only, threads, memory_limit, dict(settings or {}))
    for notice in session.warehouse.notices:
        warnings.warn(notice, RuntimeWarning, stacklevel=2)
    return Connection(session)


class Connection:
    """One user's view of a database. Statements commit by themselves unless BEGIN was given.

    Connections are for one thread at a time, but `interrupt` may be called from any.
    """

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        self._lock = threading.Lock()

    @property
    def session(self) -> Session:
        if self._session is None:
            raise InterfaceError("the connection is closed")
        return self._session

    @property
    def warehouse(self) -> Warehouse:
        """The storage below, for catalog views and loads."""
        return self.session.warehouse

    @property
    def in_transaction(self) -> bool:
        return self.session.in_transaction

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Cursor:
        """Runs one statement (or several, separated by semicolons: the last one's result stays)."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any] | Mapping[str, Any]]) -> Cursor:
        """Runs a statement once for each set of parameters, all in one transaction."""
        return self.cursor().executemany(sql, rows)

    def register(self, name: str, frame: Any) -> None:
        """Makes a frame (Arrow table, pandas or Polars frame, anything with __arrow_c_stream__) a table to query."""
        with translated():
            self.session.register(name, frame)

    def unregister(self, name: str) -> None:
        self.session.unregister(name)

    def commit(self) -> None:
        """Ends a transaction that BEGIN opened, if there is one."""
        with translated():
            self.session.commit()

    def rollback(self) -> None:
        """Undoes a transaction that BEGIN opened, if there is one."""
        with translated():
            self.session.rollback()

    def interrupt(self) -> None:
        """Cancels the running statement, from any thread: it raises coldb.InterruptError."""
        session = self._session
        if session is not None:
            session.interrupt()

    def close(self) -> None:
        """Rolls an open transaction back and releases everything. Closing twice is harmless."""
        session, self._session = self._session, None
        if session is not None:
            with translated():
                session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
