"""The benchmark runs from end to end on tiny data, and notices a wrong answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from benchmarks.answers import same_rows
from benchmarks.ddl import without_star
from benchmarks.engines import ENGINES
from benchmarks.measure import measure
from benchmarks.report import markdown, save
from benchmarks.ssb.workload import SSB
from benchmarks.worker import EngineFailed
from benchmarks.workload import Query

if TYPE_CHECKING:
    from pathlib import Path


def test_all_engines_agree(tmp_path: Path) -> None:
    results = measure(SSB, 0.001, list(ENGINES), runs=1, threads=2, data=tmp_path)
    assert results.wrong == []
    assert results.queries == [query.name for query in SSB.queries]
    assert all(load.bytes > 0 for engine, load in results.loads.items() if engine != "polars")
    text = markdown(results)
    assert all(engine in text for engine in ENGINES)
    assert "geometric mean" in text
    path = save(results, tmp_path / "results")
    record = json.loads(path.with_suffix(".json").read_text())
    assert record["seconds"].keys() == ENGINES.keys()


def test_a_different_answer_is_noticed(tmp_path: Path) -> None:
    """Letters beyond ASCII are where these two do differ."""
    odd = dataclasses.replace(SSB, queries=(Query("odd", "SELECT upper('é')"),))
    results = measure(odd, 0.001, ["duckdb", "sqlite"], runs=1, threads=1, data=tmp_path)
    assert results.wrong == [("odd", "sqlite")]
    assert "Wrong answers: odd on sqlite" in markdown(results)


def test_an_error_of_an_engine_is_told(tmp_path: Path) -> None:
    broken = dataclasses.replace(SSB, queries=(Query("broken", "SELECT nosuch FROM lineorder"),))
    with pytest.raises(EngineFailed, match="nosuch"):
        measure(broken, 0.001, ["duckdb"], runs=1, threads=1, data=tmp_path)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], True),
        ([(1,)], [(1,), (1,)], False),
        ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False),
        ([(1,)], [(2,)], False),
        ([(0.1 + 0.2,)], [(0.3,)], True),
        ([(0.3,)], [(0.30001,)], False),
        ([(Decimal("1.50"),)], [(1.5,)], True),
        ([(Decimal("1.50"),)], [(Decimal("1.5"),)], True),
        ([(Decimal("10"),)], [(10,)], True),
        ([(10**18,)], [(10**18 + 1,)], False),
        ([(None,)], [(0,)], False),
        ([(None,)], [(0.0,)], False),
        ([(None,), (None,)], [(None,), (None,)], True),
        ([("1",)], [(1,)], False),
        ([(dt.date(2024, 1, 1),)], [(dt.date(2024, 1, 1),)], True),
    ],
)
def test_same_rows(left: list[tuple], right: list[tuple], same: bool) -> None:
    assert same_rows(left, right) is same
    assert same_rows(right, left) is same


def test_the_order_of_rows_counts_where_asked() -> None:
    assert not same_rows([(1,), (2,)], [(2,), (1,)], ordered=True)
    assert same_rows([(1,), (2,)], [(1,), (2,)], ordered=True)


STAR = """CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, s VARCHAR, HIERARCHY h (s, k));
CREATE FACT TABLE f (k INTEGER REFERENCES d, a INTEGER, b INTEGER, PRIMARY KEY (a, b),
    FOREIGN KEY (a, b) REFERENCES p (x, y)) ORDER BY (k, a);"""


def test_ddl_for_other_databases() -> None:
    assert without_star(STAR) == (
        "CREATE TABLE d (k INTEGER PRIMARY KEY, s VARCHAR);\n"
        "CREATE TABLE f (k INTEGER REFERENCES d, a INTEGER, b INTEGER, PRIMARY KEY (a, b),\n"
        "    FOREIGN KEY (a, b) REFERENCES p (x, y));"
    )
