"""Merging and optimizing: segments, deleted rows, dictionaries, and positions that move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import Warehouse, check
from coldb_warehouse.chunks import writer as chunk_writer
from coldb_warehouse.domain import Rows
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, TableKind, TableSchema
from coldb_warehouse.types import INTEGER, VARCHAR
from coldb_warehouse.writing import generations, segment_writer

from tests.warehouse.stars import column, make_shop, open_small, plain_table, rows
from tests.warehouse.test_delete import TREE, live_rows, position

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import TableSnapshot
    from coldb_warehouse.versions.manifest import SegmentEntry, TableEntry


def table(**columns: Any) -> pa.Table:
    return pa.table(columns)


def entry(snapshot: TableSnapshot) -> TableEntry:
    return snapshot._entry


def files(segment: SegmentEntry) -> set[str]:
    return {chunk.place.file for chunk in segment.chunks.values()}


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """Four stores, and 45 sales that came in two loads, of the stores 20 and 10."""
    with warehouse.begin() as transaction:
        make_shop(transaction)
        for first in (0, 25):
            numbers = list(range(first, first + 25))
            notes = [f"n{number * 7 % 5}" for number in numbers]
            data = table(number=numbers, store_id=[10, 20, 30, 20, 10] * 5, note=notes)
            transaction.append("sales", data)
    return warehouse


def sold(snapshot: TableSnapshot) -> list[tuple[object, ...]]:
    return sorted(live_rows(snapshot, "number", "store_id", "note"))


def add_stores(warehouse: Warehouse, *keys: int) -> None:
    """New stores in a region that sorts first."""
    with warehouse.begin() as transaction:
        for key in keys:
            transaction.append("store", table(id=[key], city=["Aachen"], region=["a"]))


def test_optimized_rows_are_sorted_in_full_segments(shop: Warehouse) -> None:
    before = sold(shop.snapshot().table("sales"))
    with shop.begin() as transaction:
        transaction.delete("sales", [3, 33])
        (result,) = transaction.optimize("sales")
    after = shop.snapshot().table("sales")
    assert (result.rows, result.segments_before, result.segments_after) == (48, 4, 3)
    assert [segment.rows for segment in after.segments] == [20, 20, 8]
    assert all(segment.is_sorted for segment in after.segments)
    assert after.live is None
    assert after.statistics("store_id").is_sorted
    assert after.statistics("store_id").is_exact
    assert len(sold(after)) == 48
    assert set(sold(after)) < set(before)


def test_what_is_optimal_is_left_alone(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.optimize()
    version, manifest = shop.snapshot().version, entry(shop.snapshot().table("sales"))
    with shop.begin() as transaction:
        transaction.optimize()
        assert transaction.writer.names == []
    assert entry(shop.snapshot().table("sales")) == manifest
    assert shop.snapshot().version in (version, version + 1)


def test_a_late_row_of_a_dimension_moves_by_optimizing_only(shop: Warehouse) -> None:
    before = shop.snapshot().table("sales")
    add_stores(shop, 50)
    store = shop.snapshot().table("store")
    assert position(store, 50) == 4
    assert entry(shop.snapshot().table("sales")) == entry(before)
    with shop.begin() as transaction:
        transaction.optimize("store")
    store, sales = shop.snapshot().table("store"), shop.snapshot().table("sales")
    assert position(store, 50) == 0
    assert store.generation == 1
    assert sold(sales) == sold(before)
    assert sales.domain("store_id") == Rows("store", 5, 1)
    old = [s.chunks["2"] for s in entry(sales).segments]
    assert [chunk.place for chunk in old] == [s.chunks["2"].place for s in entry(before).segments]
    assert {chunk.generation for chunk in old} == {0}
    assert len(entry(store).moves) == 1


def test_optimizing_a_fact_writes_only_the_columns_that_moved(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.optimize()
    before = shop.snapshot().table("sales")
    add_stores(shop, 50)
    with shop.begin() as transaction:
        transaction.optimize("store")
        moved = transaction.snapshot().table("sales")
        # The new store comes before all others: the order of the sales stays.
        assert [s.is_sorted for s in moved.segments] == [True] * 3
        low = before.statistics("store_id").low
        assert low is not None
        assert moved.statistics("store_id").low == low + 1
        transaction.optimize("sales")
    after = shop.snapshot().table("sales")
    assert sold(after) == sold(before)
    for old, new in zip(entry(before).segments, entry(after).segments, strict=True):
        changed = {key for key in old.chunks if old.chunks[key] != new.chunks[key]}
        assert changed == {"2"}
        assert new.chunks["2"].generation == 1
    assert entry(shop.snapshot().table("store")).moves == ()


def test_moves_are_composed(shop: Warehouse) -> None:
    before = sold(shop.snapshot().table("sales"))
    for key in (50, 60):
        add_stores(shop, key)
        with shop.begin() as transaction:
            transaction.append("sales", table(number=[100 + key], store_id=[key]))
            transaction.optimize("store")
    store, sales = shop.snapshot().table("store"), shop.snapshot().table("sales")
    assert store.generation == 2
    assert [move.generation for move in entry(store).moves] == [0, 1]
    assert sold(sales) == [*before, (150, 50, None), (160, 60, None)]
    with shop.begin() as transaction:
        transaction.optimize()
    assert entry(shop.snapshot().table("store")).moves == ()
    assert sold(shop.snapshot().table("sales")) == [*before, (150, 50, None), (160, 60, None)]


def test_a_move_that_changes_the_order_makes_statistics_unknown(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.optimize()
        store = transaction.snapshot().table("store")
        at = [position(store, key) for key in (10, 20)]
        transaction.update("store", at, table(region=["a", "z"]))
        transaction.optimize("store")
    sales = shop.snapshot().table("sales")
    one_store, *others = sales.segments
    assert (one_store.is_sorted, one_store.statistics("store_id").low) == (True, 3)
    known = others[0].statistics("store_id")
    assert (known.low, known.high, known.is_sorted) == (None, None, False)
    assert not others[0].is_sorted
    assert others[0].chunk("store_id").blocks.low is not None
    with shop.begin() as transaction:
        transaction.optimize()
    assert shop.snapshot().table("sales").statistics("store_id").is_sorted


def test_deleted_rows_of_a_dimension_go(shop: Warehouse) -> None:
    before = shop.snapshot().table("sales")
    with shop.begin() as transaction:
        transaction.delete("store", [position(shop.snapshot().table("store"), 40)])
        transaction.optimize("store")
    store, sales = shop.snapshot().table("store"), shop.snapshot().table("sales")
    assert (store.rows, store.live) == (3, None)
    assert sold(sales) == sold(before)
    assert all(segment.is_sorted for segment in sales.segments)


def test_rows_that_only_deleted_rows_reference_go(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        sales = transaction.snapshot().table("sales")
        gone = np.flatnonzero(np.array(column(sales, "store_id")) == 30)
        transaction.delete("sales", gone)
        transaction.delete("store", [position(transaction.snapshot().table("store"), 30)])
        transaction.optimize("store")
        sales = transaction.snapshot().table("sales")
        assert sales.live_rows == 40
        assert {store for _, store, _ in sold(sales)} == {10, 20}
    assert len(sold(shop.snapshot().table("sales"))) == 40


def test_a_table_can_be_emptied_that_only_deleted_rows_reference(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.delete("sales", np.arange(50))
        transaction.truncate("store")
        sales = transaction.snapshot().table("sales")
        assert (sales.rows, sales.live_rows) == (50, 0)
        assert not any(c.valid is None or c.valid.any() for c in [sales.chunk("store_id")])
        transaction.append("store", table(id=[70]))
        transaction.append("sales", table(number=[1], store_id=[70]))
    assert sold(shop.snapshot().table("sales")) == [(1, 70, None)]


def test_deleted_rows_may_reference_a_table_without_rows(warehouse: Warehouse) -> None:
    """The deleted orders stay in their segment, because lines could reference orders."""
    customer = plain_table("customer", ("c", INTEGER), primary_key=("c",))
    key = ForeignKey(("c",), "customer", ())
    order = plain_table(
        "orders", ("o", INTEGER), ("c", INTEGER), primary_key=("o",), foreign_keys=(key,)
    )
    line = plain_table("line", ("o", INTEGER), foreign_keys=(ForeignKey(("o",), "orders", ()),))
    with warehouse.begin() as transaction:
        for schema in (customer, order, line):
            transaction.create_table(schema)
        transaction.append("customer", table(c=[1, 2]))
        transaction.append("orders", table(o=[1, 2, 3], c=[1, 2, 1]))
    with warehouse.begin() as transaction:
        transaction.delete("orders", [0, 1, 2])
        transaction.truncate("customer")
        transaction.truncate("customer")
        orders = transaction.snapshot().table("orders")
        assert (orders.rows, orders.live_rows, orders.domain("c")) == (3, 0, Rows("customer", 0, 2))
    report = check(warehouse.path)
    assert report.problems == ()
    with warehouse.begin() as transaction:
        transaction.append("customer", table(c=[5]))
        transaction.append("orders", table(o=[1], c=[5]))
        transaction.append("line", table(o=[1]))
        assert live_rows(transaction.snapshot().table("orders")) == [(1, 5)]


def test_keys_on_the_own_table_follow(warehouse: Warehouse) -> None:
    chain = {i: i - 1 if i > 1 else None for i in range(1, 61)}
    with warehouse.begin() as transaction:
        transaction.create_table(TREE)
        for i in range(1, 61):
            transaction.append("tree", table(id=[i], parent=[chain[i]]))
        last = position(transaction.snapshot().table("tree"), 60)
        transaction.delete("tree", [last])
        transaction.update("tree", [0], table(parent=[59]))
        transaction.optimize()
    tree = warehouse.snapshot().table("tree")
    assert (tree.rows, tree.live) == (59, None)
    chain[1] = 59
    assert sorted(rows(tree)) == [(i, chain[i]) for i in range(1, 60)]
    assert entry(tree).moves == ()


def test_a_chain_of_facts(warehouse: Warehouse) -> None:
    """A line references an order, which references a customer; a hidden column leads to the order."""
    customer = TableSchema(
        "customer", TableKind.DIMENSION, (Column("c", INTEGER), Column("name", VARCHAR)), ("c",)
    )
    order = plain_table(
        "orders",
        ("year", INTEGER),
        ("o", INTEGER),
        ("c", INTEGER),
        primary_key=("year", "o"),
        foreign_keys=(ForeignKey(("c",), "customer", ()),),
        order_by=("c",),
    )
    line = plain_table(
        "line",
        ("year", INTEGER),
        ("o", INTEGER),
        foreign_keys=(ForeignKey(("year", "o"), "orders", ()),),
        order_by=("o",),
    )
    with warehouse.begin() as transaction:
        for schema in (customer, order, line):
            transaction.create_table(schema)
        for c in (3, 1, 2):
            transaction.append("customer", table(c=[c], name=[f"customer {c}"]))
            transaction.append(
                "orders", table(year=[2000] * 9, o=list(range(c, 90, 10)), c=[c] * 9)
            )
        orders = [int(o) for o in column(transaction.snapshot().table("orders"), "o")]
        transaction.append("line", table(year=[2000] * 27, o=orders))
        transaction.delete("line", [0])
    expected = sorted(live_rows(warehouse.snapshot().table("line"), "year", "o"))
    for names in (["customer"], ["orders"], ["customer", "orders", "line"]):
        with warehouse.begin() as transaction:
            for name in names:
                transaction.optimize(name)
        line_table = warehouse.snapshot().table("line")
        orders_table = warehouse.snapshot().table("orders")
        assert sorted(live_rows(line_table, "year", "o")) == expected
        for year, o, at in live_rows(line_table, "year", "o", "#year+o"):
            assert rows(orders_table, "year", "o")[at] == (year, o)  # type: ignore[call-overload]
        assert sorted(rows(orders_table, "o", "c")) == [
            (o, o % 10) for o in range(90) if o % 10 in (1, 2, 3)
        ]


def test_dictionaries_are_sorted_and_lose_what_no_row_has(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.update("sales", [0, 1], table(note=["a", "zz"]))
        sales = transaction.snapshot().table("sales")
        gone = np.flatnonzero(np.array(column(sales, "note")) == "n3")
        transaction.delete("sales", gone)
        expected = sold(transaction.snapshot().table("sales"))
        transaction.optimize("sales")
    sales = shop.snapshot().table("sales")
    known = sales.dictionary("note")
    assert known is not None
    assert known.is_sorted
    assert pa.array(known.values).to_pylist() == sorted({str(note) for *_, note in expected})
    assert sold(sales) == expected


def test_many_deleted_rows_go_at_commit(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.delete("sales", np.arange(5))
        assert transaction.snapshot().table("sales").rows == 50
    sales = shop.snapshot().table("sales")
    assert [(s.rows, s.live_rows) for s in sales.segments] == [(15, 15), (5, 5), (20, 20), (5, 5)]
    with shop.begin() as transaction:
        transaction.delete("sales", [0, 1, 2])
    assert shop.snapshot().table("sales").rows == 45


def test_many_deleted_rows_of_a_referenced_table_go_at_commit(shop: Warehouse) -> None:
    keys = list(range(100, 130))
    add_stores(shop, *keys)
    before = sold(shop.snapshot().table("sales"))
    with shop.begin() as transaction:
        at = [position(transaction.snapshot().table("store"), key) for key in keys[:7]]
        transaction.delete("store", at)
    store = shop.snapshot().table("store")
    assert (store.rows, store.live_rows, store.generation) == (27, 27, 1)
    sales = shop.snapshot().table("sales")
    assert sold(sales) == before
    assert all(segment.is_sorted for segment in sales.segments)


def test_merged_rows_of_a_referenced_table_stay_deleted(tmp_path: Path) -> None:
    with open_small(tmp_path / "w", segment_rows=1000) as shop, shop.begin() as transaction:
        make_shop(transaction)
        for key in range(100, 130):
            transaction.append("store", table(id=[key]))
            if key == 101:
                at = position(transaction.snapshot().table("store"), key)
                transaction.delete("store", [at])
        store = transaction.snapshot().table("store")
        assert len(store.segments) == 16
        assert (store.rows, store.live_rows) == (34, 33)
        assert (position(store, 101), position(store, 102)) == (-1, at + 1)


def test_partitions_are_merged_and_optimized_apart(tmp_path: Path) -> None:
    by_ten = Partitioning("k", PartitionMethod.RANGE, 10)
    schema = plain_table("t", ("k", INTEGER), ("v", INTEGER), order_by=("v",), partitioning=by_ten)
    expected = []
    with open_small(tmp_path / "w", segment_rows=1000) as warehouse:
        for number in range(40):
            values = [(k, 100 - number) for k in (number % 10, 10 + number % 10)]
            expected += values
            with warehouse.begin() as transaction:
                if not number:
                    transaction.create_table(schema)
                transaction.append("t", table(k=[k for k, _ in values], v=[v for _, v in values]))
        merged = warehouse.snapshot().table("t")
        assert len(merged.segments) < 40
        with warehouse.begin() as transaction:
            transaction.delete("t", [0])
            transaction.optimize("t")
        optimal = warehouse.snapshot().table("t")
        assert len(optimal.segments) == 2
        for snapshot in (merged, optimal):
            for segment in snapshot.segments:
                keys = rows(snapshot, "k")[segment.first_row : segment.first_row + segment.rows]
                assert {k // 10 for (k,) in keys} == {segment.partition}
        assert sorted(rows(merged)) == sorted(expected)
        assert len(rows(optimal)) == len(expected) - 1
    assert check(tmp_path / "w").problems == ()


def test_a_table_larger_than_memory_becomes_sorted_runs(tmp_path: Path) -> None:
    values = [(number * 37) % 100 for number in range(100)]
    with open_small(tmp_path / "w", memory_limit=48 * 60) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("v", INTEGER), order_by=("v",)))
            for first in range(0, 100, 10):
                transaction.append("t", table(v=values[first : first + 10]))
            transaction.optimize("t")
        after = warehouse.snapshot().table("t")
        assert [segment.rows for segment in after.segments] == [20, 20, 20, 20, 20]
        assert column(after, "v") == sorted(values[:60]) + sorted(values[60:])


def test_optimizing_outlasts_reopening(shop: Warehouse, tmp_path: Path) -> None:
    add_stores(shop, 50)
    with shop.begin() as transaction:
        transaction.optimize("store")
    with open_small(tmp_path / "w") as again:
        assert sold(again.snapshot().table("sales")) == sold(shop.snapshot().table("sales"))


def test_domains_of_more_entries_than_a_chunk_can_have(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (generations, segment_writer):
        monkeypatch.setattr(module, "MAX_ROWS", 3)
    monkeypatch.setattr(chunk_writer, "MAX_ROWS", 20)
    before = sold(shop.snapshot().table("sales"))
    for key in (50, 60):
        add_stores(shop, key)
        with shop.begin() as transaction:
            transaction.append("sales", table(number=[100 + key], store_id=[key]))
            transaction.optimize("store")
    after = [*before, (150, 50, None), (160, 60, None)]
    store = entry(shop.snapshot().table("store"))
    assert [(move.generation, move.size) for move in store.moves] == [
        (0, 3),
        (0, 2),
        (1, 3),
        (1, 3),
    ]
    assert any(len(dictionary.parts) > 1 for dictionary in store.dictionaries.values())
    with Warehouse.open(shop.path, read_only=True) as again:
        assert sold(again.snapshot().table("sales")) == after
    assert check(shop.path).problems == ()
    with shop.begin() as transaction:
        transaction.optimize()
    assert entry(shop.snapshot().table("store")).moves == ()
    assert sold(shop.snapshot().table("sales")) == after
