"""The demo's OLTP database: a shop in SQLite with customers, products, orders and payments.

It is as shops are: popular and unpopular products, more sales before the holidays, returns - and a
few values in a thousand that no clean database would hold: orders of products and stores that are
not there, text where a number belongs, days that never were. SQLite takes them all.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coldb.demo import shop_words as words

__all__ = ["make_shop"]

Progress: TypeAlias = Callable[[str, int, int], None]  # table, rows so far, rows in all
Ints: TypeAlias = npt.NDArray[np.int64]

FIRST_DAY = np.datetime64("2021-01-01")
LAST_DAY = np.datetime64("2024-12-31")
STORES = 60
PRODUCTS = 2_000
LINES_PER_ORDER = 4
ORDERS_PER_CUSTOMER = 5
CHUNK_ROWS = 100_000

# One row in so many is dirty.
NO_SUCH_PRODUCT = 800
NO_SUCH_STORE = 500
QUANTITY_IS_TEXT = 2_000
NO_PRICE = 5_000
NO_SUCH_DAY = 1_000
AMOUNT_IS_TEXT = 1_000
NO_CITY = 100

TEXT_QUANTITIES = ("two", "3 pcs", "", "n/a")
IMPOSSIBLE_DAYS = ("2023-02-30", "0000-00-00", "31/12/2023", "")
TEXT_AMOUNTS = ("n/a", "12.50 EUR", "")

TABLES = """
CREATE TABLE regions (region_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE nations (
    nation_id INTEGER PRIMARY KEY, name TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES regions);
CREATE TABLE cities (
    city_id INTEGER PRIMARY KEY, name TEXT NOT NULL,
    nation_id INTEGER NOT NULL REFERENCES nations);
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT,
    segment TEXT NOT NULL, city_id INTEGER REFERENCES cities, since DATE);
CREATE TABLE categories (
    category_id INTEGER PRIMARY KEY, name TEXT NOT NULL, department TEXT NOT NULL);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY, name TEXT NOT NULL, brand TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories, price_cents INTEGER NOT NULL);
CREATE TABLE stores (
    store_id INTEGER PRIMARY KEY, name TEXT NOT NULL,
    city_id INTEGER NOT NULL REFERENCES cities, opened DATE);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
    store_id INTEGER NOT NULL REFERENCES stores, ordered_at DATETIME NOT NULL,
    channel TEXT NOT NULL);
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders, line_number INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL,
    unit_price_cents INTEGER, discount_percent INTEGER NOT NULL,
    PRIMARY KEY (order_id, line_number)) WITHOUT ROWID;
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders,
    paid_on DATE NOT NULL, method TEXT NOT NULL, amount_cents INTEGER NOT NULL);
