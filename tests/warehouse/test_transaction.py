"""Appending: what a transaction sees, keeps and forgets."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from coldb_warehouse import (
    ConstraintError,
    ConversionError,
    StorageError,
    Warehouse,
    check,
)
from coldb_warehouse.chunks.chunk import Fixed, Text
from coldb_warehouse.domain import Rows
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TIMESTAMP,
    VARCHAR,
    decimal,
)

from tests.warehouse.stars import (
    STORE,
    column,
    make_shop,
    open_small,
    plain_table,
    rows,
)
from tests.warehouse.workloads import OPERATIONS, make_base

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_appended_is_there_after_reopening(tmp_path: Path) -> None:
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        make_shop(transaction)
        data = {"number": [1, 2, 3], "store_id": [20, None, 10], "amount": ["1.50", "2", None]}
        assert transaction.append("sales", pa.table(data)).rows == 3
    with Warehouse.open(tmp_path / "w", read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        assert rows(snapshot.table("store")) == [
            (20, "Bern", "alps"),
            (30, "Oslo", "north"),
            (40, "Nice", "south"),
            (10, "Rome", "south"),
        ]
        assert rows(snapshot.table("sales"), "number", "store_id", "amount", "note") == [
            (1, 20, Decimal("1.50"), None),
            (3, 10, None, None),
            (2, None, Decimal("2.00"), None),
        ]
    assert check(tmp_path / "w").problems == ()


VALUES: list[tuple[Any, list[Any]]] = [
    (BOOLEAN, [True, None, False]),
    (SMALLINT, [-32768, None, 32767]),
    (INTEGER, [-(2**31), None, 2**31 - 1]),
    (BIGINT, [-(2**63), None, 2**63 - 1]),
    (decimal(9, 2), [Decimal("-1234567.89"), None, Decimal("0.01")]),
    (decimal(38, 3), [Decimal(10**34), None, Decimal("-0.001")]),
    (REAL, [-1.5, None, float("inf")]),
    (DOUBLE, [-0.0, None, 1e308]),
    (VARCHAR, ["", None, "naïve \0 text"]),
    (DATE, [datetime.date(1, 1, 1), None, datetime.date(9999, 12, 31)]),
    (TIMESTAMP, [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None, None]),
]


@pytest.mark.parametrize(("type", "values"), VALUES, ids=lambda value: str(value)[:12])
def test_values_of_every_type_come_back(warehouse: Warehouse, type: Any, values: list[Any]) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", type)))
        transaction.append("t", pa.table({"a": pa.array(values, type.to_arrow())}))
        transaction.append("t", pa.table({"a": pa.array(values[::-1], type.to_arrow())}))
    assert column(warehouse.snapshot().table("t"), "a") == values + values[::-1]


def test_a_transaction_sees_its_own_changes_and_others_do_not(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        assert transaction.snapshot().table("store").rows == 4
        assert warehouse.snapshot().tables == ()
    assert warehouse.snapshot().table("store").rows == 4


def test_a_block_that_raises_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    def fail() -> None:
        with warehouse.begin() as transaction:
            make_shop(transaction)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert warehouse.snapshot().tables == ()
    assert list((tmp_path / "w" / "data").iterdir()) == []
    with warehouse.begin() as transaction:
        make_shop(transaction)


def test_commit_counts_versions_and_nothing_makes_none(warehouse: Warehouse) -> None:
    first = warehouse.snapshot()
    assert warehouse.begin().commit() == first.version
    transaction = warehouse.begin()
    transaction.create_table(STORE)
    assert transaction.commit() == first.version + 1 == warehouse.snapshot().version
    assert first.tables == ()


def test_a_transaction_that_is_over_cannot_be_used(warehouse: Warehouse) -> None:
    transaction = warehouse.begin()
    transaction.rollback()
    transaction.rollback()
    for use in (transaction.commit, lambda: transaction.create_table(STORE)):
        with pytest.raises(StorageError, match="the transaction is over"):
            use()


def test_closing_rolls_back(tmp_path: Path) -> None:
    warehouse = open_small(tmp_path / "w")
    transaction = warehouse.begin()
    make_shop(transaction)
    warehouse.close()
    with pytest.raises(StorageError, match="over"):
        transaction.commit()
    with open_small(tmp_path / "w") as again:
        assert again.snapshot().tables == ()
        again.begin().rollback()
    with pytest.raises(StorageError, match="closed"):
        warehouse.snapshot()


def test_data_may_come_in_batches_and_in_any_order_of_columns(warehouse: Warehouse) -> None:
    batches = [
        pa.record_batch({"b": pa.array(["x"]), "a": pa.array([1])}),
        pa.record_batch({"b": pa.array([], pa.string()), "a": pa.array([], pa.int64())}),
        pa.record_batch({"b": pa.array(["y", None]), "a": pa.array([2, 3])}),
    ]
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", INTEGER), ("b", VARCHAR), ("c", DATE)))
        reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
        assert transaction.append("t", reader).rows == 3
        empty = pa.RecordBatchReader.from_batches(batches[0].schema, [])
        assert transaction.append("t", empty).rows == 0
    table = warehouse.snapshot().table("t")
    assert rows(table) == [(1, "x", None), (2, "y", None), (3, None, None)]
    assert len(table.segments) == 1


def test_a_table_without_rows_can_be_read(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": pa.array([], pa.int64())}))
    table = warehouse.snapshot().table("sales")
    assert rows(table) == []
    assert table.statistics("amount").rows == 0
    assert isinstance(table.chunk("amount").form, Fixed)
    assert isinstance(table.chunk("note").form, Text)
    assert table.chunk("store_id").form.domain == Rows("store", 4)


def test_a_key_column_cannot_be_null(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        assert not transaction.snapshot().table("store").schema.column("id").nullable
        with pytest.raises(ConstraintError, match='table "store", row 2: column "id" is NULL'):
            transaction.append("store", pa.table({"id": [1, None]}))
        with pytest.raises(ConstraintError, match='column "number" is NULL'):
            transaction.append("sales", pa.table({"store_id": [10]}))


def test_values_that_do_not_fit(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(ConversionError) as caught:
            transaction.append("sales", pa.table({"number": ["1", "two", "three"]}))
        assert '"number": "two"' in str(caught.value)
        assert "row 2" in str(caught.value)
        assert "1 more row" in str(caught.value)
        assert transaction.snapshot().table("sales").rows == 0
        with pytest.raises(ConversionError, match=r'column "number": .*struct'):
            transaction.append("sales", pa.table({"number": [{"a": 1}]}))
        assert transaction.append("sales", pa.table({"number": [1]})).rows == 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_commit_leaves_no_file_that_no_version_names(tmp_path: Path, name: str) -> None:
    """Not even of what the transaction has written and then replaced itself."""
    with open_small(make_base(tmp_path / "w")) as warehouse, warehouse.begin() as transaction:
        OPERATIONS[name](transaction, 10)
        transaction.optimize()
    report = check(tmp_path / "w")
    assert report.problems == report.leftovers == ()
