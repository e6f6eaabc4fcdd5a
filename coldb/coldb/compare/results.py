"""Asking both sides, checking that the answers are equal, and measuring."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import TYPE_CHECKING, TypeAlias

from coldb_etl.sources.open import source_path

from coldb.compare.equality import difference
from coldb.compare.errors import CompareError
from coldb.compare.rewrite import source_query
from coldb.compare.sqlite_source import SqliteSource
from coldb.compare.timing import repeated
from coldb.interruptible import run_interruptibly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coldb.connection import Connection

__all__ = [
    "Comparison",
    "Failure",
    "Result",
    "Side",
    "compare_queries",
    "compare_query",
    "mean_ratio",
]

RUNS = 5
SECONDS_A_SIDE = 3.0  # no further run of a query begins after this long


@dataclass(frozen=True, slots=True)
class Side:
    """One database's part: what it was asked, and what each run took in seconds."""

    label: str
    sql: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A query that both sides ran. `difference` is None when the answers are equal."""

    name: str
    warehouse: Side
    source: Side
    rows: int
    difference: str | None

    @property
    def ratio(self) -> float:
        """How many times as long the source took."""
        return self.source.median / self.warehouse.median


@dataclass(frozen=True, slots=True)
class Failure:
    """A query that one side did not run, and the reason in one line."""

    name: str
    reason: str


Result: TypeAlias = "Comparison | Failure"


def mean_ratio(results: Iterable[Result]) -> float | None:
    """The geometric mean of the ratios of those with equal answers; None if there are none."""
    ratios = [r.ratio for r in results if isinstance(r, Comparison) and r.difference is None]
    return geometric_mean(ratios) if ratios else None


def compare_queries(
    connection: Connection, queries: Iterable[tuple[str, str]], runs: int = RUNS
) -> Iterator[Result]:
    """Compares (name, SQL) after (name, SQL). Each source is opened once, at one moment for all."""
    from coldb.errors import Error

    with ExitStack() as stack:
        opened: dict[str, SqliteSource] = {}
        for name, sql in queries:
            try:
                yield _compared(connection, name, sql, runs, opened, stack)
            except (CompareError, Error) as error:
                yield Failure(name, str(error))


def compare_query(connection: Connection, name: str, sql: str, runs: int = RUNS) -> Comparison:
    """Compares one query; raises CompareError, coldb.Error or Interrupted."""
    with ExitStack() as stack:
        return _compared(connection, name, sql, runs, {}, stack)


def _compared(
    connection: Connection,
    name: str,
    sql: str,
    runs: int,
    opened: dict[str, SqliteSource],
    stack: ExitStack,
) -> Comparison:
    snapshot = connection.warehouse.snapshot()
    rewritten = source_query(
        sql, {table.name: table for table in snapshot.tables}, snapshot.sources
    )
    source = opened.get(rewritten.source.name)
    if source is None:
        path = source_path(connection.warehouse, rewritten.source)
        source = stack.enter_context(closing(SqliteSource(path)))
        opened[rewritten.source.name] = source

    def ask_warehouse() -> tuple[list[str], list[tuple[object, ...]]]:
        cursor = connection.execute(sql)
        return [column[1] for column in cursor.description or ()], cursor.fetchall()

    def ask_source() -> list[tuple[object, ...]]:
        return source.rows(rewritten.sql)

    (types, ours), our_seconds = run_interruptibly(
        lambda: repeated(ask_warehouse, runs, SECONDS_A_SIDE), connection.interrupt
    )
    theirs, their_seconds = run_interruptibly(
        lambda: repeated(ask_source, runs, SECONDS_A_SIDE), source.interrupt
    )
    return Comparison(
        name,
        Side("coldb", sql, our_seconds),
        Side(rewritten.source.kind, rewritten.sql, their_seconds),
        len(ours),
        difference(types, ours, theirs),
    )
