"""Queries over tables that were altered after their rows came."""

from __future__ import annotations

import decimal
from typing import Any

import pyarrow as pa
import pytest

import coldb

SEVERAL = {"block_rows": 64, "segment_rows": 200}


def answers(connection: coldb.Connection, queries: list[str]) -> list[list[tuple[Any, ...]]]:
    return [connection.execute(query).fetchall() for query in queries]


@pytest.mark.parametrize("encoding", [None, "plain", "run_length", "delta", "bit_packing"])
def test_wider_types_answer_alike(encoding: str | None) -> None:
    """Small integers and REALs stay on disk as they are; what is asked of them does not change."""
    numbers = [(number * 7919) % 40_001 - 20_000 for number in range(500)]
    halves = [number / 2 for number in numbers]
    queries = [
        f"SELECT {asked} FROM t WHERE {condition}"
        for asked in ("count(*)", "sum(a), min(a), max(a), min(f), max(f), sum(d)")
        for condition in (
            "a > 100",
            "a BETWEEN -5 AND 15000",
            "f <= -9999.5",
            "a IN (1, -20000, 7919)",
            "d < 20001",
            "d <> a",
            "TRUE",
        )
    ]
    settings = SEVERAL | ({"force_encoding": encoding} if encoding else {})
    with coldb.connect(settings=settings) as connection:
        columns = {
            "a": pa.array(numbers, pa.int16()),
            "f": pa.array(halves, pa.float32()),
            "d": pa.array(numbers, pa.int32()),
        }
        connection.register("source", pa.table(columns))
        connection.execute("CREATE TABLE t (a SMALLINT, f REAL, d INTEGER)")
        connection.execute("INSERT INTO t SELECT a, f, d FROM source")
        before = answers(connection, queries)
        connection.execute(
            "ALTER TABLE t ALTER COLUMN a TYPE BIGINT, ALTER COLUMN f TYPE DOUBLE,"
            " ALTER COLUMN d TYPE DECIMAL(20, 0)"
        )
        assert answers(connection, queries) == before
        connection.execute("INSERT INTO t VALUES (3000000001, 0.1, 99999999999999999999)")
        large = ["a > 3000000000", "f = 0.1", "d > 9999999999", "a IN (3000000001, 5000000000)"]
        for condition in large:
            rows = connection.execute(f"SELECT a, f, d FROM t WHERE {condition}").fetchall()
            assert rows == [(3_000_000_001, 0.1, decimal.Decimal("99999999999999999999"))]


@pytest.mark.parametrize("dictionary", [None, True, False])
def test_added_columns_are_like_any_other(dictionary: bool | None) -> None:
    """The same answers as of a table that has had the columns from the beginning."""
    late, early = (
        coldb.connect(settings=SEVERAL | {"force_dictionary": dictionary}) for _ in range(2)
    )
    with late, early:
        for connection in (late, early):
            connection.register("source", pa.table({"x": range(500)}))
        late.execute("CREATE TABLE t (a INTEGER)")
        late.execute("INSERT INTO t SELECT x FROM source")
        late.execute(
            "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 7,"
            " ADD COLUMN s VARCHAR DEFAULT 'new', ADD COLUMN n VARCHAR, ADD COLUMN f DOUBLE"
        )
        early.execute(
            "CREATE TABLE t (a INTEGER, b INTEGER NOT NULL, s VARCHAR, n VARCHAR, f DOUBLE)"
        )
        early.execute("INSERT INTO t SELECT x, 7, 'new', NULL, NULL FROM source")
        queries = [
            "SELECT b, s, n, f, count(*), sum(b) FROM t GROUP BY b, s, n, f ORDER BY b, s, n, f",
            "SELECT count(*) FROM t WHERE s = 'new' AND b = 7 AND n IS NULL",
            "SELECT count(*), max(s) FROM t WHERE s LIKE 'o%' OR b > 7 OR f > 0",
            "SELECT min(b), max(b), min(s), max(s), count(n), count(s), sum(f) FROM t",
            "SELECT DISTINCT s, n FROM t ORDER BY s, n",
            "SELECT a, b, s, n FROM t WHERE a % 100 = 1 OR n > 'a' ORDER BY a",
            "SELECT l.s, count(*) FROM t l JOIN t r ON l.s = r.n GROUP BY l.s",
        ]
        changes = [
            "INSERT INTO t VALUES (1000, 8, 'other', 'new', 1.5), (1001, 9, NULL, 'x', 2)",
            "UPDATE t SET s = 'changed', n = 'new' WHERE a < 20",
            "DELETE FROM t WHERE a BETWEEN 100 AND 350",
            "UPDATE t SET b = b + 1 WHERE a BETWEEN 90 AND 400",
            "OPTIMIZE t",
        ]
        assert answers(late, queries) == answers(early, queries)
        for change in changes:
            late.execute(change)
            early.execute(change)
            assert answers(late, queries) == answers(early, queries), change
        late.execute("INSERT INTO t (a) VALUES (2000)")
        assert late.execute("SELECT b, s, n FROM t WHERE a = 2000").fetchall() == [(7, "new", None)]
