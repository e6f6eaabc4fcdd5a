"""The storage benchmark runs from end to end on tiny data, and notices data that differ."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import coldb
from benchmarks.storage.part import Options
from benchmarks.storage.report import run_parts
from benchmarks.storage.stars import Star, differences

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        0.001, runs=1, threads=2, data=tmp_path / "data", say=lambda message: None, stars=("ssb",)
    )


def test_sizes_and_loads(options: Options, tmp_path: Path) -> None:
    report, right = run_parts(["sizes", "loads"], options, tmp_path / "results")
    assert right
    assert "lineorder.lo_revenue" in report
    (path,) = (tmp_path / "results").glob("*.json")
    parts = json.loads(path.read_text())["parts"]
    sizes = parts["sizes"]["ssb"]
    stored = sum(column["bytes"] for column in sizes["columns"])
    assert 0 < stored <= sizes["bytes"]["coldb"]
    assert parts["loads"]["ssb"]["memory"]["duckdb"] > 0


def test_scans_and_a_load_under_a_limit(options: Options, tmp_path: Path) -> None:
    report, right = run_parts(["scans", "large"], options, tmp_path / "results")
    assert right
    assert "sum of runs" in report
    (path,) = (tmp_path / "results").glob("*.json")
    parts = json.loads(path.read_text())["parts"]
    assert parts["scans"]["bytes_read"]["sum of 1 byte"] == 16_000  # a byte a row
    assert parts["large"]["rows"] > 0


@pytest.mark.slow
def test_commits(options: Options, tmp_path: Path) -> None:
    report, right = run_parts(["commits"], replace(options, scale=0.01), tmp_path / "results")
    assert right
    assert "10 commits" in report


def test_different_data_are_noticed(options: Options) -> None:
    star = Star.generate("ssb", options)
    for engine in ("coldb", "duckdb"):
        star.load(engine, options)
    assert differences(star, options) == []
    with closing(coldb.connect(star.place / "coldb" / "warehouse.coldb")) as connection:
        connection.execute("INSERT INTO supplier VALUES (0, 'n', 'a', 'c', 'n', 'r', 'p')")
    assert differences(star, options) == ["table supplier of ssb"]
