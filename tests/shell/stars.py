"""A small star's schemas, for tests that need names and keys but no data."""

from __future__ import annotations

from coldb_warehouse.schema import Column, Filling, ForeignKey, Hierarchy, TableKind, TableSchema
from coldb_warehouse.types import BIGINT, DATE, INTEGER, VARCHAR, decimal

CALENDAR = TableSchema(
    "calendar",
    TableKind.DIMENSION,
    (Column("day", DATE, nullable=False), Column("year", INTEGER), Column("month", INTEGER)),
    primary_key=("day",),
)
STORE = TableSchema(
    "store",
    TableKind.DIMENSION,
    (
        Column("store_id", INTEGER, nullable=False),
        Column("region", VARCHAR),
        Column("Opened At", DATE),
    ),
    primary_key=("store_id",),
    hierarchies=(Hierarchy("geography", ("region",)),),
    filling=Filling("shop", "SELECT * FROM stores"),
)
SALES = TableSchema(
    "sales",
    TableKind.FACT,
    (
        Column("id", BIGINT),
        Column("store_id", INTEGER),
        Column("sold", DATE),
        Column("shipped", DATE),
        Column("amount", decimal(10, 2)),
    ),
    foreign_keys=(
        ForeignKey(("store_id",), "store", ("store_id",)),
        ForeignKey(("sold",), "calendar", ("day",)),
        ForeignKey(("shipped",), "calendar", ("day",)),
    ),
    filling=Filling("shop", "SELECT id, store_id, sold, shipped, amount FROM sales"),
)
TABLES = {table.name: table for table in (SALES, STORE, CALENDAR)}
