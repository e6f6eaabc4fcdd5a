"""The 22 queries of TPC-H, unchanged, have DuckDB's answers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

import coldb
from benchmarks.answers import same_rows
from benchmarks.tpch.workload import QUERIES, TPCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workload import Query

SCALE = 0.01

pytestmark = pytest.mark.skipif(not TPCH.queries, reason=f"the queries are not in {QUERIES}")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return TPCH.generate(tmp_path_factory.mktemp("tpch"), SCALE)


@pytest.fixture(scope="module")
def star(files: dict[str, Path]) -> Iterator[coldb.Connection]:
    settings = {"block_rows": 1000, "segment_rows": 20_000}
    with closing(coldb.connect(":memory:", threads=2, settings=settings)) as connection:
        connection.execute(TPCH.schema)
        for table, path in files.items():
            connection.execute(f"COPY {table} FROM '{path}'")
        yield connection


@pytest.fixture(scope="module")
def truth(files: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.execute(f"CREATE VIEW {table} AS FROM '{path}'")
        yield connection


@pytest.mark.parametrize("query", TPCH.queries, ids=lambda query: query.name)
def test_answer(query: Query, star: coldb.Connection, truth: duckdb.DuckDBPyConnection) -> None:
    answer = star.execute(query.sql).fetchall()
    expected = truth.execute(query.sql).fetchall()
    assert same_rows(answer, expected, ordered=True), f"{answer[:3]}\n{expected[:3]}"
