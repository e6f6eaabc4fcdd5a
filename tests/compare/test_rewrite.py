"""Queries on the star, rewritten for SQLite: run there, they mean what PostgreSQL would mean."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from coldb.compare.errors import CompareError
from coldb.compare.rewrite import source_query
from coldb_warehouse.schema import Filling, Source

from tests.shell.stars import CALENDAR, SALES, STORE, TABLES

SHOP = Source("shop", "sqlite", (("path", "shop.sqlite"),))
DATA = """
CREATE TABLE stores (store_id INTEGER PRIMARY KEY, region TEXT, "Opened At" TEXT);
INSERT INTO stores VALUES (1, 'North', '2020-05-17'), (2, 'South', NULL);
CREATE TABLE sales (id, store_id, sold, shipped, amount);
INSERT INTO sales VALUES
    (1, 1, '2024-01-31', '2024-02-02', 10), (2, 1, '2024-02-01', '2024-02-01', 3.5),
    (3, 2, '2024-02-29', NULL, 7), (4, NULL, '2024-03-01', '2024-03-09', NULL);
"""


def rows(sql: str) -> list[tuple[object, ...]]:
    rewritten = source_query(sql, TABLES, [SHOP])
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DATA)
        return connection.execute(rewritten.sql).fetchall()


def value(expression: str) -> object:
    """The expression for the sale with number 1."""
    [(result,)] = rows(f"SELECT {expression} FROM sales WHERE id = 1")
    return result


def test_a_source_table_may_have_the_name_of_a_star_table() -> None:
    assert rows("SELECT count(*) FROM sales") == [(4,)]


def test_the_star_is_joined_on_the_source() -> None:
    sql = """
        SELECT region, count(*), sum(amount) FROM sales s JOIN store ON s.store_id = store.store_id
        GROUP BY region ORDER BY region
    """
    assert rows(sql) == [("North", 2, 13.5), ("South", 1, 7)]


def test_columns_may_be_qualified_by_the_name_of_the_table() -> None:
    assert rows("SELECT sales.id FROM sales WHERE sales.id = 3") == [(3,)]
    assert rows('SELECT "sales".id FROM "sales" WHERE "sales".id = 3') == [(3,)]


def test_common_tables_of_the_query_keep_their_meaning() -> None:
    sql = """
        WITH sales AS (SELECT * FROM sales WHERE id < 3), n (big) AS (SELECT count(*) FROM sales)
        SELECT (SELECT big FROM n), count(*) FROM sales
    """
    assert rows(sql) == [(2, 2)]


def test_recursive_queries() -> None:
    sql = """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)
        SELECT i, count(id) FROM n LEFT JOIN sales ON sales.id = n.i GROUP BY i ORDER BY i
    """
    assert rows(sql) == [(1, 1), (2, 1), (3, 1)]


def test_sub_queries_and_set_operations() -> None:
    sql = """
        SELECT id FROM sales WHERE store_id IN (SELECT store_id FROM store WHERE region = 'North')
        UNION ALL SELECT -store_id FROM store ORDER BY 1
    """
    assert rows(sql) == [(-2,), (-1,), (1,), (2,)]


def test_nulls_are_ordered_as_in_postgresql() -> None:
    assert [id for (id,) in rows("SELECT id FROM sales ORDER BY store_id, id DESC")][-1] == 4
    assert rows("SELECT id FROM sales ORDER BY store_id DESC LIMIT 1") == [(4,)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sold = DATE '2024-01-31'", 1),
        ("sold < CAST('2024-02-01' AS DATE)", 1),
        ("extract(year FROM sold)", 2024),
        ("extract(quarter FROM shipped)", 1),
        ("extract(day FROM sold)", 31),
        ("extract(dow FROM sold)", 3),
        ("date_trunc('month', shipped)", "2024-02-01 00:00:00"),
        ("sold + 1", "2024-02-01"),
        ("sold - 31", "2023-12-31"),
        ("shipped - sold", 2),
        ("shipped - DATE '2024-02-01'", 1),
        ("sold + INTERVAL '2' DAY", "2024-02-02"),
        ("sold + INTERVAL '1 month 2 days' < DATE '2024-03-06'", 1),
        ("sold - INTERVAL '1 year'", "2023-01-31"),
        ("sold + INTERVAL '1 week'", "2024-02-07"),
        ("CAST('2024-01-01 10:00:00' AS timestamp) + INTERVAL '90 minutes'", "2024-01-01 11:30:00"),
        ("amount / 4", 2.5),
        ("id / 4", 0),
        ("(id + 6) / 2", 3),
        ("CAST(amount / 4 AS INTEGER)", 3),
        ("CAST(amount / 3 AS DECIMAL(10, 2))", 3.33),
        ("left('coldb', 2) || right('coldb', 2)", "codb"),
        ("concat('a', NULL, 'b')", "ab"),
        ("substring('coldb' FROM 2 FOR 3)", "old"),
        ("position('d' IN 'coldb')", 4),
        ("'ABC' ILIKE 'a%'", 1),
        ("CASE WHEN amount > 5 THEN 'much' ELSE 'little' END", "much"),
        ("coalesce(NULL, 'x')", "x"),
        ("greatest(1, 3, 2)", 3),
        ("amount IS DISTINCT FROM NULL", 1),
    ],
)
def test_expressions(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_integer_columns_are_not_dates() -> None:
    assert value("id - 1") == 0


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT FROM WHERE", "cannot be rewritten"),
        ("DELETE FROM sales", "only a SELECT"),
        ("SELECT 1", "reads no table"),
        ("SELECT * FROM nobody", 'no table "nobody"'),
        ("SELECT * FROM calendar", "filled by no source"),
        ("SELECT extract(century FROM sold) FROM sales", "cannot tell the century"),
        ("SELECT date_trunc('decade', sold) FROM sales", "cannot truncate"),
    ],
)
def test_what_cannot_be_compared_says_why(sql: str, message: str) -> None:
    with pytest.raises(CompareError, match=message) as caught:
        source_query(sql, TABLES, [SHOP])
    assert "\n" not in str(caught.value)


def test_tables_of_two_sources_are_refused() -> None:
    calendar = replace(CALENDAR, filling=Filling("files", "calendar.csv"))
    tables = {"sales": SALES, "calendar": calendar, "store": STORE}
    sources = [SHOP, Source("files", "csv", (("path", "."),))]
    with pytest.raises(CompareError, match="several sources: shop, files"):
        source_query("SELECT 1 FROM sales, calendar", tables, sources)
    with pytest.raises(CompareError, match="type csv, which runs no SQL"):
        source_query("SELECT 1 FROM calendar", tables, sources)
    with pytest.raises(CompareError, match='no source "shop"'):
        source_query("SELECT 1 FROM sales", tables, [])


def test_names_of_common_tables_avoid_those_of_the_source() -> None:
    store = replace(STORE, filling=Filling("shop", "SELECT * FROM star_store"))
    sql = source_query("SELECT * FROM store", {"store": store}, [SHOP]).sql
    assert "WITH _star_store AS" in sql


def test_a_comment_at_the_end_of_a_filling_query_hides_nothing() -> None:
    store = replace(STORE, filling=Filling("shop", "SELECT * FROM stores; -- all of them"))
    store = replace(store, filling=Filling("shop", "SELECT * FROM stores -- all of them"))
    sql = source_query("SELECT count(*) FROM store", {"store": store}, [SHOP]).sql
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DATA)
        assert connection.execute(sql).fetchall() == [(2,)]
