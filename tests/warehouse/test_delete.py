"""Deleted rows keep their positions, and are found no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, TableSnapshot, Warehouse
from coldb_warehouse.schema import ROW, Column, ForeignKey, TableKind, TableSchema
from coldb_warehouse.types import INTEGER

from tests.warehouse.stars import column, make_shop, open_small, rows

if TYPE_CHECKING:
    from pathlib import Path

TREE = TableSchema(
    "tree",
    TableKind.DIMENSION,
    (Column("id", INTEGER), Column("parent", INTEGER)),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("parent",), "tree", ()),),
)


def position(table: TableSnapshot, key: int) -> int:
    return int(table.positions_of([np.array([key])])[0])


def live_rows(table: TableSnapshot, *names: str) -> list[tuple[object, ...]]:
    live = np.ones(table.rows, bool) if table.live is None else table.live
    return [row for row, kept in zip(rows(table, *names), live, strict=True) if kept]


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """Four stores and 50 sales in three segments, of the stores 10 and 20."""
    with warehouse.begin() as transaction:
        make_shop(transaction)
        data = {"number": range(50), "store_id": [10, 20] * 25}
        transaction.append("sales", pa.table({k: list(v) for k, v in data.items()}))
    return warehouse


def test_deleted_rows_are_marked(shop: Warehouse) -> None:
    before = shop.snapshot().table("sales")
    with shop.begin() as transaction:
        assert transaction.delete("sales", [0, 7, 30]) == 3
        assert transaction.delete("sales", [7, 8]) == 1
        assert transaction.delete("sales", []) == 0
    after = shop.snapshot().table("sales")
    assert (before.rows, before.live_rows, before.live) == (50, 50, None)
    assert (after.rows, after.live_rows) == (50, 46)
    assert after.live is not None
    assert np.flatnonzero(~after.live).tolist() == [0, 7, 8, 30]
    assert [segment.live_rows for segment in after.segments] == [17, 19, 10]
    assert after.segments[2].live is None
    assert rows(after) == rows(before)


def test_deleted_rows_outlast_reopening(shop: Warehouse, tmp_path: Path) -> None:
    with shop.begin() as transaction:
        transaction.delete("sales", [0, 1, 2, 25])
    with open_small(tmp_path / "w") as again:
        table = again.snapshot().table("sales")
        assert table.live is not None
        assert np.flatnonzero(~table.live).tolist() == [0, 1, 2, 25]


def test_statistics_say_that_they_are_bounds(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.delete("sales", [0])
    table = shop.snapshot().table("sales")
    assert not table.statistics("number").is_exact
    assert not table.segments[0].statistics("number").is_exact
    assert table.segments[1].statistics("number").is_exact


def test_a_deleted_key_is_free_again(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        at = position(shop.snapshot().table("store"), 30)
        transaction.delete("store", [at])
        table = transaction.snapshot().table("store")
        assert position(table, 30) == -1
        with pytest.raises(ConstraintError, match="missing key"):
            transaction.append("sales", pa.table({"number": [1], "store_id": [30]}))
        transaction.append("store", pa.table({"id": [30], "city": ["Oslo"]}))
        transaction.append("sales", pa.table({"number": [51], "store_id": [30]}))
    table = shop.snapshot().table("store")
    assert position(table, 30) == 4 != at
    assert column(shop.snapshot().table("sales"), "store_id")[-1] == 30


def test_a_referenced_row_stays(shop: Warehouse) -> None:
    store = shop.snapshot().table("store")
    both = [position(store, 10), position(store, 20)]
    with shop.begin() as transaction:
        with pytest.raises(ConstraintError, match=r'id = 10 is still referenced by table "sales"'):
            transaction.delete("store", both[:1])
        assert transaction.snapshot().table("store").live is None
        of_store_10 = np.array(column(transaction.snapshot().table("sales"), "store_id")) == 10
        transaction.delete("sales", np.flatnonzero(of_store_10))
        with pytest.raises(ConstraintError, match="id = 20"):
            transaction.delete("store", both)
        transaction.delete("store", both[:1])
    assert shop.snapshot().table("store").live_rows == 3


def test_rows_that_reference_each_other_go_together(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(TREE)
        transaction.append("tree", pa.table({"id": [1, 2, 3], "parent": [None, 1, 2]}))
        with pytest.raises(ConstraintError, match="id = 2 is still referenced"):
            transaction.delete("tree", [0, 1])
        assert transaction.delete("tree", [1, 2]) == 2
    assert live_rows(warehouse.snapshot().table("tree")) == [(1, None)]


@pytest.mark.parametrize("positions", [[50], [-1], [0.5]])
def test_positions_must_exist(shop: Warehouse, positions: list[float]) -> None:
    with shop.begin() as transaction, pytest.raises(CatalogError, match="positions 0 to 49"):
        transaction.delete("sales", positions)


def test_rows_have_numbers(shop: Warehouse) -> None:
    table = shop.snapshot().table("sales")
    assert column(table, ROW) == list(range(50))
    assert ROW not in table.column_names
    second = table.segments[1]
    assert second.statistics(ROW).low == second.first_row == 20
    assert table.statistics(ROW).high == 49
    chunk = second.chunk(ROW)
    assert table.values_of(ROW, chunk)[0] == 20
