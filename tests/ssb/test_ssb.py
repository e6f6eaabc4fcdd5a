"""The 13 queries of the Star Schema Benchmark have DuckDB's answers, found by position."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

import coldb
from benchmarks.answers import same_rows
from benchmarks.ssb.generator import generate
from benchmarks.ssb.workload import SSB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workload import Query

SEED = 2  # at scale 0.1 every query finds rows with it
QUERIES = pytest.mark.parametrize("query", SSB.queries, ids=lambda query: query.name)
SIZES: dict[str, tuple[float, dict[str, Any]]] = {
    "many_segments": (0.02, {"block_rows": 1000, "segment_rows": 20_000}),
    "one_segment": (0.1, {}),
}


@pytest.fixture(scope="module", params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(size: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return generate(tmp_path_factory.mktemp(size), SIZES[size][0], SEED)


@pytest.fixture(scope="module")
def star(size: str, files: dict[str, Path]) -> Iterator[coldb.Connection]:
    with closing(coldb.connect(":memory:", threads=2, settings=SIZES[size][1])) as connection:
        connection.execute(SSB.schema)
        for table, path in files.items():
            connection.execute(f"COPY {table} FROM '{path}'")
        yield connection


@pytest.fixture(scope="module")
def truth(files: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.execute(f"CREATE VIEW {table} AS FROM '{path}'")
        yield connection


@QUERIES
def test_answer(
    query: Query, size: str, star: coldb.Connection, truth: duckdb.DuckDBPyConnection
) -> None:
    answer = star.execute(query.sql).fetchall()
    expected = truth.execute(query.sql).fetchall()
    assert expected or size == "many_segments"
    assert same_rows(answer, expected)
    assert sorted_as_asked(query, answer)


def sorted_as_asked(query: Query, rows: list[tuple[Any, ...]]) -> bool:
    """Q3 sorts by year and, downwards, by revenue, which may tie; the others by all their keys."""
    match query.name[1]:
        case "1":
            return True
        case "2":
            keys = [row[1:] for row in rows]
        case "3":
            keys = [(row[2], -row[3]) for row in rows]
        case _:
            keys = [row[:-1] for row in rows]
    return keys == sorted(keys)


@QUERIES
def test_joins_are_position_look_ups(query: Query, star: coldb.Connection) -> None:
    plan = explain(star, query)
    joins = query.sql.split("FROM")[1].split("WHERE")[0].count(",")
    assert plan.count("position look-ups") == joins


@pytest.mark.parametrize("name", ["q1.1", "q1.2", "q1.3", "q3.4", "q4.2", "q4.3"])
def test_blocks_outside_the_time_are_not_read(name: str, star: coldb.Connection) -> None:
    [query] = [query for query in SSB.queries if query.name == name]
    assert "blocks pruned" in explain(star, query)


def explain(star: coldb.Connection, query: Query) -> str:
    rows = star.execute(f"EXPLAIN ANALYZE {query.sql}").fetchall()
    return "\n".join(str(value) for row in rows for value in row)
