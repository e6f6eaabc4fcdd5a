"""How the rows of a table lie in its segments: order, statistics, merging."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import (
    Warehouse,
    check,
)
from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.schema import (
    Column,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import (
    BIGINT,
    DOUBLE,
    VARCHAR,
    decimal,
)
from coldb_warehouse.writing.merge import small_segments

from tests.warehouse.stars import (
    column,
    make_shop,
    open_small,
    plain_table,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_kept_in_the_declared_order(warehouse: Warehouse) -> None:
    random = np.random.default_rng(1)
    stores = random.choice([10, 20, 30, 40], 100)
    days = random.integers(0, 9, 100)
    with warehouse.begin() as transaction:
        make_shop(transaction)
        data = {"number": np.arange(100), "store_id": stores, "day": days.astype("datetime64[D]")}
        transaction.append("sales", pa.table(data))
    table = warehouse.snapshot().table("sales")
    position = {20: 0, 30: 1, 40: 2, 10: 3}
    found = rows(table, "store_id", "day", "number")
    assert found == sorted(found, key=lambda row: (position[row[0]], row[1], row[2]))
    assert [segment.rows for segment in table.segments] == [20] * 5
    assert [segment.first_row for segment in table.segments] == [0, 20, 40, 60, 80]
    assert [segment.chunk("store_id").is_sorted for segment in table.segments] == [True] * 5
    assert table.chunk("store_id").is_sorted
    assert table.chunk("store_id").blocks.rows.tolist() == [7, 7, 6] * 5


def test_nulls_are_sorted_last_and_nan_before_them(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", DOUBLE), order_by=("a",)))
        values = [float("nan"), 1.0, None, -1.0, float("inf"), -0.0, 0.0]
        transaction.append("t", pa.table({"a": values}))
    found = column(warehouse.snapshot().table("t"), "a")
    assert str(found) == "[-1.0, -0.0, 0.0, 1.0, inf, nan, None]"


WIDE_KEYS = [
    ("a", decimal(38, 0), [Decimal(10**30), Decimal(-1), None, Decimal(10**30), Decimal(5)]),
    ("b", BIGINT, [2**63 - 1, -(2**63), None, 0, 2**63 - 1]),
    ("c", DOUBLE, [1e300, -1e300, 0.5, None, 1e-300]),
    ("d", VARCHAR, ["b", "a", None, "b", "ab"]),
]


def test_order_by_columns_too_wide_for_one_word(warehouse: Warehouse) -> None:
    names = tuple(name for name, _, _ in WIDE_KEYS)
    random = np.random.default_rng(2)
    picks = random.integers(0, 5, (4, 200))
    data = {
        name: pa.array([values[pick] for pick in chosen], type.to_arrow())
        for (name, type, values), chosen in zip(WIDE_KEYS, picks, strict=True)
    }
    with warehouse.begin() as transaction:
        columns = [(name, type) for name, type, _ in WIDE_KEYS]
        transaction.create_table(plain_table("t", *columns, order_by=names))
        transaction.append("t", pa.table(data))
    found = rows(warehouse.snapshot().table("t"))
    assert found == sorted(
        found,
        key=lambda row: (
            [(value is None, value or 0) for value in row[:3]] + [(row[3] is None, row[3] or "")]
        ),
    )
    assert sorted(map(str, found)) == sorted(
        map(str, zip(*(data[name].to_pylist() for name in names), strict=True))
    )


def test_statistics_come_from_the_manifest(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        numbers = list(range(50))
        stores = [10 if number % 2 else None for number in numbers]
        amounts = [number - 20 for number in numbers]
        transaction.append(
            "sales", pa.table({"number": numbers, "store_id": stores, "amount": amounts})
        )
    table = warehouse.snapshot().table("sales")
    number, store, note = (table.statistics(name) for name in ("number", "store_id", "note"))
    assert (number.rows, number.nulls, number.low, number.high) == (50, 0, 0, 49)
    assert 45 <= (number.distinct or 0) <= 50
    assert table.statistics("amount").low == -2000
    assert (store.nulls, store.low, store.high, store.is_coded) == (25, 3, 3, True)
    assert (note.nulls, note.low) == (50, None)
    assert table.segments[0].statistics("number").rows == 20


@pytest.mark.parametrize("encoding", ["plain", "run_length", "constant", "bit_packing", "delta"])
def test_an_encoding_can_be_asked_for(tmp_path: Path, encoding: str) -> None:
    numbers = [1, 1, 2, 2, 2, 3, 300] * 4
    schema = TableSchema(
        "t", TableKind.PLAIN, (Column("a", BIGINT), Column("b", BIGINT, encoding="plain"))
    )
    with open_small(tmp_path / "w", force_encoding=encoding) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(schema)
            transaction.append("t", pa.table({"a": numbers, "b": numbers}))
        table = warehouse.snapshot().table("t")
        assert rows(table) == list(zip(numbers, numbers, strict=True))
        assert table.statistics("b").encodings == ("plain",)
        if encoding in ("plain", "run_length"):
            assert table.statistics("a").encodings == (encoding,)


def test_many_appends_read_as_one_column(warehouse: Warehouse) -> None:
    expected = []
    with warehouse.begin() as transaction:
        make_shop(transaction)
        for number in range(40):
            data = {"number": [number, -number], "store_id": [10, None], "note": [str(number)] * 2}
            transaction.append("sales", pa.table(data))
            expected += [(number, 10, str(number)), (-number, None, str(number))]
    table = warehouse.snapshot().table("sales")
    assert rows(table, "number", "store_id", "note") == expected
    assert len(table.segments) == 40
    assert table.chunk("number").rows == 80
    assert len(table.chunk("number").blocks.rows) == 40


def test_small_segments_are_merged(tmp_path: Path) -> None:
    expected = []
    with open_small(tmp_path / "w", segment_rows=100_000) as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(100):
            with warehouse.begin() as transaction:
                store = (10, 20, None)[number % 3]
                transaction.append("store", pa.table({"id": [1000 - number], "city": ["x"]}))
                data = {"number": [number], "store_id": [store], "note": [f"n{number % 7}"]}
                transaction.append("sales", pa.table(data))
            expected.append((number, store, f"n{number % 7}"))
        snapshot = warehouse.snapshot()
        facts, stores = snapshot.table("sales"), snapshot.table("store")
        assert max(len(facts.segments), len(stores.segments)) < 40
        assert all(segment.is_sorted for segment in facts.segments)
        assert sorted(rows(facts, "number", "store_id", "note")) == expected
        assert column(stores, "id")[4:] == [1000 - number for number in range(100)]
        assert not all(segment.is_sorted for segment in stores.segments)
        chunk = facts.segments[0].chunk("store_id")
        assert chunk.rows > 16
        assert chunk.valid is not None
        assert chunk.valid.tolist() == sorted(chunk.valid.tolist(), reverse=True)
        assert isinstance(chunk.form, Coded)
        codes = chunk.form.codes[chunk.valid].tolist()
        assert codes == sorted(codes)
        assert set(codes) == {0, 3}
    assert check(tmp_path / "w").problems == ()


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([], 0),
        ([1] * 15, 0),
        ([1] * 16, 16),
        ([500, *[1] * 16], 16),
        ([500, 1, *[16] * 15], 16),
        ([1, 500] * 7 + [1], 0),
        ([1, 500] * 8, 16),
        ([100_000] * 16, 0),
        ([62_500] * 16, 16),
        ([500, *[1] * 15], 0),
        ([50_000, *[1000] * 15], 0),
        ([15_000, *[1000] * 15], 16),
    ],
)
def test_which_segments_are_merged(rows: list[int], count: int) -> None:
    assert small_segments(rows, 1_000_000) == count


def test_a_row_is_rewritten_a_few_times_only() -> None:
    generator = random.Random(1)
    rows: list[int] = []
    loaded = written = 0
    for _ in range(3000):
        rows.append(int(10 ** generator.uniform(0, 3)))
        loaded, written = loaded + rows[-1], written + rows[-1]
        if count := small_segments(rows, 1 << 20):
            merged = sum(rows[-count:])
            rows[-count:] = [merged]
            written += merged
        assert len(rows) < 60
    assert written < 6 * loaded


def test_the_store_table_is_reused_while_it_does_not_change(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
    store, fact = (warehouse.snapshot().table(name) for name in ("store", "sales"))
    with warehouse.begin() as transaction:
        transaction.append("sales", pa.table({"number": [1]}))
    after = warehouse.snapshot()
    assert after.table("store") is store
    assert after.table("sales") is not fact
    with warehouse.begin() as transaction:
        transaction.append("store", pa.table({"id": [50]}))
    sized = warehouse.snapshot().table("sales").chunk("store_id").form
    assert isinstance(sized, Coded)
    assert sized.domain.size == 5
    old = after.table("sales").chunk("store_id").form
    assert isinstance(old, Coded)
    assert old.domain.size == 4
