"""Every reservation of memory fails, in turn: one clear error, and the connection goes on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NUMPY = (
    "arange argsort array asarray ascontiguousarray bincount concatenate cumsum diff empty "
    "flatnonzero full isin lexsort ones packbits repeat searchsorted sort unique where zeros "
    "zeros_like"
)
ARROW = "array chunked_array concat_arrays concat_tables nulls record_batch repeat table"
COMPUTE = (
    "array_sort_indices binary_join_element_wise binary_length cast dictionary_encode equal "
    "extract_regex fill_null if_else index_in is_in match_substring match_substring_regex "
    "replace_substring replace_substring_regex sort_indices starts_with take"
)

SMALL = {"block_rows": 100, "segment_rows": 250, "sync": False}

STAR = """
    CREATE DIMENSION TABLE store (
        id INTEGER PRIMARY KEY, city VARCHAR NOT NULL, country VARCHAR,
        HIERARCHY geography (country, city));
    CREATE FACT TABLE sale (
        number BIGINT NOT NULL, store INTEGER REFERENCES store, day DATE NOT NULL,
        price DECIMAL(8, 2) NOT NULL, weight DOUBLE PRECISION, note VARCHAR);
"""

QUERIES = """
    SELECT * FROM sale WHERE number = 77
    SELECT number, note FROM sale WHERE note = 'note 3'
    SELECT number FROM sale WHERE note LIKE '%e 1%' AND price > 5
    SELECT number FROM sale WHERE note IS NULL OR store IS NULL
    SELECT number FROM sale WHERE day BETWEEN DATE '2024-01-05' AND DATE '2024-01-09'
    SELECT number FROM sale WHERE number IN (1, 5, 9, 500)
    SELECT number FROM sale WHERE NOT (weight < 3 OR price = 1.5)
    SELECT number + 1, price * 2, weight / 3 FROM sale LIMIT 10
    SELECT upper(note), length(note) FROM sale WHERE number < 30
    SELECT note || '!', substring(note FROM 2 FOR 3) FROM sale WHERE number < 40
    SELECT CASE WHEN price > 5 THEN 'much' ELSE note END FROM sale WHERE number < 50
    SELECT coalesce(note, 'none'), nullif(store, 1) FROM sale WHERE number < 50
    SELECT CAST(price AS INTEGER), CAST(number AS VARCHAR) FROM sale WHERE number < 50
    SELECT EXTRACT(MONTH FROM day), day + INTERVAL '1' DAY FROM sale WHERE number < 20
    SELECT round(weight, 1), abs(price - 5), number % 7 FROM sale WHERE number < 20
    SELECT count(*) FROM sale
    SELECT count(note), sum(price), avg(weight), min(day), max(note) FROM sale
    SELECT count(DISTINCT note), count(DISTINCT store) FROM sale
    SELECT sum(price) FILTER (WHERE weight > 2) FROM sale
    SELECT store, count(*) FROM sale GROUP BY store ORDER BY store
    SELECT note, sum(price) FROM sale GROUP BY note ORDER BY note
    SELECT day, store, avg(weight) FROM sale GROUP BY day, store ORDER BY day, store
    SELECT number % 5, max(price) FROM sale GROUP BY number % 5 ORDER BY 1
    SELECT note, count(*) FROM sale GROUP BY note HAVING count(*) > 40 ORDER BY 2, 1
    SELECT store, count(DISTINCT note) FROM sale GROUP BY store ORDER BY 1
    SELECT price, weight FROM sale ORDER BY price DESC, weight LIMIT 9
    SELECT note, number FROM sale ORDER BY note NULLS FIRST, number DESC
    SELECT number FROM sale ORDER BY weight LIMIT 5 OFFSET 100
    SELECT DISTINCT note FROM sale ORDER BY 1
    SELECT DISTINCT store, day FROM sale ORDER BY 1, 2
    SELECT city, sum(price) FROM sale JOIN store ON store = id GROUP BY city ORDER BY city
    SELECT country, count(*) FROM sale JOIN store ON store = id GROUP BY country ORDER BY 1
    SELECT number, city FROM sale LEFT JOIN store ON store = id ORDER BY number
    SELECT number FROM sale JOIN store ON store = id WHERE country = 'land 1' ORDER BY 1
    SELECT city, number FROM store LEFT JOIN sale ON store = id AND price > 9 ORDER BY 1, 2
    SELECT city, note FROM store FULL JOIN sale ON city = note ORDER BY 1, 2
    SELECT a.city, b.city FROM store a JOIN store b ON a.country = b.country ORDER BY 1, 2
    SELECT a.id, b.id FROM store a CROSS JOIN store b ORDER BY 1, 2
    SELECT a.id FROM store a JOIN store b ON a.id < b.id GROUP BY a.id ORDER BY 1
    SELECT id FROM store WHERE id IN (SELECT store FROM sale WHERE price > 9) ORDER BY 1
    SELECT id FROM store WHERE NOT EXISTS (SELECT 1 FROM sale WHERE store = id) ORDER BY 1
    SELECT number FROM sale WHERE price > (SELECT avg(price) FROM sale) ORDER BY 1
    SELECT id, (SELECT max(price) FROM sale WHERE store = id) FROM store ORDER BY 1
    SELECT number FROM sale WHERE price < 2 UNION SELECT id FROM store ORDER BY 1
    SELECT store FROM sale INTERSECT SELECT id FROM store ORDER BY 1
    SELECT id FROM store EXCEPT SELECT store FROM sale ORDER BY 1
    SELECT city FROM store UNION ALL SELECT note FROM sale ORDER BY 1
    WITH t AS (SELECT store, sum(price) s FROM sale GROUP BY store) SELECT max(s) FROM t
    SELECT s.note, count(*) FROM (SELECT note FROM sale WHERE price > 3) s GROUP BY 1 ORDER BY 1
    SELECT number, rank() OVER (PARTITION BY store ORDER BY price), lag(note) OVER (ORDER BY number) FROM sale
    SELECT number, sum(price) OVER (PARTITION BY store), sum(weight) OVER (ORDER BY number ROWS 9 PRECEDING) FROM sale
    SELECT number, max(note) OVER (ORDER BY day RANGE INTERVAL '3' DAY PRECEDING) FROM sale
    SELECT number, stddev(weight) OVER (ORDER BY number ROWS 3 PRECEDING) FROM sale
    SELECT number, string_agg(note, ',') OVER (PARTITION BY store ORDER BY number ROWS 2 PRECEDING) FROM sale
    VALUES (1, 'a', 1.5), (2, NULL, 2.5)
