"""What can be declared, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse import (
    CatalogError,
    ConstraintError,
    Settings,
    Warehouse,
    describe,
)
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    MissingKey,
    Source,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import (
    BIGINT,
    INTEGER,
    INTERVAL,
)

from tests.warehouse.stars import (
    STORE,
    make_shop,
    open_small,
    plain_table,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_table_has_not(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        snapshot = transaction.snapshot()
        with pytest.raises(CatalogError, match='no table "stor"; did you mean "store"'):
            snapshot.table("stor")
        with pytest.raises(CatalogError, match='no column "amont"; did you mean "amount"'):
            snapshot.table("sales").chunk("amont")
        with pytest.raises(CatalogError, match='no column "#a"'):
            snapshot.table("sales").statistics("#a")
        with pytest.raises(CatalogError, match="no primary key"):
            snapshot.table("sales").key_index()
        with pytest.raises(CatalogError, match='no column "amont"; did you mean "amount"'):
            transaction.append("sales", pa.table({"amont": [1]}))
        twice = pa.table([pa.array([1]), pa.array([2])], names=["number", "number"])
        with pytest.raises(CatalogError, match="twice"):
            transaction.append("sales", twice)


BAD_TABLES = {
    "exists already": STORE,
    'no table "stor"; did you mean "store"': plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "stor", ()),)
    ),
    "has no PRIMARY KEY": plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "sales", ()),)
    ),
    "must reference the primary key": plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "store", ("city",)),)
    ),
    "has 2 columns, and the primary key": plain_table(
        "t", ("a", INTEGER), ("b", INTEGER), foreign_keys=(ForeignKey(("a", "b"), "store", ()),)
    ),
    "declare them alike": plain_table(
        "t", ("a", BIGINT), foreign_keys=(ForeignKey(("a",), "store", ()),)
    ),
    "cannot be stored": plain_table("t", ("a", INTERVAL)),
    "kept for foreign keys": plain_table("t", ("#a", INTEGER)),
    'no encoding "zip"': TableSchema("t", TableKind.PLAIN, (Column("a", INTEGER, encoding="zip"),)),
    "NOT NULL": TableSchema(
        "t",
        TableKind.PLAIN,
        (Column("a", INTEGER, nullable=False),),
        foreign_keys=(ForeignKey(("a",), "store", (), MissingKey.UNKNOWN),),
    ),
    'column "b" of table "t" is NOT NULL': TableSchema(
        "t",
        TableKind.DIMENSION,
        (Column("a", INTEGER), Column("b", INTEGER, nullable=False), Column("c", INTEGER)),
        primary_key=("a",),
        foreign_keys=(ForeignKey(("c",), "t", (), MissingKey.INFER),),
    ),
}


@pytest.mark.parametrize("problem", BAD_TABLES)
def test_tables_that_cannot_be(warehouse: Warehouse, problem: str) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(CatalogError, match=problem):
            transaction.create_table(BAD_TABLES[problem])
        assert len(transaction.snapshot().tables) == 2


def test_dropping_and_making_again(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(CatalogError, match='referenced by table "sales"'):
            transaction.drop_table("store")
        transaction.drop_table("sales")
        transaction.drop_table("store")
        with pytest.raises(CatalogError, match='no table "store"'):
            transaction.drop_table("store")
        transaction.create_table(STORE)
        transaction.append("store", pa.table({"id": [1]}))
    assert rows(warehouse.snapshot().table("store")) == [(1, None, None)]
    assert warehouse.snapshot().tables[0].id == 3


def test_emptying_a_table(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": [1], "store_id": [10]}))
    with warehouse.begin() as transaction:
        with pytest.raises(ConstraintError, match='rows of table "sales" reference it'):
            transaction.truncate("store")
        transaction.truncate("sales")
        transaction.truncate("store")
        transaction.append("store", pa.table({"id": [5, 10], "city": ["Wien", None]}))
        transaction.append("sales", pa.table({"number": [2], "store_id": [10]}))
    table = warehouse.snapshot().table("sales")
    assert rows(table, "number", "store_id") == [(2, 10)]
    assert warehouse.snapshot().table("store").rows == 2


def test_sources_fillings_and_properties(tmp_path: Path) -> None:
    source = Source("shop", "sqlite", (("path", "shop.db"),))
    filled = TableSchema(
        "t", TableKind.PLAIN, (Column("a", INTEGER),), filling=Filling("shop", "SELECT 1 AS a")
    )
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        transaction.create_source(source)
        transaction.create_table(filled)
        transaction.set_property("etl.positions", {"t": [1, 2.5, None, "x"]})
        transaction.set_property("gone", 1)
        transaction.set_property("gone", None)
        with pytest.raises(CatalogError, match="exists already"):
            transaction.create_source(source)
        with pytest.raises(CatalogError, match='fills table "t"'):
            transaction.drop_source("shop")
        with pytest.raises(CatalogError, match='no source "sho"; did you mean "shop"'):
            transaction.drop_source("sho")
        for impossible in (float("nan"), {1, 2}, object()):
            with pytest.raises(CatalogError, match="no JSON value"):
                transaction.set_property("p", impossible)
    with open_small(tmp_path / "w") as warehouse:
        snapshot = warehouse.snapshot()
        assert snapshot.sources == (source,)
        assert snapshot.properties == {"etl.positions": {"t": [1, 2.5, None, "x"]}}
        assert snapshot.table("t").schema.filling == filled.filling
        with warehouse.begin() as transaction:
            transaction.drop_table("t")
            transaction.drop_source("shop")
        assert warehouse.snapshot().sources == ()


def test_a_schema_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        make_shop(transaction)
        declared = transaction.snapshot().tables
    with open_small(tmp_path / "w") as warehouse:
        assert warehouse.snapshot().tables == declared
    assert declared[0].hierarchies == (Hierarchy("geography", ("region", "city")),)
    assert declared[1].foreign_keys == (ForeignKey(("store_id",), "store", ("id",)),)
    assert [column.id for column in declared[1].columns] == [1, 2, 3, 4, 5]


def test_what_a_warehouse_says_of_itself(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": range(100), "store_id": [10] * 100}))
    store, fact = describe(warehouse.snapshot())
    assert (store.name, store.rows, store.segments) == ("store", 4, 1)
    domains = [column.domain for column in store.columns]
    assert domains == [None, "dictionary of 4", "dictionary of 3"]
    assert (fact.rows, fact.segments) == (100, 5)
    assert fact.columns[1].domain == "rows of store"
    assert fact.columns[1].encodings == ("constant",)
    assert fact.columns[0].plain_bytes == 800
    assert fact.nbytes == sum(column.nbytes for column in fact.columns) > 0


def test_settings_must_make_sense() -> None:
    for changes in ({"block_rows": 0}, {"segment_rows": 0}, {"segment_rows": 2**25}):
        with pytest.raises(ValueError, match="at least 1"):
            Settings(**changes)
