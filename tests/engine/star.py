"""A small star to bind queries against: its tables are empty."""

from __future__ import annotations

from functools import cache

from coldb.engine.bind import BoundQuery, Catalog, Parameters, bind_query, table_schema
from coldb_grammar import parse, parse_statement
from coldb_warehouse import Snapshot, Warehouse

__all__ = ["bound", "catalog", "snapshot_of"]

STAR = """
    CREATE DIMENSION TABLE store (
        store_id INTEGER PRIMARY KEY,
        city VARCHAR NOT NULL,
        country VARCHAR,
        HIERARCHY geography (country, city));
    CREATE FACT TABLE sale (
        id BIGINT NOT NULL,
        store INTEGER NOT NULL REFERENCES store,
        day DATE NOT NULL,
        price DECIMAL(8, 2) NOT NULL,
        quantity SMALLINT,
        note VARCHAR(20));
    CREATE TABLE kinds (
        b BOOLEAN, s SMALLINT, i INTEGER, l BIGINT, m DECIMAL(8, 2), r REAL, x DOUBLE PRECISION,
        v VARCHAR, d DATE, t TIMESTAMP);
"""


def snapshot_of(ddl: str) -> Snapshot:
    """A warehouse in memory with these tables."""
    warehouse = Warehouse.open(":memory:")
    with warehouse.begin() as transaction:
        for statement in parse(ddl):
            catalog = Catalog(transaction.snapshot())
            transaction.create_table(table_schema(statement, catalog))
        transaction.commit()
    return warehouse.snapshot()


@cache
def catalog() -> Catalog:
    return Catalog(snapshot_of(STAR))


def bound(sql: str, parameters: Parameters = None) -> BoundQuery:
    """The bound form of a query on the star."""
    return bind_query(parse_statement(sql), catalog(), parameters)
