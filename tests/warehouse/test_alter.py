"""Changing tables that have rows already."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, Warehouse, check
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.schema import Column, ForeignKey, MissingKey, TableKind, TableSchema
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

from tests.warehouse.stars import column, make_shop, open_small, plain_table, rows

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import Transaction


def fill(transaction: Transaction, *schemas: TableSchema) -> None:
    """Tables with 50 rows each, in three segments."""
    for schema in schemas:
        transaction.create_table(schema)
        names = [declared.name for declared in schema.columns]
        transaction.append(schema.name, pa.table({name: range(50) for name in names}))


T = plain_table("t", ("a", INTEGER))


@pytest.mark.parametrize(
    ("type", "initial", "read"),
    [
        (INTEGER, 7, 7),
        (BIGINT, -(1 << 63), -(1 << 63)),
        (SMALLINT, 0, 0),
        (BOOLEAN, True, True),
        (DOUBLE, 0.1, 0.1),
        (DOUBLE, math.inf, math.inf),
        (REAL, 0.5, 0.5),
        (VARCHAR, "größer", "größer"),
        (VARCHAR, "", ""),
        (DATE, 1, __import__("datetime").date(1970, 1, 2)),
        (decimal(5, 2), -150, __import__("decimal").Decimal("-1.50")),
        (decimal(38, 0), 10**30, 10**30),
        (VARCHAR, None, None),
        (INTEGER, None, None),
    ],
)
def test_adding_a_column(tmp_path: Path, type: Type, initial: Any, read: Any) -> None:
    added = Column("b", type, nullable=initial is None, initial=initial)
    with open_small(tmp_path / "w") as warehouse:
        with warehouse.begin() as transaction:
            fill(transaction, T)
        size = len(list((tmp_path / "w" / "data").iterdir()))
        with warehouse.begin() as transaction:
            transaction.add_column("t", added)
            assert column(transaction.snapshot().table("t"), "b") == [read] * 50
        assert len(list((tmp_path / "w" / "data").iterdir())) <= size + 1  # a dictionary, at most
    with open_small(tmp_path / "w") as warehouse:
        table = warehouse.snapshot().table("t")
        assert rows(table) == [(number, read) for number in range(50)]
        known = table.statistics("b")
        assert known.nulls == (50 if initial is None else 0)
        if isinstance(initial, int) and not known.is_coded:
            assert (known.low, known.high) == (initial, initial)
        with warehouse.begin() as transaction:
            data = pa.table({"a": [50], "b": pa.array([read], type.to_arrow())})
            transaction.append("t", data)
        assert column(warehouse.snapshot().table("t"), "b") == [read] * 51
    assert check(tmp_path / "w").problems == ()


def test_an_added_text_column_gets_a_dictionary(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        fill(transaction, T)
        transaction.add_column("t", Column("b", VARCHAR, initial="new"))
        transaction.add_column("t", Column("c", VARCHAR))
    with warehouse.begin() as transaction:
        transaction.append("t", pa.table({"a": [50, 51], "b": ["old", "new"], "c": ["x", None]}))
        table = transaction.snapshot().table("t")
        assert isinstance(table.domain("b"), Dictionary)
        assert isinstance(table.domain("c"), Dictionary)
        assert column(table, "b") == ["new"] * 50 + ["old", "new"]
        assert column(table, "c") == [None] * 50 + ["x", None]


def test_rows_that_lack_a_column_get_its_initial_value(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        fill(transaction, T)
        transaction.add_column("t", Column("b", INTEGER, nullable=False, initial=5))
        transaction.add_column("t", Column("c", VARCHAR, initial="x"))
        transaction.append("t", pa.table({"a": [50, 51], "c": ["y", None]}))
        transaction.append("t", pa.table({"a": [52], "b": [6]}))
        table = transaction.snapshot().table("t")
        assert rows(table)[-4:] == [(49, 5, "x"), (50, 5, "y"), (51, 5, None), (52, 6, "x")]
        with pytest.raises(ConstraintError, match='"b" is NULL'):
            transaction.append("t", pa.table({"a": [53], "b": pa.array([None], pa.int32())}))


def test_a_dictionary_is_extended_where_not_all_is_coded(tmp_path: Path) -> None:
    for number, force in enumerate((True, False, True, True)):
        with open_small(tmp_path / "w", force_dictionary=force) as warehouse:
            with warehouse.begin() as transaction:
                if not number:
                    transaction.create_table(plain_table("t", ("a", VARCHAR)))
                words = [f"{word} {number}" for word in ["hello", "dear", "world"]]
                transaction.append("t", pa.table({"a": words}))
            expected = [
                f"{word} {n}" for n in range(number + 1) for word in ["hello", "dear", "world"]
            ]
            assert column(warehouse.snapshot().table("t"), "a") == expected
    assert check(tmp_path / "w").problems == ()


def test_columns_that_cannot_be_added(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        fill(transaction, T)
        for added, problem in [
            (Column("b", INTEGER, nullable=False), 'no value in column "b"; give it a DEFAULT'),
            (Column("a", INTEGER), 'column "a" is declared twice'),
            (Column("#b", INTEGER), "kept for foreign keys"),
            (Column("b", INTEGER, initial="x"), "'x' is no INTEGER"),
            (Column("b", SMALLINT, initial=1 << 15), "32768 is no SMALLINT"),
            (Column("b", INTEGER, initial=True), "True is no INTEGER"),
            (Column("b", Type(Kind.VARCHAR, length=2), initial="abc"), r"'abc' is no VARCHAR\(2\)"),
            (Column("b", decimal(2, 0), initial=100), r"100 is no DECIMAL\(2,0\)"),
            (Column("b", REAL, initial=1e300), "is no REAL"),
            (Column("b", INTEGER, encoding="zip"), 'no encoding "zip"'),
        ]:
            with pytest.raises(CatalogError, match=problem):
                transaction.add_column("t", added)
        transaction.truncate("t")
        transaction.add_column("t", Column("b", INTEGER, nullable=False))
        with pytest.raises(ConstraintError, match='"b" is NULL'):
            transaction.append("t", pa.table({"a": [1]}))


def test_ids_are_never_used_again(warehouse: Warehouse) -> None:
    """A column that comes in the place of one that went has none of its data."""
    with warehouse.begin() as transaction:
        fill(transaction, plain_table("t", ("a", INTEGER), ("b", INTEGER)))
        transaction.drop_column("t", "b")
    with warehouse.begin() as transaction:
        transaction.add_column("t", Column("b", INTEGER))
    table = warehouse.snapshot().table("t")
    assert [declared.id for declared in table.schema.columns] == [1, 3]
    assert rows(table) == [(number, None) for number in range(50)]


def test_dropping_a_column_frees_its_files(tmp_path: Path) -> None:
    with open_small(tmp_path / "w", segment_rows=100_000) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("a", INTEGER), ("b", VARCHAR)))
            data = {"a": range(70_000), "b": [str(number) for number in range(70_000)]}
            transaction.append("t", pa.table(data))
        old = warehouse.snapshot()
        with warehouse.begin() as transaction:
            transaction.drop_column("t", "b")
        with pytest.raises(CatalogError, match='no column "b"'):
            warehouse.snapshot().table("t").chunk("b")
        assert column(old.table("t"), "b")[-1] == "69999"
        del old
        swept = warehouse.vacuum()
        assert swept.files >= 1
        assert swept.nbytes > 70_000
    assert check(tmp_path / "w").problems == ()


def test_columns_that_must_stay(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.create_table(T)
        for table, name, clause in [
            ("store", "id", "PRIMARY KEY"),
            ("store", "region", "HIERARCHY geography"),
            ("sales", "store_id", "ORDER BY"),
            ("sales", "day", "ORDER BY"),
        ]:
            with pytest.raises(
                CatalogError, match=f'"{name}" of table "{table}" is in its {clause}'
            ):
                transaction.drop_column(table, name)
        with pytest.raises(CatalogError, match="the only one"):
            transaction.drop_column("t", "a")
        with pytest.raises(CatalogError, match='no column "b"'):
            transaction.drop_column("t", "b")


def test_renaming(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": [1], "store_id": [20]}))
    with warehouse.begin() as transaction:
        transaction.rename_column("store", "id", "number")
        transaction.rename_column("store", "region", "area")
        transaction.rename_column("sales", "store_id", "shop")
        transaction.rename_table("store", "shops")
        for names in [("number", "day"), ("amont", "x"), ("number", "#n")]:
            with pytest.raises(CatalogError):
                transaction.rename_column("sales", *names)
        with pytest.raises(CatalogError, match="exists already"):
            transaction.rename_table("sales", "shops")
    snapshot = warehouse.snapshot()
    store, sales = (snapshot.table(name).schema for name in ("shops", "sales"))
    assert store.primary_key == ("number",)
    assert store.hierarchies[0].columns == ("area", "city")
    assert sales.foreign_keys == (ForeignKey(("shop",), "shops", ("number",)),)
    assert sales.order_by == ("shop", "day")
    assert rows(snapshot.table("sales"), "number", "shop") == [(1, 20)]
    with warehouse.begin() as transaction:
        with pytest.raises(ConstraintError, match='shop = 21 is not in table "shops"'):
            transaction.append("sales", pa.table({"number": [2], "shop": [21]}))
        transaction.append("sales", pa.table({"number": [2], "shop": [10]}))
    assert sorted(rows(warehouse.snapshot().table("sales"), "number", "shop")) == [(1, 20), (2, 10)]


@pytest.mark.parametrize(
    ("before", "after", "later"),
    [
        (SMALLINT, INTEGER, 1 << 30),
        (SMALLINT, BIGINT, 1 << 60),
        (INTEGER, BIGINT, -(1 << 63)),
        (INTEGER, decimal(10, 0), 9_999_999_999),
        (BIGINT, decimal(38, 0), 10**37),
        (decimal(4, 0), decimal(30, 0), 10**29),
        (REAL, DOUBLE, 0.1),
        (Type(Kind.VARCHAR, length=2), Type(Kind.VARCHAR, length=4), "abcd"),
        (Type(Kind.VARCHAR, length=2), VARCHAR, "abcdefgh"),
    ],
)
@pytest.mark.parametrize("encoding", [None, "plain"])
def test_widening(
    warehouse: Warehouse, before: Type, after: Type, later: Any, encoding: str | None
) -> None:
    """Old chunks are read in the new type, merged with new ones, and their statistics hold."""
    values: list[Any] = [None, 3, -5, 32, 7] * 10
    if before.kind is Kind.VARCHAR:
        values = [None if value is None else str(value) for value in values]
    with warehouse.begin() as transaction:
        schema = plain_table("t", ("a", before))
        schema = replace(schema, columns=(replace(schema.columns[0], encoding=encoding),))
        transaction.create_table(schema)
        transaction.append("t", pa.table({"a": values}))
    with warehouse.begin() as transaction:
        transaction.set_column_type("t", "a", after)
        data = pa.table({"a": pa.array([later], after.to_arrow())})
        transaction.append("t", data)
        table = transaction.snapshot().table("t")
        assert column(table, "a") == [*values, later]
        assert column(warehouse.snapshot().table("t"), "a") == values
        assert [table.segments[0].chunk("a").type, table.chunk("a").type] == [after, after]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (INTEGER, SMALLINT),
        (BIGINT, decimal(18, 0)),
        (INTEGER, decimal(12, 2)),
        (INTEGER, DOUBLE),
        (DOUBLE, REAL),
        (decimal(10, 2), decimal(9, 2)),
        (decimal(10, 2), decimal(12, 3)),
        (VARCHAR, Type(Kind.VARCHAR, length=100)),
        (Type(Kind.VARCHAR, length=3), Type(Kind.VARCHAR, length=2)),
        (VARCHAR, INTEGER),
        (DATE, BIGINT),
    ],
)
def test_types_that_do_not_hold_the_values(warehouse: Warehouse, before: Type, after: Type) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", before)))
        with pytest.raises(
            CatalogError, match="add a column of that type, update it from this one"
        ):
            transaction.set_column_type("t", "a", after)


def test_keys_are_widened_with_what_they_reference(warehouse: Warehouse) -> None:
    pair = TableSchema(
        "pair",
        TableKind.PLAIN,
        (Column("a", INTEGER), Column("b", INTEGER), Column("boss", INTEGER)),
        primary_key=("a", "b"),
        foreign_keys=(ForeignKey(("boss", "b"), "pair", ()),),
    )
    leaf = plain_table(
        "leaf", ("x", INTEGER), ("y", INTEGER), foreign_keys=(ForeignKey(("x", "y"), "pair", ()),)
    )
    with warehouse.begin() as transaction:
        transaction.create_table(pair)
        transaction.create_table(leaf)
        transaction.append("pair", pa.table({"a": [1, 2], "b": [5, 5], "boss": [None, 1]}))
        transaction.append("leaf", pa.table({"x": [2], "y": [5]}))
        with pytest.raises(
            CatalogError, match='change column "a" of table "pair": this one follows'
        ):
            transaction.set_column_type("leaf", "x", BIGINT)
        transaction.set_column_type("pair", "a", BIGINT)
        large = 1 << 40
        transaction.append("pair", pa.table({"a": [large], "b": [5], "boss": [2]}))
        transaction.append("leaf", pa.table({"x": [large], "y": [5]}))
    snapshot = warehouse.snapshot()
    types = {
        name: [c.type for c in snapshot.table(name).schema.columns] for name in ("pair", "leaf")
    }
    assert types == {"pair": [BIGINT, INTEGER, BIGINT], "leaf": [BIGINT, INTEGER]}
    assert rows(snapshot.table("leaf")) == [(2, 5), (large, 5)]
    assert column(snapshot.table("leaf"), "#x+y") == [1, 2]


def test_forbidding_nulls(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction, on_missing=MissingKey.UNKNOWN)
        data = {
            "number": [1, 2, 3],
            "day": pa.array([0, None, None], pa.date32()),
            "store_id": [10, 10, 10],
        }
        transaction.append("sales", pa.table(data))
        with pytest.raises(ConstraintError, match='"day" of table "sales" is NULL in 2 rows'):
            transaction.set_nullable("sales", "day", False)
        places = [
            row
            for row, day in enumerate(column(transaction.snapshot().table("sales"), "day"))
            if day is None
        ]
        transaction.delete("sales", places)
        transaction.set_nullable("sales", "day", False)
        with pytest.raises(ConstraintError, match='"day" is NULL'):
            transaction.append("sales", pa.table({"number": [4], "store_id": [10]}))
        transaction.set_nullable("sales", "day", True)
        transaction.append("sales", pa.table({"number": [4], "store_id": [10]}))
        with pytest.raises(CatalogError, match="a missing key cannot become unknown"):
            transaction.set_nullable("sales", "store_id", False)
        with pytest.raises(CatalogError, match='PRIMARY KEY of table "store" and stays NOT NULL'):
            transaction.set_nullable("store", "id", True)


def test_deleted_rows_need_no_value_where_null_is_forbidden(warehouse: Warehouse) -> None:
    reference = ForeignKey(("k",), "d", ("k",))
    leaf = replace(plain_table("f", ("k", INTEGER)), foreign_keys=(reference,))
    with warehouse.begin() as transaction:
        transaction.create_table(replace(plain_table("d", ("k", INTEGER)), primary_key=("k",)))
        transaction.create_table(leaf)  # so that deleted rows of d keep their places
        transaction.append("d", pa.table({"k": [1, 2]}))
        transaction.add_column("d", Column("late", VARCHAR))
        transaction.delete("d", [0, 1])
        transaction.set_nullable("d", "late", False)
        transaction.add_column("d", Column("n", INTEGER, nullable=False))
        transaction.append("d", pa.table({"k": [3], "late": ["x"], "n": [5]}))
    assert rows(warehouse.snapshot().table("d"))[2:] == [(3, "x", 5)]
    with warehouse.begin() as transaction:
        transaction.update("d", [2], pa.table({"n": [6]}))
        transaction.optimize("d")
    assert rows(warehouse.snapshot().table("d")) == [(3, "x", 6)]
    assert check(warehouse.path).problems == ()
