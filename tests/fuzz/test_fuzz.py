"""Random queries have one answer: that of PostgreSQL, or of DuckDB where PostgreSQL has none."""

from __future__ import annotations

from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.configurations import CONFIGURATIONS, Coldb
from tests.fuzz.queries import Queries
from tests.fuzz.run import ask_star
from tests.fuzz.star import Star
from tests.oracles import postgres_server

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION_NAMES = sorted(CONFIGURATIONS)
FOUND_SOMETHING = (100, 2, 5, 36131)  # seeds whose stars once had a wrong answer
SHARES = 10
SHARE = 2_000  # queries
EACH = 40  # queries of a star


@pytest.fixture(scope="module")
def server():
    with postgres_server("fuzz") as uri:
        yield uri


@pytest.mark.parametrize("seed", [*FOUND_SOMETHING, *range(40, 46)])
def test_queries(seed: int, server: str) -> None:
    configuration = CONFIGURATION_NAMES[seed % len(CONFIGURATION_NAMES)]
    assert not list(map(str, ask_star(seed, EACH, server, configuration).differences))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", range(SHARES))
def test_many_queries(share: int, server: str) -> None:
    for seed in range(1_000 * (share + 1), 1_000 * (share + 1) + SHARE // EACH):
        configuration = CONFIGURATION_NAMES[seed % len(CONFIGURATION_NAMES)]
        assert not list(map(str, ask_star(seed, EACH, server, configuration).differences)), seed


@pytest.mark.parametrize("seed", range(6))
def test_a_condition_parts_rows_in_three(seed: int, tmp_path: Path) -> None:
    """Rows for which it is true, false and unknown are all rows (Rigger and Su, TLP, 2020)."""
    for source, condition, coldb in _conditions(seed, tmp_path):
        whole = _rows(coldb, f"SELECT * FROM {source}")
        parts = [
            row
            for test in (condition, f"NOT ({condition})", f"({condition}) IS NULL")
            for row in _rows(coldb, f"SELECT * FROM {source} WHERE {test}")
        ]
        assert sorted(parts) == sorted(whole), condition


@pytest.mark.parametrize("seed", range(6, 12))
def test_a_condition_holds_as_often_when_nothing_is_optimized(seed: int, tmp_path: Path) -> None:
    """Filtered or computed for every row, it is true as often (Rigger and Su, NoREC, 2020)."""
    for source, condition, coldb in _conditions(seed, tmp_path):
        filtered = _rows(coldb, f"SELECT count(*) FROM {source} WHERE {condition}")
        counted = f"SELECT coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) FROM {source}"
        assert filtered == _rows(coldb, counted), condition


def _conditions(seed: int, directory: Path):
    """Sources and conditions over a star, and the database that has it."""
    random = Random(seed)
    star = Star(random)
    queries = Queries(random, star)
    configuration = CONFIGURATIONS[CONFIGURATION_NAMES[seed % len(CONFIGURATION_NAMES)]]
    with closing(Coldb(configuration, directory)) as coldb:
        for statement in star.statements:
            coldb.execute(statement)
        for _ in range(EACH):
            yield *queries.from_and_condition(), coldb


def _rows(coldb: Coldb, query: str) -> list[str]:
    result = coldb.execute(query)
    assert result is not None
    return list(map(repr, result.rows))
