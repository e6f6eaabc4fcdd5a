"""A warehouse and its source, asked the same: clean data, dirty data, and planted differences."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from coldb.compare import CompareError, Comparer, Comparison, Failure, compare_queries

import coldb
from tests.compare.shops import make_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[coldb.Connection]:
    with coldb.connect(make_shop(tmp_path)) as connection:
        yield connection


def compare(connection: coldb.Connection, sql: str) -> Comparison:
    with Comparer(connection, runs=2) as comparer:
        return comparer.compare("query", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM sales WHERE store_id IS NOT NULL",
        "SELECT name, count(*), sum(pieces), avg(price) FROM sales JOIN store USING (store_id) GROUP BY name",
        "SELECT name, sum(price * pieces) FROM sales LEFT JOIN store USING (store_id) GROUP BY name",
        "SELECT count(*), count(store_id), count(DISTINCT store_id), min(sold), max(sold) FROM sales",
        "SELECT sold, pieces FROM sales WHERE sold >= DATE '2024-02-01' ORDER BY sold LIMIT 1",
        "SELECT extract(month FROM sold) AS m, sum(price) FROM sales GROUP BY 1 HAVING count(*) > 0",
        "SELECT name FROM store WHERE name LIKE 'n%' OR name ILIKE 's%'",
        "SELECT sold - DATE '2024-01-01', sold + 1, price / 3 FROM sales",
        "SELECT s.name FROM store s WHERE NOT EXISTS (SELECT 1 FROM sales WHERE store_id = s.store_id)",
        "SELECT gift, count(*) FROM sales GROUP BY gift",
    ],
)
def test_answers_are_equal(connection: coldb.Connection, sql: str) -> None:
    comparison = compare(connection, sql)
    assert comparison.difference is None
    assert len(comparison.warehouse.seconds) == len(comparison.source.seconds) == 2


def test_rows_that_the_load_refused_are_left_out_of_the_check_only(
    connection: coldb.Connection,
) -> None:
    comparison = compare(connection, "SELECT count(*) FROM sales")
    assert comparison.difference is None
    assert "NOT IN" not in comparison.source.sql


def test_a_difference_in_the_source_is_found(connection: coldb.Connection, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as shop:
        shop.execute("UPDATE sales SET pieces = 100 WHERE id = 1")
        shop.commit()
    difference = compare(
        connection, "SELECT store_id, sum(pieces) FROM sales GROUP BY 1"
    ).difference
    assert difference == "1 of 3 rows differ, for example (1, 5) here, (1, 103) in the source"


def test_a_row_that_is_new_in_the_source_is_found(
    connection: coldb.Connection, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as shop:
        shop.execute("INSERT INTO sales VALUES (7, 1, '2024-01-31', 2, 1.5, 0)")
        shop.commit()
    assert compare(connection, "SELECT id FROM sales").difference == "5 rows here, 6 in the source"


def test_what_cannot_be_compared_is_a_failure_among_the_rest(connection: coldb.Connection) -> None:
    queries = {
        "wrong": "SELECT nothing FROM sales",
        "unfilled": "SELECT * FROM note",
        "syntax": "SELECT FROM",
        "right": "SELECT 1 FROM sales",
    }
    results = list(compare_queries(connection, queries.items(), runs=1))
    reasons = {each.name: each.reason for each in results if isinstance(each, Failure)}
    assert set(reasons) == {"wrong", "unfilled", "syntax"}
    assert 'table "note" is filled by no source' in reasons["unfilled"]
    assert all("\n" not in reason for reason in reasons.values())


def test_a_source_that_is_gone(connection: coldb.Connection, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite").unlink()
    with pytest.raises(CompareError, match="does not exist"):
        compare(connection, "SELECT 1 FROM sales")


def test_a_source_that_is_no_database(connection: coldb.Connection, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite").write_text("this is no database, whatever its name says" * 100)
    with pytest.raises(CompareError, match="not a database"):
        compare(connection, "SELECT 1 FROM sales")


def test_the_source_is_not_changed(connection: coldb.Connection, tmp_path: Path) -> None:
    before = (tmp_path / "shop.sqlite").read_bytes()
    compare(connection, "SELECT count(*) FROM sales")
    assert (tmp_path / "shop.sqlite").read_bytes() == before


def test_a_warehouse_without_a_model() -> None:
    with coldb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        with pytest.raises(CompareError, match="filled by no source"):
            compare(connection, "SELECT * FROM t")