"""
# None on order_lines.product_id: SQLite would walk through it even to sum up all lines, and be slow.
INDEXES = """
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX payments_by_order ON payments (order_id);
"""


def make_shop(
    path: str | os.PathLike[str],
    order_lines: int = 1_000_000,
    seed: int = 7,
    progress: Progress | None = None,
) -> None:
    """Write the shop to a SQLite file, in the place of one that is there.

    Equal arguments make equal rows. `progress` hears of each table: rows so far and in all. An
    interrupt leaves the old file as it was.
    """
    unfinished = Path(f"{os.fspath(path)}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(TABLES)
            _Shop(connection, np.random.default_rng(seed), progress).fill(order_lines)
            connection.executescript(INDEXES + "ANALYZE;")
            connection.commit()
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


class _Shop:
    """Makes the rows of each table, whole columns at a time."""

    def __init__(
        self, connection: sqlite3.Connection, random: np.random.Generator, progress: Progress | None
    ) -> None:
        self._connection = connection
        self._random = random
        self._progress = progress

    def fill(self, order_lines: int) -> None:
        lines_of_order = self._lines_of_orders(order_lines)
        orders = len(lines_of_order)
        customers = orders // ORDERS_PER_CUSTOMER + 1
        cities = self._fill_geography()
        self._fill_customers(customers, cities)
        prices = self._fill_products()
        self._fill_stores(cities)
        days = self._fill_orders(orders, customers)
        self._fill_order_lines(lines_of_order, prices)
        self._fill_payments(orders, days)

    def _fill_geography(self) -> int:
        nations = [
            (nation, r) for r, group in enumerate(words.NATIONS.values()) for nation in group
        ]
        cities = [stem + end for end in words.CITY_ENDINGS for stem in words.CITY_STEMS]
        self._insert("regions", [range(1, 6), list(words.NATIONS)])
        names, regions = zip(*nations, strict=True)
        self._insert("nations", [range(1, len(nations) + 1), names, [r + 1 for r in regions]])
        owners = [at % len(nations) + 1 for at in range(len(cities))]
        self._insert("cities", [range(1, len(cities) + 1), cities, owners])
        return len(cities)

    def _fill_customers(self, count: int, cities: int) -> None:
        first, last = self._words(words.FIRST_NAMES, count), self._words(words.LAST_NAMES, count)
        ids = range(1, count + 1)
        names = [f"{a} {b}" for a, b in zip(first, last, strict=True)]
        emails = [
            f"{a}.{b}.{i}@example.com".lower() for a, b, i in zip(first, last, ids, strict=True)
        ]
        home = self._random.integers(1, cities + 1, count).tolist()
        self._spoil(home, NO_CITY, (None,))
        since = FIRST_DAY - self._random.integers(0, 2_000, count)
        columns = [ids, names, emails, self._words(words.SEGMENTS, count), home, _text(since)]
        self._insert("customers", columns)

    def _fill_products(self) -> Ints:
        categories = len(words.CATEGORIES)
        departments, names, sold = zip(*words.CATEGORIES, strict=True)
        self._insert("categories", [range(1, categories + 1), names, departments])
        category = self._random.integers(0, categories, PRODUCTS)
        kinds = [sold[c][i % len(sold[c])] for i, c in enumerate(category.tolist())]
        adjectives = self._words(words.PRODUCT_ADJECTIVES, PRODUCTS)
        named = [f"{a} {k} {i}" for i, (a, k) in enumerate(zip(adjectives, kinds, strict=True), 1)]
        brands = self._words(words.BRANDS, PRODUCTS)
        prices = np.exp(self._random.normal(7.5, 0.9, PRODUCTS)).astype(np.int64) + 99
        columns = [range(1, PRODUCTS + 1), named, brands, (category + 1).tolist(), prices.tolist()]
        self._insert("products", columns)
        return prices

    def _fill_stores(self, cities: int) -> None:
        ids = range(1, STORES + 1)
        homes = self._random.choice(cities, STORES, replace=False) + 1
        opened = FIRST_DAY - self._random.integers(30, 6_000, STORES)
        names = [f"Store {i:02}" for i in ids]
        self._insert("stores", [ids, names, homes.tolist(), _text(opened)])

    def _fill_orders(self, count: int, customers: int) -> Ints:
        """Returns the day of each order, counted from the first."""
        days = self._busy_days(count)
        moments = (FIRST_DAY + days).astype("datetime64[s]")
        moments += np.clip(self._random.normal(50_400, 10_800, count), 0, 86_399).astype(np.int64)
        customer = (self._random.beta(1.0, 1.6, count) * customers).astype(np.int64) + 1
        store = ((self._random.beta(1.0, 1.3, count) * STORES).astype(np.int64) + 1).tolist()
        self._spoil(store, NO_SUCH_STORE, (STORES + 40,))
        ordered_at = [moment.replace("T", " ") for moment in _text(moments)]
        self._spoil(ordered_at, NO_SUCH_DAY, [f"{day} 12:00:00" for day in IMPOSSIBLE_DAYS])
        channels = self._words(words.CHANNELS, count)
        self._insert(
            "orders", [range(1, count + 1), customer.tolist(), store, ordered_at, channels]
        )
        return days

    def _fill_order_lines(self, lines_of_order: Ints, prices: Ints) -> None:
        total = int(lines_of_order.sum())
        first_lines = np.cumsum(lines_of_order) - lines_of_order
        order = np.repeat(np.arange(1, len(lines_of_order) + 1), lines_of_order)
        line = np.arange(total) - np.repeat(first_lines, lines_of_order) + 1
        popularity = self._random.permutation(PRODUCTS)
        product = popularity[(self._random.beta(0.7, 2.5, total) * PRODUCTS).astype(np.int64)]
        quantity = self._random.geometric(0.45, total)
        quantity[self._random.random(total) < 0.02] *= -1  # goods that came back
        discount = self._random.choice([0, 0, 0, 5, 10, 20], total)
        products, quantities = (product + 1).tolist(), quantity.tolist()
        prices_paid = prices[product].tolist()
        self._spoil(products, NO_SUCH_PRODUCT, (PRODUCTS + 1_000, PRODUCTS + 2_000))
        self._spoil(quantities, QUANTITY_IS_TEXT, TEXT_QUANTITIES)
        self._spoil(prices_paid, NO_PRICE, (None,))
        columns = [order.tolist(), line.tolist(), products, quantities, prices_paid]
        self._insert("order_lines", [*columns, discount.tolist()])

    def _fill_payments(self, orders: int, days: Ints) -> None:
        order = np.flatnonzero(self._random.random(orders) < 0.96)
        count = len(order)
        paid = np.minimum(FIRST_DAY + days[order] + self._random.integers(0, 30, count), LAST_DAY)
        paid_on = _text(paid)
        self._spoil(paid_on, NO_SUCH_DAY, IMPOSSIBLE_DAYS)
        amounts = np.exp(self._random.normal(9.2, 0.8, count)).astype(np.int64).tolist()
        self._spoil(amounts, AMOUNT_IS_TEXT, TEXT_AMOUNTS)
        columns = [range(1, count + 1), (order + 1).tolist(), paid_on]
        self._insert("payments", [*columns, self._words(words.METHODS, count), amounts])

    def _lines_of_orders(self, order_lines: int) -> Ints:
        """How many lines each order has: one to ten, `order_lines` in all."""
        orders = order_lines // (LINES_PER_ORDER - 1) + 10
        lines = np.clip(self._random.geometric(1 / LINES_PER_ORDER, orders), 1, 10)
        ends = np.cumsum(lines)
        last = int(np.searchsorted(ends, order_lines))
        lines[last] -= ends[last] - order_lines
        return lines[: last + 1]

    def _busy_days(self, count: int) -> Ints:
        """Days of orders, ascending: more every year, on Saturdays and before the holidays."""
        days = np.arange((LAST_DAY - FIRST_DAY).astype(int) + 1)
        dates = FIRST_DAY + days
        month = dates.astype("datetime64[M]").astype(int) % 12 + 1
        weekday = (dates.astype("datetime64[D]").astype(int) + 3) % 7  # Monday is 0
        weight = (
            (1 + days / 1_000) * np.where(month >= 11, 1.8, 1.0) * np.where(weekday == 5, 1.5, 1.0)
        )
        return np.sort(self._random.choice(days, count, p=weight / weight.sum()))

    def _words(self, choices: Sequence[str], count: int) -> list[str]:
        chosen = self._random.integers(0, len(choices), count).tolist()
        return [choices[at] for at in chosen]

    def _spoil(self, values: list[Any], one_in: int, dirt: Sequence[Any]) -> None:
        """Put dirt in the place of one value in so many."""
        places = self._random.choice(len(values), len(values) // one_in, replace=False)
        for place, wrong in zip(places.tolist(), cycle(dirt), strict=False):
            values[place] = wrong

    def _insert(self, table: str, columns: Sequence[Sequence[Any]]) -> None:
        total = len(columns[0])
        statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
        for start in range(0, total, CHUNK_ROWS):
            chunk = [column[start : start + CHUNK_ROWS] for column in columns]
            self._connection.executemany(statement, zip(*chunk, strict=True))
            if self._progress is not None:
                self._progress(table, min(start + CHUNK_ROWS, total), total)


def _text(dates: npt.NDArray[np.datetime64]) -> list[str]:
    texts: list[str] = dates.astype(str).tolist()
    return texts
