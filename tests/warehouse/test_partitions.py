"""Rows kept apart by ranges or hashes of a column."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, Snapshot, Warehouse
from coldb_warehouse.partitioning import NULL_PARTITION, Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, TableKind, TableSchema
from coldb_warehouse.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    SMALLINT,
    TIMESTAMP,
    VARCHAR,
    Type,
    decimal,
)
from coldb_warehouse.writing.partitions import partition_numbers

from tests.warehouse.stars import open_small, plain_table, rows

if TYPE_CHECKING:
    from pathlib import Path

RANGE, DAY, MONTH, YEAR, HASH = PartitionMethod
EPOCH = dt.date(1970, 1, 1)


def days(text: str) -> int:
    return (dt.date.fromisoformat(text) - EPOCH).days


def microseconds(text: str) -> int:
    return int((dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1)).total_seconds() * 1e6)


@pytest.mark.parametrize(
    ("method", "size", "type", "value", "partition"),
    [
        (RANGE, 10_000, INTEGER, 19980401, 1998),
        (RANGE, 10, SMALLINT, -1, -1),
        (RANGE, 10, BIGINT, (1 << 63) - 1, ((1 << 63) - 1) // 10),
        (RANGE, 1, BIGINT, -(1 << 63), NULL_PARTITION + 1),
        (RANGE, 1, BIGINT, -(1 << 63) + 1, NULL_PARTITION + 1),
        (RANGE, 7, INTEGER, None, NULL_PARTITION),
        (DAY, 1, DATE, days("2024-02-29"), days("2024-02-29")),
        (DAY, 7, DATE, -1, -1),
        (MONTH, 1, DATE, days("2024-02-29"), 54 * 12 + 1),
        (MONTH, 1, DATE, days("1969-12-31"), -1),
        (YEAR, 1, DATE, days("1900-01-01"), -70),
        (YEAR, 10, DATE, days("2024-02-29"), 5),
        (DAY, 1, TIMESTAMP, microseconds("1969-12-31 23:59:59.999999"), -1),
        (MONTH, 1, TIMESTAMP, microseconds("2024-02-29 12:00"), 54 * 12 + 1),
        (YEAR, 1, TIMESTAMP, microseconds("2000-01-01"), 30),
        (HASH, 8, DATE, None, NULL_PARTITION),
        # Where rows are is on disk: these numbers must never change.
        (HASH, 1000, INTEGER, 0, 0),
        (HASH, 1000, INTEGER, 1, 789),
        (HASH, 1000, BIGINT, -1, 67),
        (HASH, 1000, VARCHAR, "", 0),
        (HASH, 1000, VARCHAR, "Größe", 388),
    ],
)
def test_the_partition_of_a_value(
    method: PartitionMethod, size: int, type: Type, value: Any, partition: int
) -> None:
    assert Partitioning("a", method, size).partition_of(value, type) == partition


def test_hashes_spread_and_agree() -> None:
    """Integers of any width, and strings wherever they lie, have one hash each."""
    by_hash = Partitioning("a", HASH, 16)
    numbers = np.arange(-5_000, 5_000)
    found = by_hash.partitions_of(numbers, None, BIGINT)
    assert np.array_equal(found, by_hash.partitions_of(numbers.astype(np.int16), None, SMALLINT))
    texts = [f"{number}\0" * (number % 5) for number in numbers.tolist()]
    strings = pa.array(["x", *texts], pa.large_string())[1:]
    spread = by_hash.partitions_of(strings, None, VARCHAR)
    assert [by_hash.partition_of(text, VARCHAR) for text in texts[:200]] == spread[:200].tolist()
    for counts in (np.bincount(found), np.bincount(spread[np.array([bool(t) for t in texts])])):
        assert len(counts) == 16
        assert counts.min() > 0.7 * counts.mean()


@pytest.mark.parametrize(
    ("method", "size", "type", "problem"),
    [
        (RANGE, 0, INTEGER, "need a size of 1 to"),
        (HASH, 1 << 17, INTEGER, "need a size of 1 to 65536"),
        (RANGE, 1, DATE, "need an integer column"),
        (MONTH, 1, INTEGER, "need a DATE or TIMESTAMP column"),
        (HASH, 4, DOUBLE, "need an integer, DATE, TIME, TIMESTAMP, VARCHAR, BLOB or UUID column"),
        (RANGE, 4, decimal(5, 0), "need an integer column"),
    ],
)
def test_partitions_that_cannot_be(
    method: PartitionMethod, size: int, type: Type, problem: str
) -> None:
    with pytest.raises(CatalogError, match=problem):
        plain_table("t", ("a", type), partitioning=Partitioning("a", method, size))
    with pytest.raises(CatalogError, match='no column "b" for its PARTITION BY'):
        plain_table("t", ("a", INTEGER), partitioning=Partitioning("b", RANGE))


def test_a_key_on_the_own_table_has_no_partitions(warehouse: Warehouse) -> None:
    tree = plain_table(
        "tree",
        ("id", INTEGER),
        ("parent", INTEGER),
        primary_key=("id",),
        foreign_keys=(ForeignKey(("parent",), "tree", ()),),
        partitioning=Partitioning("parent", RANGE, 10),
    )
    with warehouse.begin() as transaction, pytest.raises(CatalogError, match="its own table"):
        transaction.create_table(tree)


DATES = TableSchema(
    "dates",
    TableKind.DIMENSION,
    (Column("key", INTEGER), Column("name", VARCHAR)),
    primary_key=("key",),
)
SALES = TableSchema(
    "sales",
    TableKind.FACT,
    (Column("number", BIGINT), Column("day", INTEGER), Column("note", VARCHAR)),
    foreign_keys=(ForeignKey(("day",), "dates", ()),),
    order_by=("number",),
    partitioning=Partitioning("day", RANGE, 10_000),
)
DAYS = [19980101, 19981231, 19970615, 19990301, 19970101]


def sales(first: int, count: int, days: list[int | None]) -> pa.Table:
    """Sales on each of these days in turn."""
    chosen = [days[number % len(days)] for number in range(count)]
    numbers = range(first, first + count)
    notes = [f"n{number % 3}" for number in numbers]
    return pa.table({"number": numbers, "day": pa.array(chosen, pa.int32()), "note": notes})


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """Three days of 1997 and 1998, one of 1999, and 100 sales, some without a day."""
    with warehouse.begin() as transaction:
        transaction.create_table(DATES)
        transaction.create_table(SALES)
        transaction.append("dates", pa.table({"key": DAYS, "name": [str(day) for day in DAYS]}))
        transaction.append("sales", sales(0, 100, [*DAYS, None]))
    return warehouse


def contents(snapshot: Snapshot) -> dict[int, int | None]:
    """The day of each sale that is not deleted."""
    table = snapshot.table("sales")
    live = [True] * table.rows if table.live is None else table.live.tolist()
    found = [row for row, lives in zip(rows(table, "number", "day"), live, strict=True) if lives]
    assert len(dict(found)) == len(found)
    return dict(found)


def check_partitions(snapshot: Snapshot, name: str = "sales") -> set[int]:
    """The partitions of a table, none of whose segments has rows of another."""
    table = snapshot.table(name)
    found = set()
    for segment in table.segments:
        numbers = partition_numbers(table, segment)
        assert numbers is not None
        assert segment.partition is not None
        assert set(numbers.tolist()) == {segment.partition}
        found.add(segment.partition)
    return found


def test_segments_are_of_one_partition(shop: Warehouse) -> None:
    """By the value of the key, although its position is what is stored."""
    snapshot = shop.snapshot()
    assert check_partitions(snapshot) == {1997, 1998, 1999, NULL_PARTITION}
    assert contents(snapshot) == {number: [*DAYS, None][number % 6] for number in range(100)}
    table = snapshot.table("sales")
    order = [segment.partition for segment in table.segments]
    assert order == sorted(order, key=lambda number: (number == NULL_PARTITION, number))
    assert all(segment.is_sorted for segment in table.segments)


def test_many_small_loads_merge_within_partitions(shop: Warehouse) -> None:
    with Warehouse.open(":memory:") as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(DATES)
            transaction.create_table(SALES)
            transaction.append("dates", pa.table({"key": DAYS}))
        for number in range(60):
            with warehouse.begin() as transaction:
                transaction.append("sales", sales(number * 10, 10, [*DAYS]))
        snapshot = warehouse.snapshot()
        assert check_partitions(snapshot) == {1997, 1998, 1999}
        assert len(snapshot.table("sales").segments) <= 3 * 16
        assert len(contents(snapshot)) == 600
        with warehouse.begin() as transaction:
            transaction.optimize("sales")
        snapshot = warehouse.snapshot()
        assert [segment.partition for segment in snapshot.table("sales").segments] == [
            1997,
            1998,
            1999,
        ]
        assert len(contents(snapshot)) == 600


def test_dropping_a_partition(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        assert transaction.drop_partition("sales", 19980704) == 34  # any value of 1998
        assert transaction.drop_partition("sales", 20100101) == 0
        assert transaction.drop_partition("sales", None) == 16
        with pytest.raises(CatalogError, match='table "dates" has no partitions'):
            transaction.drop_partition("dates", 19980704)
    assert check_partitions(shop.snapshot()) == {1997, 1999}
    assert set(contents(shop.snapshot()).values()) == {19970615, 19970101, 19990301}
    with shop.begin() as transaction:
        for year in (1997, 1999):
            transaction.drop_partition("sales", year * 10_000)
        transaction.append("sales", sales(5, 1, [19980101]))
    assert contents(shop.snapshot()) == {5: 19980101}


def test_overwriting_partitions(shop: Warehouse) -> None:
    before = contents(shop.snapshot())
    with shop.begin() as transaction:
        # The same numbers as before: what is replaced is gone before anything is compared with it.
        result = transaction.append("sales", sales(1000, 5, [19980101, None]), overwrite=True)
        assert result.rows == 5
    kept = {number: day for number, day in before.items() if day and day // 10_000 != 1998}
    new = {1000 + number: [19980101, None][number % 2] for number in range(5)}
    assert contents(shop.snapshot()) == kept | new
    assert check_partitions(shop.snapshot()) == {1997, 1998, 1999, NULL_PARTITION}
    with shop.begin() as transaction:
        transaction.append("sales", sales(0, 0, [None]), overwrite=True)
    assert contents(shop.snapshot()) == kept | new


def test_overwriting_a_whole_table(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", INTEGER), primary_key=("a",)))
        transaction.append("t", pa.table({"a": range(50)}))
        transaction.append("t", pa.table({"a": [7, 3]}), overwrite=True)
    assert sorted(rows(warehouse.snapshot().table("t"))) == [(3,), (7,)]
    with warehouse.begin() as transaction:
        with pytest.raises(ConstraintError, match="duplicate key"):
            transaction.append("t", pa.table({"a": [1, 1]}), overwrite=True)
        assert sorted(rows(transaction.snapshot().table("t"))) == [(3,), (7,)]
        transaction.append("t", pa.table({"a": pa.array([], pa.int32())}), overwrite=True)
        assert transaction.snapshot().table("t").live_rows == 0


def test_partitions_of_a_table_that_is_referenced(warehouse: Warehouse) -> None:
    """Rows keep their positions, and may only go if nobody needs them."""
    orders = plain_table(
        "orders",
        ("id", INTEGER),
        ("placed", DATE),
        primary_key=("id",),
        partitioning=Partitioning("placed", MONTH),
    )
    items = plain_table("items", ("o", INTEGER), foreign_keys=(ForeignKey(("o",), "orders", ()),))
    with warehouse.begin() as transaction:
        transaction.create_table(orders)
        transaction.create_table(items)
        placed = [EPOCH + dt.timedelta(days=10 * number) for number in range(30)]
        transaction.append("orders", pa.table({"id": range(30), "placed": placed}))
        transaction.append("items", pa.table({"o": [29, 4, 4, 17]}))
    with warehouse.begin() as transaction:
        with pytest.raises(ConstraintError, match=r"id = 4 is still referenced by table .items"):
            transaction.drop_partition("orders", 45)
        assert transaction.drop_partition("orders", 0) == 4
        table = transaction.snapshot().table("orders")
        assert (table.rows, table.live_rows) == (30, 26)
        data = pa.table({"id": [100], "placed": [EPOCH + dt.timedelta(days=170)]})
        with pytest.raises(ConstraintError, match="still referenced"):
            transaction.append("orders", data, overwrite=True)
        data = pa.table({"id": [0], "placed": [EPOCH + dt.timedelta(days=3)]})
        transaction.append("orders", data, overwrite=True)
    snapshot = warehouse.snapshot()
    assert sorted(rows(snapshot.table("items"))) == [(4,), (4,), (17,), (29,)]
    assert snapshot.table("orders").positions_of([np.array([0, 1, 4])]).tolist() == [30, -1, 4]
    check_partitions(snapshot, "orders")


def test_rows_stay_in_their_partition_when_they_change(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        table = transaction.snapshot().table("sales")
        number, day = rows(table, "number", "day")[0]
        assert day // 10_000 == 1997
        with pytest.raises(ConstraintError, match="1 rows would move to another partition"):
            transaction.update("sales", [0], pa.table({"day": pa.array([19980101], pa.int32())}))
        with pytest.raises(ConstraintError, match="another partition"):
            transaction.update("sales", [0], pa.table({"day": pa.array([None], pa.int32())}))
        other = 19970615 if day != 19970615 else 19970101
        transaction.update("sales", [0], pa.table({"day": pa.array([other], pa.int32())}))
        transaction.update("sales", [1, 2], pa.table({"note": ["x", "y"]}))
    assert contents(shop.snapshot())[number] == other
    check_partitions(shop.snapshot())


def test_partitions_follow_a_rename_and_a_wider_type(warehouse: Warehouse) -> None:
    schema = plain_table("t", ("a", SMALLINT), partitioning=Partitioning("a", HASH, 4))
    with warehouse.begin() as transaction:
        transaction.create_table(schema)
        transaction.append("t", pa.table({"a": range(100)}))
        transaction.rename_column("t", "a", "b")
        transaction.set_column_type("t", "b", BIGINT)
        with pytest.raises(CatalogError, match="PARTITION BY"):
            transaction.drop_column("t", "b")
        transaction.append("t", pa.table({"b": range(100)}))
        assert check_partitions(transaction.snapshot(), "t") == {0, 1, 2, 3}
        transaction.drop_partition("t", 7)
        assert len(check_partitions(transaction.snapshot(), "t")) == 3


def test_too_many_partitions_at_once(warehouse: Warehouse) -> None:
    schema = plain_table("t", ("a", INTEGER), partitioning=Partitioning("a", RANGE))
    with warehouse.begin() as transaction:
        transaction.create_table(schema)
        with pytest.raises(ConstraintError, match="belong to 4097 partitions, and at most 4096"):
            transaction.append("t", pa.table({"a": range(4097)}))


@pytest.mark.parametrize("seed", range(12))
def test_random_partitions(tmp_path: Path, seed: int) -> None:
    """Loads, replacements, drops and deletes against a dictionary."""
    chance = random.Random(seed)
    by_value = chance.choice([Partitioning("a", RANGE, 10), Partitioning("a", HASH, 5)])
    schema = plain_table("t", ("id", INTEGER), ("a", INTEGER), partitioning=by_value)
    expected: dict[int, int | None] = {}

    def partition(value: int | None) -> int:
        return by_value.partition_of(value, INTEGER)

    with open_small(tmp_path / "w", run_rows=chance.choice([None, 7])) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(schema)
        for step in range(40):
            with warehouse.begin() as transaction:
                action = chance.choice(["append", "overwrite", "drop", "delete", "optimize"])
                if action in ("append", "overwrite"):
                    values = [
                        None if chance.random() < 0.05 else chance.randrange(-30, 30)
                        for _ in range(chance.choice([0, 1, 5, 60]))
                    ]
                    ids = range(step * 100, step * 100 + len(values))
                    data = pa.table({"id": ids, "a": pa.array(values, pa.int32())})
                    transaction.append("t", data, overwrite=action == "overwrite")
                    if action == "overwrite":
                        gone = {partition(value) for value in values}
                        expected = {i: a for i, a in expected.items() if partition(a) not in gone}
                    expected |= dict(zip(ids, values, strict=True))
                elif action == "drop":
                    value = chance.randrange(-30, 30)
                    transaction.drop_partition("t", value)
                    number = partition(value)
                    expected = {i: a for i, a in expected.items() if partition(a) != number}
                elif action == "delete":
                    table = transaction.snapshot().table("t")
                    chosen = chance.sample(range(table.rows), table.rows // 4)
                    ids_of = [row[0] for row in rows(table, "id")]
                    transaction.delete("t", chosen)
                    for row in chosen:
                        expected.pop(ids_of[row], None)
                else:
                    transaction.optimize("t")
            table = warehouse.snapshot().table("t")
            live = [True] * table.rows if table.live is None else table.live.tolist()
            found = [r for r, lives in zip(rows(table), live, strict=True) if lives]
            assert len(found) == len(expected)
            assert dict(found) == expected
            check_partitions(warehouse.snapshot(), "t")
