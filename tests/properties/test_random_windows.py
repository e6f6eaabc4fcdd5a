"""Any window call over any table has the answer that PostgreSQL gives."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.configurations import CONFIGURATIONS, Coldb
from tests.oracles import Postgres
from tests.properties.profiles import FEW, MANY
from tests.properties.windows import WindowTable, window_queries, window_tables

if TYPE_CHECKING:
    from tests.sql_engine import Engine

CONFIGURATION = st.sampled_from(["default", "small_blocks", "one_thread", "optimized"])
QUERIES = st.lists(window_queries(), min_size=1, max_size=8)


@FEW
@given(window_tables(), QUERIES, CONFIGURATION)
def test_windows(
    postgres_uri: str, table: WindowTable, queries: list[str], configuration: str
) -> None:
    _check(postgres_uri, table, queries, configuration)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@MANY
@given(window_tables(), QUERIES, CONFIGURATION)
def test_many_windows(
    postgres_uri: str, table: WindowTable, queries: list[str], configuration: str
) -> None:
    _check(postgres_uri, table, queries, configuration)


def _check(uri: str, table: WindowTable, queries: list[str], configuration: str) -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(Coldb(CONFIGURATIONS[configuration], Path(scratch))) as coldb,
        closing(Postgres(uri)) as postgres,
    ):
        for statement in table.statements:
            note(statement)
            coldb.execute(statement)
            postgres.execute(statement)
        for query in queries:
            note(query)
            assert _rows(coldb, query) == _rows(postgres, query)


def _rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    result = engine.execute(query)
    assert result is not None
    return [tuple(map(_comparable, row)) for row in result.rows]


def _comparable(value: Any) -> Any:
    """Numbers as ten digits: averages and variances have more in one engine than in another."""
    if value is None or isinstance(value, str | bool):
        return value
    return round(float(f"{value:.10g}"), 9) + 0.0
