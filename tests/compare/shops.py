"""A small shop in SQLite and the model of its star, dirt included."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from coldb_etl import run

import coldb

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """
CREATE TABLE stores (id INTEGER PRIMARY KEY, name TEXT, opened TEXT);
INSERT INTO stores VALUES (1, 'North', '2020-05-17'), (2, 'South', NULL), (3, 'Moon', '2024-02-30');
CREATE TABLE sales (id INTEGER PRIMARY KEY, store INTEGER, sold TEXT, pieces, price REAL, gift);
INSERT INTO sales VALUES
    (1, 1, '2024-01-31', 2, 1.5, 0), (2, 1, '2024-02-01', 3, 0.1, 1), (3, 2, '2024-02-29', -1, 7, 0),
    (4, 99, '2024-03-01', 4, NULL, NULL), (5, 1, '2024-03-01', 'three', 2.5, 0), (6, 2, NULL, 5, 0.2, 1);
"""
MODEL = """
CREATE SOURCE shop (TYPE sqlite, PATH 'shop.sqlite');
CREATE DIMENSION TABLE store (store_id INTEGER PRIMARY KEY, name VARCHAR, opened DATE)
    FROM SOURCE shop AS 'SELECT id AS store_id, name, opened FROM stores';
CREATE FACT TABLE sales (
    id INTEGER PRIMARY KEY, store_id INTEGER REFERENCES store ON MISSING UNKNOWN, sold DATE,
    pieces INTEGER, price DECIMAL(10, 2), gift BOOLEAN
) FROM SOURCE shop AS 'SELECT id, store AS store_id, sold, pieces, price, gift FROM sales';
CREATE TABLE note (text VARCHAR);
"""


def make_shop(directory: Path) -> Path:
    """Makes the shop and its loaded warehouse; the path of the warehouse."""
    with closing(sqlite3.connect(directory / "shop.sqlite")) as connection:
        connection.executescript(SHOP)
    path = directory / "shop.coldb"
    with coldb.connect(path) as connection:
        connection.execute(MODEL)
        run(connection.warehouse)
    return path
