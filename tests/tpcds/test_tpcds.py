"""The 99 queries of TPC-DS, unchanged, have DuckDB's answers."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

import coldb
from benchmarks.complete import complete
from benchmarks.engines.duckdb_engine import LIKE_POSTGRESQL
from benchmarks.tpcds.workload import QUERIES, SAMPLE, TPCDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workload import Query

pytestmark = [
    pytest.mark.skipif(not TPCDS.queries, reason=f"the queries are not in {QUERIES}"),
    pytest.mark.skipif(not SAMPLE.exists(), reason=f"the data is not in {SAMPLE}"),
    pytest.mark.xdist_group("tpcds"),  # one worker loads the star
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return TPCDS.generate(tmp_path_factory.mktemp("tpcds"), TPCDS.scale)


@pytest.fixture(scope="module")
def star(files: dict[str, Path]) -> Iterator[coldb.Connection]:
    with closing(coldb.connect(":memory:", threads=2)) as connection:
        connection.execute(TPCDS.schema)
        for table, path in files.items():
            connection.execute(f"COPY {table} FROM '{path}'")
        yield connection


@pytest.fixture(scope="module")
def truth(files: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for setting in LIKE_POSTGRESQL:
            connection.execute(setting)
        for table, path in files.items():
            connection.execute(f"CREATE TABLE {table} AS FROM '{path}'")
        yield connection


@pytest.mark.slow
@pytest.mark.parametrize("query", TPCDS.queries, ids=lambda query: query.name)
def test_answer(query: Query, star: coldb.Connection, truth: duckdb.DuckDBPyConnection) -> None:
    whole = complete(query.sql)
    answer = star.execute(query.sql).fetchall()
    everything = truth.execute(whole.sql).fetchall()
    assert whole.allows(answer, everything), f"{answer[:3]}\n{everything[:3]}"
