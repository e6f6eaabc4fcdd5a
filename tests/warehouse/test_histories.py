"""Random histories of a star leave the same rows, and the same joins, as in SQLite.

Rows of dimensions come late, change and go; facts reference facts, which reference dimensions; one
dimension references itself, and one key has two columns. In between tables are optimized. Whatever
SQLite refuses because of a constraint is refused here too.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import check

import coldb

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 18
SETTINGS = {"block_rows": 7, "segment_rows": 64, "sync": False}
SCHEMA = [
    "CREATE {dimension} TABLE store (id INTEGER PRIMARY KEY, city VARCHAR, region VARCHAR{hierarchy})",
    "CREATE {dimension} TABLE staff (id INTEGER PRIMARY KEY, name VARCHAR,"
    " boss INTEGER REFERENCES staff, store_id INTEGER REFERENCES store)",
    "CREATE {fact} TABLE orders (year INTEGER NOT NULL, number INTEGER NOT NULL,"
    " store_id INTEGER REFERENCES store, note VARCHAR, PRIMARY KEY (year, number)){orders_order}",
    "CREATE {fact} TABLE line (year INTEGER, number INTEGER, staff_id INTEGER REFERENCES staff,"
    " amount INTEGER, FOREIGN KEY (year, number) REFERENCES orders (year, number)){line_order}",
]
OURS = {
    "dimension": "DIMENSION",
    "fact": "FACT",
    "hierarchy": ", HIERARCHY geography (region, city)",
    "orders_order": " ORDER BY (store_id, note)",
    "line_order": " ORDER BY (staff_id)",
}
QUERIES = [
    "SELECT id, city, region FROM store",
    "SELECT s.id, s.name, b.name, store.city FROM staff s LEFT JOIN staff b ON s.boss = b.id"
    " LEFT JOIN store ON s.store_id = store.id",
    "SELECT year, number, note, region FROM orders LEFT JOIN store ON store_id = id",
    "SELECT region, city, count(*), sum(amount), min(amount), max(amount) FROM line"
    " JOIN staff ON staff_id = staff.id JOIN store ON store_id = store.id"
    " WHERE region <> 'north' GROUP BY region, city",
    "SELECT region, note, count(*), sum(amount) FROM line JOIN orders"
    " ON line.year = orders.year AND line.number = orders.number"
    " JOIN store ON store_id = id GROUP BY region, note",
    "SELECT count(*), min(number), max(number), min(note), max(note) FROM orders",
    "SELECT id FROM store WHERE id NOT IN (SELECT store_id FROM orders WHERE store_id IS NOT NULL)",
]


class History:
    """Statements that are random, and mostly make sense; keys are sometimes missing or repeated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._next = 1

    def statement(self) -> str:
        steps = [
            self._new_stores,
            self._new_stores,
            self._new_staff,
            self._new_orders,
            self._new_lines,
            self._change_store,
            self._change_staff,
            self._change_orders,
            self._change_lines,
            self._delete,
            self._delete,
            self._delete,
            self._optimize,
            self._optimize,
            self._optimize,
        ]
        return self._random.choice(steps)()

    def beginning(self) -> list[str]:
        """Enough to work with."""
        tables = [self._new_stores, self._new_staff, self._new_orders, self._new_lines]
        return [insert() for insert in tables for _ in range(2)]

    def _key(self) -> int:
        """Mostly one that there is."""
        return self._random.randint(1, self._next + 1)

    def _new_key(self) -> int:
        self._next += self._random.randint(1, 2)
        return self._next

    def _or_null(self, value: object) -> object:
        return "CAST(NULL AS INTEGER)" if self._random.random() < 0.2 else value

    def _text(self, stem: str) -> str:
        return f"'{stem}{self._random.randint(0, 12)}'"

    def _region(self) -> str:
        return self._random.choice(["'north'", "'south'", "'alps'", "NULL", self._text("region ")])

    def _values(self, table: str, row: Any) -> str:
        rows = [row() for _ in range(self._random.choice([1, 1, 3, 40]))]
        listed = ", ".join(f"({', '.join(str(value) for value in values)})" for values in rows)
        return f"INSERT INTO {table} VALUES {listed}"

    def _new_stores(self) -> str:
        return self._values("store", lambda: (self._new_key(), self._text("city "), self._region()))

    def _parent(self, table: str, column: str = "id") -> str:
        """A key that exists, if any does: one of the ten before a random one."""
        return f"(SELECT max({column}) FROM {table} WHERE {column} <= {self._key()})"

    def _new_staff(self) -> str:
        def row() -> str:
            boss = self._or_null(self._parent("staff"))
            return (
                f"SELECT {self._new_key()}, {self._text('name ')}, {boss}, {self._parent('store')}"
            )

        count = self._random.choice([1, 2, 12])
        return "INSERT INTO staff " + " UNION ALL ".join(row() for _ in range(count))

    def _new_orders(self) -> str:
        year, first = self._random.randint(2000, 2003), self._new_key()
        self._next += 20
        store = self._random.choice([self._parent("store"), str(self._key()), "id"])
        return (
            f"INSERT INTO orders SELECT {year}, {first} + id % 20, {store}, city FROM store"
            f" WHERE id IN (SELECT min(id) FROM store GROUP BY id % 20)"
        )

    def _new_lines(self) -> str:
        staff = self._random.choice([self._parent("staff"), "NULL", str(self._key())])
        return (
            f"INSERT INTO line SELECT year, number, {staff}, number % {self._random.randint(2, 9)}"
            f" FROM orders WHERE number % {self._random.randint(1, 3)} = 0"
        )

    def _some(self, column: str) -> str:
        return f"{column} % {self._random.randint(1, 9)} = 0 AND {column} >= {self._key() // 2}"

    def _change_store(self) -> str:
        change = self._random.choice(
            [f"region = {self._region()}", f"city = {self._text('town ')}", f"id = id + {10**6}"]
        )
        return f"UPDATE store SET {change} WHERE {self._some('id')}"

    def _change_staff(self) -> str:
        parent = self._or_null(self._parent(self._random.choice(["staff", "store"])))
        column = self._random.choice(["boss", "store_id"])
        return f"UPDATE staff SET {column} = {parent} WHERE {self._some('id')}"

    def _change_orders(self) -> str:
        change = self._random.choice(
            [
                f"store_id = {self._or_null(self._parent('store'))}",
                f"note = {self._text('note ')}",
                "note = NULL",
                f"year = year + {self._random.randint(0, 9)}",
            ]
        )
        return f"UPDATE orders SET {change} WHERE {self._some('number')}"

    def _change_lines(self) -> str:
        change = self._random.choice(
            [
                f"staff_id = {self._or_null(self._parent('staff'))}",
                f"number = {self._parent('orders', 'number')}",
                f"amount = amount + {self._random.randint(-9, 9)}",
                "year = NULL",
            ]
        )
        return f"UPDATE line SET {change} WHERE {self._some('number')}"

    def _delete(self) -> str:
        table, column = self._random.choice(
            [("store", "id"), ("staff", "id"), ("orders", "number"), ("line", "number")]
        )
        unused = {
            "store": "id NOT IN (SELECT store_id FROM orders WHERE store_id IS NOT NULL)"
            " AND id NOT IN (SELECT store_id FROM staff WHERE store_id IS NOT NULL)",
            "staff": "id NOT IN (SELECT staff_id FROM line WHERE staff_id IS NOT NULL)"
            " AND id NOT IN (SELECT boss FROM staff WHERE boss IS NOT NULL)",
            "orders": "NOT EXISTS (SELECT 1 FROM line WHERE line.year = orders.year"
            " AND line.number = orders.number)",
            "line": "1 = 1",
        }[table]
        also = f" AND {unused}" if self._random.random() < 0.8 else ""
        return f"DELETE FROM {table} WHERE {self._some(column)}{also}"

    def _optimize(self) -> str:
        return "OPTIMIZE " + self._random.choice(
            ["store", "store", "staff", "orders", "orders", "line", ""]
        )