"""

CHANGES = """
    INSERT INTO store VALUES (700, 'new', 'land 1'), (701, 'newer', NULL)
    INSERT INTO sale SELECT number + 5000, store, day, price, weight, 'copied' FROM sale
    UPDATE sale SET price = price + 1, note = 'changed' WHERE number < 100
    UPDATE store SET city = city || '!'
    DELETE FROM sale WHERE store = 3
    MERGE INTO store USING sale ON id = number WHEN MATCHED THEN UPDATE SET city = coalesce(note, '')
    CREATE TABLE summary AS SELECT store, sum(price) total FROM sale GROUP BY store
    ALTER TABLE sale ADD COLUMN extra VARCHAR DEFAULT 'x'
    OPTIMIZE
    TRUNCATE sale
"""


def statements(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


class Memory:
    """Counts reservations; the one with the number `fail_at` is refused."""

    def __init__(self, fail_at: int = -1) -> None:
        self.fail_at = fail_at
        self.calls = 0

    def install(self, patched: pytest.MonkeyPatch) -> None:
        for module, names, error in (
            (np, NUMPY, MemoryError),
            (pa, ARROW, pa.ArrowMemoryError),
            (pc, COMPUTE, pa.ArrowMemoryError),
        ):
            for name in names.split():
                patched.setattr(module, name, self._watched(getattr(module, name), error))

    def _watched(self, real: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls - 1 == self.fail_at:
                raise error("no memory")
            return real(*arguments, **named)

        return call


def fill(connection: coldb.Connection) -> None:
    connection.execute(STAR)
    numbers = range(600)
    stores = {
        "id": range(30),
        "city": [f"city {n % 20}" for n in range(30)],
        "country": [f"land {n % 4}" for n in range(30)],
    }
    sales = {
        "number": numbers,
        "store": [None if n % 50 == 0 else n % 25 for n in numbers],
        "day": np.datetime64("2024-01-01") + np.arange(600) % 20,
        "price": [n % 11 + 0.5 for n in numbers],
        "weight": [None if n % 40 == 0 else n / 7 for n in numbers],
        "note": [None if n % 30 == 0 else f"note {n % 13}" for n in numbers],
    }
    for name, data in (("store", stores), ("sale", sales)):
        connection.register("new", pa.table(data))
        connection.execute(f"INSERT INTO {name} SELECT * FROM new")
        connection.unregister("new")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with blocks so small that queries go over many."""
    path = tmp_path_factory.mktemp("memory") / "shop"
    with coldb.connect(path, settings=SMALL) as connection:
        fill(connection)
    return path


