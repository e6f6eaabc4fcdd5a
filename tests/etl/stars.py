"""A small star over a SQLite shop, to load in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    MissingKey,
    Source,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import DATE, INTEGER, VARCHAR, decimal

from tests.etl.sources import make_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import Snapshot, Warehouse

SHOP = """
CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT, nation TEXT);
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, city_id INTEGER REFERENCES cities);
CREATE TABLE sales (
    id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people, day DATE, amount NUMERIC);
"""


def make_shop(path: Path) -> Path:
    return make_sqlite(
        path,
        SHOP,
        cities=[(1, "Bonn", "DE"), (2, "Lyon", "FR"), (3, "Graz", "AT")],
        people=[(10, "Ada", 1), (11, "Bob", 2), (12, "Cy", None), (13, "Di", 2)],
        sales=[
            (100, 10, "2024-01-01", 1.5),
            (101, 11, "2024-01-02", 2),
            (102, 10, "2024-01-03", 0.25),
            (103, None, "2024-01-03", None),
        ],
    )


def filled(table: str) -> Filling:
    return Filling("shop", f"SELECT * FROM {table}")


def city(**changes: Any) -> TableSchema:
    columns = (Column("id", INTEGER, False), Column("name", VARCHAR), Column("nation", VARCHAR))
    settings = {"primary_key": ("id",), "filling": filled("cities"), **changes}
    return TableSchema("city", TableKind.DIMENSION, columns, **settings)


def person(on_missing: MissingKey = MissingKey.REJECT, **changes: Any) -> TableSchema:
    columns = (Column("id", INTEGER, False), Column("name", VARCHAR), Column("city_id", INTEGER))
    keys = (ForeignKey(("city_id",), "city", ("id",), on_missing),)
    settings = {"primary_key": ("id",), "foreign_keys": keys, "filling": filled("people")}
    return TableSchema("person", TableKind.DIMENSION, columns, **{**settings, **changes})


def sale(on_missing: MissingKey = MissingKey.REJECT, **changes: Any) -> TableSchema:
    columns = (
        Column("id", INTEGER, False),
        Column("person_id", INTEGER),
        Column("day", DATE, False),
        Column("amount", decimal(9, 2)),
    )
    keys = (ForeignKey(("person_id",), "person", ("id",), on_missing),)
    settings = {"primary_key": ("id",), "foreign_keys": keys, "filling": filled("sales")}
    return TableSchema("sale", TableKind.FACT, columns, **{**settings, **changes})


def declare(warehouse: Warehouse, *tables: TableSchema, path: str = "shop.sqlite") -> Warehouse:
    """The tables, and the source `shop` that fills them."""
    with warehouse.begin() as transaction:
        transaction.create_source(Source("shop", "sqlite", (("path", path),)))
        for table in tables:
            transaction.create_table(table)
    return warehouse


def rows(snapshot: Snapshot, table: str) -> list[tuple]:
    """All rows of a table as Python values, sorted."""
    source = snapshot.table(table)
    columns = []
    for column in source.schema.columns:
        values, valid = source.values(column.name)
        array = values if isinstance(values, pa.Array) else np.asarray(values)
        columns.append(to_arrow(array, valid, column.type).to_pylist())
    return sorted(zip(*columns, strict=True), key=repr)
