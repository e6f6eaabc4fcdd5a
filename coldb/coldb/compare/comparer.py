"""Asking both sides, checking that the answers are equal, and measuring."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Self

from coldb_etl.sources.open import source_path

from coldb.compare.equality import difference
from coldb.compare.refused import key_first, refused_rows
from coldb.compare.results import Comparison, Side
from coldb.compare.rewrite import SourceQuery, refused_table, source_query
from coldb.compare.sqlite_source import SqliteSource
from coldb.compare.timing import repeated
from coldb.interruptible import run_interruptibly

if TYPE_CHECKING:
    from coldb_warehouse.schema import TableSchema

    from coldb.connection import Connection

__all__ = ["RUNS", "Comparer"]

RUNS = 5
SECONDS_A_SIDE = 3.0  # no further run of a query begins after this long


class Comparer:
    """Compares queries on one warehouse. Each source is opened once: one moment for all queries."""

    def __init__(self, connection: Connection, runs: int = RUNS) -> None:
        self._connection = connection
        self._runs = runs
        self._stack = ExitStack()
        self._sources: dict[str, SqliteSource] = {}
        self._refused: dict[str, list[tuple[object, ...]]] = {}  # of tables looked at so far

    def compare(self, name: str, sql: str) -> Comparison:
        """Runs one query on both sides; raises coldb.Error, EtlError or Interrupted."""
        snapshot = self._connection.warehouse.snapshot()
        tables = {table.name: table for table in snapshot.tables}
        query = source_query(sql, tables, snapshot.sources, self._has_refused)
        source = self._source_for(query)

        def ask_warehouse() -> tuple[list[str], list[tuple[object, ...]]]:
            cursor = self._connection.execute(sql)
            return [column[1] for column in cursor.description or ()], cursor.fetchall()

        def ask_source() -> list[tuple[object, ...]]:
            return source.rows(query.sql)

        (types, ours), our_seconds = run_interruptibly(
            lambda: repeated(ask_warehouse, self._runs, SECONDS_A_SIDE), self._connection.interrupt
        )
        theirs, their_seconds = run_interruptibly(
            lambda: repeated(ask_source, self._runs, SECONDS_A_SIDE), source.interrupt
        )
        return Comparison(
            name,
            warehouse=Side("coldb", sql, our_seconds),
            source=Side(query.source.kind, query.sql, their_seconds),
            rows=len(ours),
            difference=difference(types, ours, theirs),
        )

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _has_refused(self, schema: TableSchema) -> bool:
        if schema.name not in self._refused:
            self._refused[schema.name] = refused_rows(self._connection.warehouse, schema)
        return bool(self._refused[schema.name])

    def _source_for(self, query: SourceQuery) -> SqliteSource:
        """The opened source, which knows the refused rows of every table of the query."""
        name = query.source.name
        if name not in self._sources:
            path = source_path(self._connection.warehouse, query.source)
            self._sources[name] = self._stack.enter_context(closing(SqliteSource(path)))
        source = self._sources[name]
        for schema in query.tables:
            if self._has_refused(schema):
                source.keep(refused_table(schema), key_first(schema), self._refused[schema.name])
        return source