@pytest.fixture(scope="module")
def shop(path: Path) -> Iterator[coldb.Connection]:
    """To be queried, with room to cache none of it."""
    with coldb.connect(path, threads=1, memory_limit=1, settings=SMALL) as connection:
        yield connection


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Iterator[coldb.Connection]:
    """To be changed."""
    shutil.copytree(path, tmp_path / "shop")
    with coldb.connect(tmp_path / "shop", threads=1, settings=SMALL) as connection:
        yield connection


def run(connection: coldb.Connection, sql: str, memory: Memory) -> list[Any] | coldb.Error:
    """The rows, or the error."""
    with pytest.MonkeyPatch.context() as patched:
        memory.install(patched)
        try:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []
        except coldb.Error as error:
            return error


def check(outcome: list[Any] | coldb.Error, where: str) -> None:
    if isinstance(outcome, coldb.Error):
        assert isinstance(outcome, coldb.MemoryLimitError), (where, repr(outcome))
        assert "out of memory" in str(outcome), where
        assert "\n" not in str(outcome), where


def fail_query(connection: coldb.Connection, sql: str, cases: int | None) -> int:
    """Fails each reservation of the query, or only `cases` of them; how many errors that made."""
    expected = run(connection, sql, Memory())
    assert isinstance(expected, list), expected
    clean = Memory()
    assert run(connection, sql, clean) == expected
    errors = 0
    for number in range(0, clean.calls, max(clean.calls // cases, 1) if cases else 1):
        outcome = run(connection, sql, Memory(number))
        check(outcome, f"{sql}: reservation {number}")
        errors += isinstance(outcome, coldb.Error)
        assert isinstance(outcome, coldb.Error) or outcome == expected, (sql, number)
        assert run(connection, sql, Memory()) == expected, (sql, number)
    return errors


STATE = (
    "SELECT * FROM sale ORDER BY number",
    "SELECT * FROM store ORDER BY id",
    "SHOW TABLES",
)


def state(connection: coldb.Connection) -> list[Any]:
    return [connection.execute(sql).fetchall() for sql in STATE]


def fail_change(connection: coldb.Connection, sql: str, cases: int | None) -> int:
    """The same of a statement that changes rows: nothing is changed by it when it fails."""
    before = state(connection)
    clean = Memory()
    connection.execute("BEGIN")
    assert isinstance(run(connection, sql, clean), list)
    connection.execute("ROLLBACK")
    assert state(connection) == before
    errors = 0
    numbers = range(0, clean.calls, max(clean.calls // cases, 1) if cases else 1)
    for number in sorted({*numbers, clean.calls - 1}):
        outcome = run(connection, sql, Memory(number))
        check(outcome, f"{sql}: reservation {number}")
        if not isinstance(outcome, coldb.Error):
            break
        errors += 1
        assert state(connection) == before, (sql, number)
    return errors


@pytest.mark.parametrize("sql", statements(QUERIES))
def test_a_query_without_memory(shop: coldb.Connection, sql: str) -> None:
    assert fail_query(shop, sql, cases=5) > 0


@pytest.mark.parametrize("sql", statements(CHANGES))
def test_a_change_without_memory(copy: coldb.Connection, sql: str) -> None:
    assert fail_change(copy, sql, cases=5) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sql", statements(QUERIES))
def test_every_reservation_of_a_query(shop: coldb.Connection, sql: str) -> None:
    assert fail_query(shop, sql, cases=None) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sql", statements(CHANGES))
def test_every_reservation_of_a_change(copy: coldb.Connection, sql: str) -> None:
    assert fail_change(copy, sql, cases=None) > 0
