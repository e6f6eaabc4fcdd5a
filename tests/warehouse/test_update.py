"""Updated rows keep their positions; the constraints hold as for new rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, ConversionError, TableSnapshot, Warehouse
from coldb_warehouse.schema import ForeignKey
from coldb_warehouse.types import BOOLEAN, DOUBLE, INTEGER, VARCHAR, decimal

from tests.warehouse.stars import column, make_shop, plain_table, rows
from tests.warehouse.test_delete import TREE, position

if TYPE_CHECKING:
    from coldb_warehouse import Transaction

SALES = 50


def table(**columns: Any) -> pa.Table:
    return pa.table(columns)


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """Four stores and 50 sales in three segments, those of store 20 first."""
    with warehouse.begin() as transaction:
        make_shop(transaction)
        data = {
            "number": list(range(SALES)),
            "store_id": [20] * 25 + [10] * 25,
            "day": [date(2024, 1, 1)] * SALES,
            "amount": [Decimal("1.50")] * SALES,
            "note": ["a", "b"] * 25,
        }
        transaction.append("sales", pa.table(data))
    return warehouse


def places(snapshot: TableSnapshot) -> list[list[str]]:
    """Which files the chunks of each segment are in, by column."""
    return [
        [f"{chunk.place}" for chunk in segment.chunks.values()]
        for segment in snapshot._entry.segments
    ]


def test_values_of_every_kind_change(warehouse: Warehouse) -> None:
    names = {"n": INTEGER, "x": DOUBLE, "b": BOOLEAN, "wide": decimal(38, 0), "s": VARCHAR}
    before = {"n": 1, "x": 0.5, "b": True, "wide": Decimal(7), "s": "old"}
    after = {"n": -(2**31), "x": None, "b": False, "wide": Decimal(10**37), "s": "new"}
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", *names.items()))
        transaction.append("t", pa.table({k: [v] * 45 for k, v in before.items()}))
        data = pa.table({k: [v, None] for k, v in after.items()})
        assert transaction.update("t", [44, 3], data) == 2
    expected = [tuple(before.values())] * 45
    expected[44], expected[3] = tuple(after.values()), (None,) * 5
    assert rows(warehouse.snapshot().table("t")) == expected


def test_only_what_changes_is_written(shop: Warehouse) -> None:
    before = shop.snapshot().table("sales")
    with shop.begin() as transaction:
        transaction.update("sales", [21, 23], table(note=["x", None]))
    after = shop.snapshot().table("sales")
    old, new = places(before), places(after)
    assert (new[0], new[2]) == (old[0], old[2])
    changed = [a != b for a, b in zip(old[1], new[1], strict=True)]
    assert sum(changed) == 1
    expected = column(before, "note")
    expected[21], expected[23] = "x", None
    assert column(after, "note") == expected
    assert column(before, "note")[21] == "b"
    assert all(segment.is_sorted for segment in after.segments)


def test_a_dictionary_gets_what_it_has_not(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.update("sales", [0, 49], table(note=["zebra", "aardvark"]))
        known = transaction.snapshot().table("sales").dictionary("note")
        assert known is not None
        assert pa.array(known.values).to_pylist() == ["a", "b", "aardvark", "zebra"]
        assert not known.is_sorted
    notes = column(shop.snapshot().table("sales"), "note")
    assert (notes[0], notes[1], notes[49]) == ("zebra", "b", "aardvark")


def test_text_without_dictionary(warehouse: Warehouse) -> None:
    strings = [f"text {i}" for i in range(600)]
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("s", VARCHAR)))
        transaction.append("t", pa.table({"s": strings}))
        assert transaction.snapshot().table("t").domain("s") is None
        transaction.update("t", [599, 5], table(s=[None, "five"]))
    strings[5] = "five"
    assert column(warehouse.snapshot().table("t"), "s") == [*strings[:599], None]


def test_foreign_keys_are_resolved(shop: Warehouse) -> None:
    with shop.begin() as transaction:
        transaction.update("sales", [0, 30], table(store_id=[40, None]))
        with pytest.raises(ConstraintError, match=r"missing key: store_id = 7 is not in"):
            transaction.update("sales", [1], table(store_id=[7]))
    after = shop.snapshot().table("sales")
    stores = column(after, "store_id")
    assert (stores[0], stores[1], stores[30]) == (40, 20, None)
    assert [segment.is_sorted for segment in after.segments] == [False, False, True]


def test_a_position_column_follows_its_key(warehouse: Warehouse) -> None:
    parent = plain_table("p", ("a", INTEGER), ("b", INTEGER), primary_key=("a", "b"))
    key = ForeignKey(("a", "b"), "p", ())
    child = plain_table("c", ("a", INTEGER), ("b", INTEGER), foreign_keys=(key,))
    with warehouse.begin() as transaction:
        transaction.create_table(parent)
        transaction.create_table(child)
        transaction.append("p", table(a=[1, 1, 2], b=[1, 2, 1]))
        transaction.append("c", table(a=[1, 1, 2], b=[1, 2, 1]))
        with pytest.raises(ConstraintError, match=r"\(a, b\) = \(2, 2\)"):
            transaction.update("c", [2], table(b=[2]))
        transaction.update("c", [0, 1], table(a=[2, None]))
    after = warehouse.snapshot().table("c")
    assert rows(after, "a", "b", "#a+b") == [(2, 1, 2), (None, 2, None), (2, 1, 2)]


def test_primary_keys_stay_unique(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(
            plain_table("t", ("id", INTEGER), ("v", INTEGER), primary_key=("id",))
        )
        transaction.append("t", table(id=[1, 2, 3], v=[10, 20, 30]))
        with pytest.raises(ConstraintError, match="duplicate key: id = 3"):
            transaction.update("t", [0], table(id=[3]))
        with pytest.raises(ConstraintError, match="duplicate key: id = 9"):
            transaction.update("t", [0, 1], table(id=[9, 9]))
        transaction.update("t", [0, 1], table(id=[2, 1]))
        transaction.delete("t", [2])
        transaction.update("t", [0], table(id=[3]))
        found = transaction.snapshot().table("t")
        assert [position(found, key) for key in (1, 2, 3)] == [1, -1, 0]


def test_a_referenced_key_stays(shop: Warehouse) -> None:
    store = shop.snapshot().table("store")
    at = [position(store, key) for key in (10, 30)]
    with shop.begin() as transaction:
        with pytest.raises(ConstraintError, match=r'id = 10 is still referenced by table "sales"'):
            transaction.update("store", at, table(id=[11, 31]))
        transaction.update("store", at, table(id=[10, 31], city=["Roma", "Bergen"]))
    store = shop.snapshot().table("store")
    assert (position(store, 31), position(store, 30)) == (at[1], -1)
    assert column(store, "city")[at[0]] == "Roma"


def make_tree(transaction: Transaction) -> None:
    transaction.create_table(TREE)
    transaction.append("tree", table(id=[1, 2, 3], parent=[None, 1, 2]))


def test_keys_on_the_own_table(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_tree(transaction)
        with pytest.raises(ConstraintError, match="id = 2 is still referenced"):
            transaction.update("tree", [1], table(id=[5]))
        with pytest.raises(ConstraintError, match="missing key: parent = 2"):
            transaction.update("tree", [1, 2], table(id=[5, 3], parent=[1, 2]))
        transaction.update("tree", [0, 1, 2], table(id=[11, 12, 13], parent=[None, 11, 12]))
    assert rows(warehouse.snapshot().table("tree")) == [(11, None), (12, 11), (13, 12)]


def test_faults_change_nothing(shop: Warehouse) -> None:
    before = rows(shop.snapshot().table("sales"))
    with shop.begin() as transaction:
        faults: list[tuple[type[Exception], str, list[int], pa.Table]] = [
            (CatalogError, "no column", [0], table(nothing=[1])),
            (CatalogError, "2 positions for 1 rows", [0, 1], table(number=[1])),
            (CatalogError, "changed twice", [1, 1], table(number=[1, 2])),
            (CatalogError, "positions 0 to 49", [50], table(number=[1])),
            (ConversionError, 'column "day": "no day"', [0], table(day=["no day"])),
            (ConstraintError, "NOT NULL", [0], table(number=[None])),
        ]
        for error, message, positions, data in faults:
            with pytest.raises(error, match=message):
                transaction.update("sales", positions, data)
        transaction.delete("sales", [4])
        with pytest.raises(CatalogError, match="was deleted"):
            transaction.update("sales", [4], table(number=[1]))
        assert transaction.update("sales", [], table(number=pa.array([], pa.int64()))) == 0
    assert rows(shop.snapshot().table("sales")) == before


def test_random_updates(shop: Warehouse) -> None:
    generator = np.random.default_rng(5)
    expected = rows(shop.snapshot().table("sales"), "number", "store_id", "note")
    for _ in range(20):
        chosen = generator.permutation(SALES)[: generator.integers(1, 30)]
        numbers = generator.integers(0, 1 << 40, len(chosen)).tolist()
        stores = generator.choice([10, 20, 30, 40], len(chosen)).tolist()
        notes = [None if i % 5 == 0 else f"n{i % 9}" for i in numbers]
        with shop.begin() as transaction:
            data = table(number=numbers, store_id=stores, note=notes)
            transaction.update("sales", chosen, data)
        for row, *values in zip(chosen.tolist(), numbers, stores, notes, strict=True):
            expected[row] = tuple(values)
        assert rows(shop.snapshot().table("sales"), "number", "store_id", "note") == expected
