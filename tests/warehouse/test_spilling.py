"""Loads that do not fit into memory: sorted runs on disk, merged. They do what a load in memory does."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import ConstraintError, Warehouse, check
from coldb_warehouse.loading.spill import SpilledRows, spill
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, MissingKey, TableKind, TableSchema
from coldb_warehouse.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, VARCHAR, decimal

from tests.warehouse.stars import open_small, plain_table

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import AppendResult

PLACES = TableSchema(
    "place",
    TableKind.DIMENSION,
    (Column("id", INTEGER, nullable=False), Column("city", VARCHAR)),
    primary_key=("id",),
)
VISITS = TableSchema(
    "visit",
    TableKind.FACT,
    (
        Column("number", BIGINT, nullable=False),
        Column("part", VARCHAR, nullable=False),
        Column("place", INTEGER),
        Column("other", INTEGER),
        Column("before", BIGINT),
        Column("before_part", VARCHAR),
        Column("day", DATE),
        Column("price", decimal(38, 2)),
        Column("rate", DOUBLE),
        Column("paid", BOOLEAN),
        Column("kind", VARCHAR),
        Column("note", VARCHAR),
    ),
    primary_key=("number", "part"),
    foreign_keys=(
        ForeignKey(("place",), "place", (), MissingKey.INFER),
        ForeignKey(("other",), "place", (), MissingKey.UNKNOWN),
        ForeignKey(("before", "before_part"), "visit", (), MissingKey.REJECT),
    ),
    order_by=("kind", "place", "rate"),
)


def visits(rng: np.random.Generator, count: int, first: int) -> pa.Table:
    """Rows with all kinds of faults: repeated keys, missing keys, values that do not fit, NULLs."""

    def some(values: list[Any], nulls: float = 0.1) -> list[Any]:
        chosen = rng.integers(0, len(values), count)
        return [None if rng.random() < nulls else values[i] for i in chosen]

    numbers = (first + rng.permutation(count)).tolist()
    repeated = rng.random(count) < 0.05
    return pa.table(
        {
            "number": [first if r else n for r, n in zip(repeated, numbers, strict=True)],
            "part": some(["a", "b", "ü"], 0.02),
            "place": some([*range(12)]),
            "other": some([*range(8)]),
            "before": pa.array(some([None, first, first + 1, first + 2, 5]), pa.int64()),
            "before_part": some(["a", "b"]),
            "day": some(["2024-01-02", "2023-12-31", "no day"], 0.2),
            "price": some(["1.25", "-7", "123456789012345678901234.5"]),
            "rate": some([0.5, -0.0, float("nan"), 1e300, -2.0]),
            "paid": some([True, False]),
            "kind": some(["x", "yy", "", "Ω", *map(str, range(9))]),
            "note": [f"note {n * 7919 % 1000}" for n in range(count)],
        }
    )


def outcome(warehouse: Warehouse, seed: int) -> list[Any]:
    """What two loads of the same rows make of the warehouse, and what they say."""
    rng = np.random.default_rng(seed)
    said: list[Any] = []
    with warehouse.begin() as transaction:
        transaction.create_table(PLACES)
        transaction.create_table(VISITS)
        transaction.append("place", pa.table({"id": [3, 1, 4], "city": ["A", "B", None]}))
        for first in (0, 40):
            result = transaction.append("visit", visits(rng, 60, first), apply_policies=True)
            said.append(_said(result))
    snapshot = warehouse.snapshot()
    for name in ("place", "visit"):
        table = snapshot.table(name)
        said.append({column: _column(warehouse, name, column) for column in table.column_names})
        said.append([segment.rows for segment in table.segments])
    return said


def _said(result: AppendResult) -> list[Any]:
    refused = [*result.rejects.rows.to_pylist(), result.rejects.reasons.to_pylist()]
    return [result.rows, refused, result.unknown, result.inferred]


def _column(warehouse: Warehouse, table: str, column: str) -> list[str]:
    values, valid = warehouse.snapshot().table(table).values(column)
    listed = values.tolist() if isinstance(values, np.ndarray) else values.to_pylist()
    return [
        repr(value) if valid is None or valid[row] else "NULL" for row, value in enumerate(listed)
    ]


@pytest.mark.parametrize(("seed", "run_rows"), [(0, 3), (1, 7), (2, 25)])
def test_runs_make_what_a_load_in_memory_makes(tmp_path: Path, seed: int, run_rows: int) -> None:
    outcomes = []
    for name, limit in (("memory", None), ("runs", run_rows)):
        with open_small(tmp_path / name, run_rows=limit) as warehouse:
            outcomes.append(outcome(warehouse, seed))
        assert check(tmp_path / name).problems == ()
        assert not list((tmp_path / name / "data").glob("*.spill"))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("seed", range(4))
def test_merged_runs_are_sorted_as_a_load_in_memory_is(tmp_path: Path, seed: int) -> None:
    """Many runs of many batches, so that pivots fall within runs, on ties and at their ends."""
    rng = np.random.default_rng(seed)
    data = pa.table(
        {
            "a": pa.array(
                rng.integers(0, [1, 3, 50, 10**9][seed], 1500), mask=rng.random(1500) < 0.1
            ),
            "b": [f"{n % 7}" for n in rng.integers(0, 100, 1500).tolist()],
            "c": np.arange(1500),
        }
    )
    tables = []
    for run_rows in (None, 400, 90):
        with open_small(tmp_path / f"{run_rows}", run_rows=run_rows, segment_rows=150) as warehouse:
            with warehouse.begin() as transaction:
                schema = plain_table(
                    "t", ("a", BIGINT), ("b", VARCHAR), ("c", BIGINT), order_by=("a", "b")
                )
                transaction.create_table(schema)
                transaction.append("t", data)
            tables.append([_column(warehouse, "t", name) for name in ("a", "b", "c")])
            assert {s.rows for s in warehouse.snapshot().table("t").segments} == {150}
    assert tables[0] == tables[1] == tables[2]


def test_ranges_of_merged_runs_end_within_partitions(tmp_path: Path) -> None:
    schema = plain_table("t", ("a", BIGINT), ("b", BIGINT), order_by=("b",))
    schema = replace(schema, partitioning=Partitioning("a", PartitionMethod.RANGE, 10))
    rng = np.random.default_rng(0)
    data = pa.table({"a": rng.integers(0, 50, 600), "b": rng.integers(0, 30, 600)})
    found = []
    for run_rows in (None, 60):
        with open_small(tmp_path / f"{run_rows}", run_rows=run_rows) as warehouse:
            with warehouse.begin() as transaction:
                transaction.create_table(schema)
                transaction.append("t", data)
                transaction.append("t", data.slice(100, 90), overwrite=True)
            table = warehouse.snapshot().table("t")
            segments = [(segment.partition, segment.rows) for segment in table.segments]
            found.append((segments, _column(warehouse, "t", "a"), _column(warehouse, "t", "b")))
        assert check(tmp_path / f"{run_rows}").problems == ()
    assert found[0] == found[1]


def test_a_load_that_is_merged_tells_how_many_rows_are_written(tmp_path: Path) -> None:
    told: list[int] = []
    with open_small(tmp_path, run_rows=50) as warehouse, warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", BIGINT), order_by=("a",)))
        transaction.append("t", pa.table({"a": np.arange(400) * 7 % 401}), written=told.append)
    assert told == sorted(told)
    assert all(count % 20 == 0 and 0 <= count < 400 for count in told)
    assert len(set(told)) > 3


def test_a_dictionary_that_gets_too_large_over_the_runs_becomes_text(tmp_path: Path) -> None:
    strings = [f"{number * 7919 % 2000:04}" for number in range(2000)]
    with open_small(tmp_path, run_rows=200, segment_rows=500) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("a", VARCHAR), order_by=("a",)))
            transaction.append("t", pa.table({"a": strings}))
        table = warehouse.snapshot().table("t")
        assert table.domain("a") is None
        assert table.values("a")[0].to_pylist() == sorted(strings)


def test_a_known_dictionary_that_gets_too_large_is_sorted_as_text(tmp_path: Path) -> None:
    strings = [f"{number * 7919 % 2000:04}" for number in range(2000)]
    with open_small(tmp_path, run_rows=200, segment_rows=3000) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("a", VARCHAR), order_by=("a",)))
            transaction.append("t", pa.table({"a": ["x", "y"]}))
            transaction.append("t", pa.table({"a": ["0500", "y"]}))
            transaction.append("t", pa.table({"a": strings}))
        loaded = warehouse.snapshot().table("t").values("a")[0].to_pylist()[4:]
        assert loaded == sorted(strings)


def test_an_error_names_the_first_faulty_row_of_all_runs(tmp_path: Path) -> None:
    with open_small(tmp_path, run_rows=10) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(
                TableSchema("t", TableKind.PLAIN, (Column("a", BIGINT),), ("a",), order_by=("a",))
            )
        data = pa.table({"a": [*range(100, 0, -1), 30, 40]})
        with (
            pytest.raises(ConstraintError, match=r"row 101: duplicate key: a = 30 \(1 more rows"),
            warehouse.begin() as transaction,
        ):
            transaction.append("t", data)
        assert not list((tmp_path / "data").iterdir())


_ENDLESS_LOAD = """
import itertools, sys
import pyarrow as pa
from coldb_warehouse import Settings, Warehouse
batch = pa.record_batch({"a": range(1000)})
with Warehouse.open(sys.argv[1], settings=Settings(run_rows=1000)) as warehouse:
    reader = pa.RecordBatchReader.from_batches(batch.schema, itertools.repeat(batch))
    warehouse.begin().append("t", reader)
