"""Asking both sides, checking that the answers are equal, and measuring."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Self

from coldb_etl.accepted import accepted_tables
from coldb_etl.sources.open import source_path

from coldb.compare.equality import difference
from coldb.compare.results import Comparison, Side
from coldb.compare.rewrite import source_query
from coldb.compare.sqlite_source import SqliteSource
from coldb.compare.timing import repeated
from coldb.interruptible import run_interruptibly

if TYPE_CHECKING:
    from coldb_warehouse.schema import Source

    from coldb.connection import Connection

__all__ = ["RUNS", "SECONDS_A_SIDE", "Comparer"]

RUNS = 5
SECONDS_A_SIDE = 3.0  # no further run of a query begins after this long


class Comparer:
    """Compares queries on one warehouse. Each source is opened once: one moment for all queries.

    The source has rows that the load refused, and the warehouse has not. So what is measured is the
    query over the filling queries as they are; what is checked is the same query over those rows
    that the load accepted.
    """

    def __init__(self, connection: Connection, runs: int = RUNS) -> None:
        self._connection = connection
        self._runs = runs
        self._stack = ExitStack()
        self._opened: dict[str, SqliteSource] = {}
        snapshot = connection.warehouse.snapshot()
        self._tables = {table.name: table for table in snapshot.tables}
        self._sources = snapshot.sources
        self._accepted = (
            accepted_tables(snapshot) if any(t.filling for t in snapshot.tables) else {}
        )

    def compare(self, name: str, sql: str) -> Comparison:
        """Runs one query on both sides; raises coldb.Error, EtlError or Interrupted."""
        asked = source_query(sql, self._tables, self._sources)
        checked = source_query(sql, self._accepted, self._sources)
        source = self._source(asked.source)

        def ask_warehouse() -> tuple[list[str], list[tuple[object, ...]]]:
            cursor = self._connection.execute(sql)
            return [column[1] for column in cursor.description or ()], cursor.fetchall()

        (types, ours), our_seconds = run_interruptibly(
            lambda: repeated(ask_warehouse, self._runs, SECONDS_A_SIDE), self._connection.interrupt
        )
        theirs, their_seconds = run_interruptibly(
            lambda: repeated(lambda: source.rows(asked.sql), self._runs, SECONDS_A_SIDE),
            source.interrupt,
        )
        found = difference(types, ours, theirs)
        if found is not None and checked.sql != asked.sql:
            theirs = run_interruptibly(lambda: source.rows(checked.sql), source.interrupt)
            found = difference(types, ours, theirs)
        return Comparison(
            name,
            warehouse=Side("coldb", sql, our_seconds),
            source=Side(asked.source.kind, asked.sql, their_seconds),
            rows=len(ours),
            difference=found,
        )

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _source(self, declared: Source) -> SqliteSource:
        if declared.name not in self._opened:
            path = source_path(self._connection.warehouse, declared)
            self._opened[declared.name] = self._stack.enter_context(closing(SqliteSource(path)))
        return self._opened[declared.name]
