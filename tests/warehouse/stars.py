"""A small shop in a star, and short words for building and reading warehouses in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from coldb_warehouse import Settings, TableSnapshot, Transaction, Warehouse
from coldb_warehouse.convert import to_arrow
from coldb_warehouse.schema import (
    Column,
    ForeignKey,
    Hierarchy,
    MissingKey,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import BIGINT, DATE, INTEGER, VARCHAR, Type, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SMALL = Settings(block_rows=7, segment_rows=20, sync=False)

STORE = TableSchema(
    "store",
    TableKind.DIMENSION,
    (
        Column("id", INTEGER),
        Column("city", VARCHAR),
        Column("region", VARCHAR),
    ),
    primary_key=("id",),
    hierarchies=(Hierarchy("geography", ("region", "city")),),
)


def sales(on_missing: MissingKey = MissingKey.REJECT, nullable: bool = True) -> TableSchema:
    """The fact: which store sold what for how much."""
    return TableSchema(
        "sales",
        TableKind.FACT,
        (
            Column("number", BIGINT, nullable=False),
            Column("store_id", INTEGER, nullable),
            Column("day", DATE),
            Column("amount", decimal(10, 2)),
            Column("note", VARCHAR),
        ),
        foreign_keys=(ForeignKey(("store_id",), "store", (), on_missing),),
        order_by=("store_id", "day"),
    )


STORES = {
    "id": [30, 10, 20, 40],
    "city": ["Oslo", "Rome", "Bern", "Nice"],
    "region": ["north", "south", "alps", "south"],
}


def open_small(path: Path, **changes: Any) -> Warehouse:
    """A warehouse with blocks of 7 rows and segments of 20, so that little data makes many."""
    from dataclasses import replace

    return Warehouse.open(path, settings=replace(SMALL, **changes))


def plain_table(name: str, *columns: tuple[str, Type], **more: Any) -> TableSchema:
    """A table of no star."""
    declared = tuple(Column(column, type) for column, type in columns)
    return TableSchema(name, TableKind.PLAIN, declared, **more)


def make_shop(transaction: Transaction, **fact: Any) -> None:
    """The star with its four stores and no sales."""
    transaction.create_table(STORE)
    transaction.create_table(sales(**fact))
    transaction.append("store", pa.table(STORES))


def column(table: TableSnapshot, name: str) -> list[Any]:
    """A column as Python values."""
    values, valid = table.values(name)
    return to_arrow(values, valid, table.type_of(name)).to_pylist()


def rows(table: TableSnapshot, *names: str) -> list[tuple[Any, ...]]:
    """Columns as Python tuples, all declared ones if none is named."""
    chosen: Sequence[str] = names or [declared.name for declared in table.schema.columns]
    return list(zip(*(column(table, name) for name in chosen), strict=True))