"""


def test_what_a_killed_load_has_spilled_is_swept(tmp_path: Path) -> None:
    def spilled() -> list[Path]:
        return list((tmp_path / "data").glob("*.spill"))

    with open_small(tmp_path) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("a", BIGINT), order_by=("a",)))
            transaction.append("t", pa.table({"a": [1]}))
        with subprocess.Popen([sys.executable, "-c", _ENDLESS_LOAD, tmp_path]) as load:
            deadline = time.monotonic() + 60
            while len(spilled()) < 3 and time.monotonic() < deadline:
                time.sleep(0.02)
            load.kill()
        assert len(spilled()) >= 3
        assert check(tmp_path).problems == ()
        warehouse.begin().rollback()
        assert not spilled()
        assert _column(warehouse, "t", "a") == ["1"]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    with open_small(tmp_path) as warehouse, warehouse.begin() as transaction:
        from coldb_warehouse.chunks.chunk import Fixed
        from coldb_warehouse.loading.loaded import LoadedRows

        rows = LoadedRows(
            5,
            {"a": BIGINT},
            {"a": Fixed(np.arange(5, dtype=np.uint8), 100)},
            {"a": np.array([True, True, False, True, True])},
            {"#row": np.arange(5)},
        )
        spilled = spill(
            rows, np.array([4, 3, 2, 1, 0]), ("a",), transaction.files, "1-ab-0.spill", 2
        )
        assert isinstance(spilled, SpilledRows)
        part = spilled.read({"a"}, 1, 4)
        assert (part.values("a")[[0, 2]].tolist(), part.valid["a"].tolist()) == (
            [103, 101],
            [True, False, True],
        )
        assert not part.positions
        assert spilled.read({"#row"}).numbers.tolist() == [4, 3, 2, 1, 0]
        assert spilled.samples.values("a")[[0, 2]].tolist() == [104, 100]
        spilled.remove()