def accepted(connection: Any, statement: str, error: type[Exception]) -> bool:
    """Whether a statement went through; it must not fail for any other reason."""
    try:
        connection.execute(statement)
    except error:
        return False
    return True


def compare(ours: Any, theirs: sqlite3.Connection) -> None:
    for query in QUERIES:
        expected = theirs.execute(query).fetchall()
        assert sorted(ours.execute(query).fetchall(), key=repr) == sorted(expected, key=repr), query


def run(seed: int, path: Path) -> None:
    history = History(seed)
    with closing(sqlite3.connect(":memory:")) as theirs:
        theirs.execute("PRAGMA foreign_keys = ON")
        ours = coldb.connect(str(path), settings=SETTINGS, threads=1)
        for declaration in SCHEMA:
            ours.execute(declaration.format(**OURS))
            theirs.execute(declaration.format(**dict.fromkeys(OURS, "")))
        statements = history.beginning() + [history.statement() for _ in range(STEPS)]
        for number, statement in enumerate(statements):
            taken = accepted(ours, statement, coldb.IntegrityError)
            if not statement.startswith("OPTIMIZE"):
                assert taken == accepted(theirs, statement, sqlite3.IntegrityError), statement
            if number % 6 == 5 or statement.startswith("OPTIMIZE"):
                compare(ours, theirs)
        ours.close()
        with closing(coldb.connect(str(path), settings=SETTINGS, threads=1)) as again:
            compare(again, theirs)
    assert check(path).problems == ()


@pytest.mark.parametrize("seed", range(20))
def test_histories(seed: int, tmp_path: Path) -> None:
    run(seed, tmp_path / "h.coldb")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 200))
def test_more_histories(seed: int, tmp_path: Path) -> None:
    run(seed, tmp_path / "h.coldb")
