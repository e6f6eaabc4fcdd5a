"""Which segments a scan reads, and that many small, mixed or later changed ones scan like one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUESTIONS = (
    "SELECT count(*), count(a), sum(a), min(t), max(t) FROM f",
    "SELECT count(*), sum(b) FROM f WHERE a BETWEEN 10 AND 60 AND b BETWEEN 5 AND 17",
    "SELECT t, count(*), sum(a) FROM f WHERE t <> 'w3' GROUP BY t ORDER BY t",
    "SELECT a, t FROM f WHERE b < 4 ORDER BY a, t",
)


def counters(con: coldb.Connection, query: str) -> dict[str, int]:
    """The counters of the scan of a query, as EXPLAIN ANALYZE prints them."""
    lines = [line for (line,) in con.execute(f"EXPLAIN ANALYZE {query}").fetchall()]
    facts = next(re.search(r"\[(.*)\]", line) for line in lines if "Scan:" in line)
    assert facts is not None
    pairs = re.findall(r"([a-z][a-z -]*) ([\d,]+)(?:;|$)", facts[1])
    return {name: int(amount.replace(",", "")) for name, amount in pairs}


def rows_of(numbers: range) -> str:
    """Rows (a, b, t) as SQL; some without a value."""
    rows = (f"({n if n % 11 else 'NULL'}, {n * 7 % 50}, 'w{n % 6}')" for n in numbers)
    return f"INSERT INTO f VALUES {', '.join(rows)}"


@pytest.fixture
def once() -> Iterator[coldb.Connection]:
    """A hundred rows in one segment."""
    with coldb.connect(threads=2) as con:
        con.execute("CREATE TABLE f (a INTEGER, b INTEGER, t VARCHAR)")
        con.execute(rows_of(range(100)))
        yield con


def test_small_segments_scan_as_one(once: coldb.Connection) -> None:
    with coldb.connect(threads=2) as con:
        con.execute("CREATE TABLE f (a INTEGER, b INTEGER, t VARCHAR)")
        for start in range(0, 100, 10):
            con.execute(rows_of(range(start, start + 10)))
        assert len(con.warehouse.snapshot().table("f").segments) > 1
        for question in QUESTIONS:
            assert con.execute(question).fetchall() == once.execute(question).fetchall()
        lines = con.execute(f"EXPLAIN ANALYZE {QUESTIONS[1]}").fetchall()
        assert any("partial groups 1]" in line for (line,) in lines)


@pytest.mark.parametrize("segment_rows", [1000, 20])
def test_segments_of_several_kinds(
    once: coldb.Connection, tmp_path: Path, segment_rows: int
) -> None:
    """Strings with and without a dictionary, blocks of different sizes, columns added and changed."""
    path = tmp_path / "mixed.coldb"
    common = {"segment_rows": segment_rows, "sync": False}
    with coldb.connect(path, settings={**common, "force_dictionary": True}) as con:
        con.execute("CREATE TABLE f (a INTEGER, t VARCHAR)")
        rows = (f"({n if n % 11 else 'NULL'}, 'x')" for n in range(60))
        con.execute(f"INSERT INTO f VALUES {', '.join(rows)}")
        con.execute("ALTER TABLE f ADD COLUMN b INTEGER")
    small = {**common, "force_dictionary": False, "block_rows": 7}
    with coldb.connect(path, settings=small) as con:
        rows = (f"({n if n % 11 else 'NULL'}, 'w{n % 6}', {n * 7 % 50})" for n in range(60, 100))
        con.execute(f"INSERT INTO f (a, t, b) VALUES {', '.join(rows)}")
        assert con.execute("SELECT count(*) FROM f WHERE b IS NULL").fetchall() == [(60,)]
        for n in range(6):
            con.execute(f"UPDATE f SET t = 'w{n}' WHERE t = 'x' AND a % 6 = {n}")
        con.execute("UPDATE f SET b = a * 7 % 50 WHERE b IS NULL")
        con.execute("DELETE FROM f WHERE b IS NULL")
        once.execute("DELETE FROM f WHERE a IS NULL AND b IN (0, 27, 4, 31, 8, 35)")
        total = "SELECT count(a), sum(a), sum(CASE WHEN a IS NULL THEN 0 ELSE b END) FROM f"
        assert con.execute(total).fetchall() == once.execute(total).fetchall()
        known = [
            question.replace("FROM f", "FROM f WHERE a IS NOT NULL", 1) for question in QUESTIONS
        ]
        for question in [text.replace("NULL WHERE", "NULL AND") for text in known]:
            assert con.execute(question).fetchall() == once.execute(question).fetchall()


@pytest.mark.parametrize(
    ("partitions", "condition", "pruned"),
    [
        ("HASH (k) PARTITIONS 8", "k = 17", 8),
        ("HASH (k) PARTITIONS 8", "k = 17 OR k IS NULL", 7),
        ("HASH (k) PARTITIONS 8", "k IN (1, 2) AND k > 5", 9),
        ("HASH (t) PARTITIONS 8", "t = 'w7'", None),
        ("RANGE (k EVERY 10)", "k BETWEEN 25 AND 38", 9),
        ("HASH (d) PARTITIONS 8", "d = 3", None),
    ],
)
def test_partitions_are_pruned(partitions: str, condition: str, pruned: int | None) -> None:
    """NULLs have a partition of their own: the ninth of eight."""
    values = ", ".join(f"({n if n % 10 else 'NULL'}, 'w{n % 30}', {n % 5})" for n in range(100))
    with coldb.connect(threads=2) as con:
        con.execute(
            "CREATE DIMENSION TABLE dim (id INTEGER PRIMARY KEY, s VARCHAR);"
            "INSERT INTO dim VALUES (4, 'e'), (3, 'd'), (2, 'c'), (1, 'b'), (0, 'a')"
        )
        columns = "(k INTEGER, t VARCHAR, d INTEGER REFERENCES dim)"
        con.execute(f"CREATE FACT TABLE plain {columns}; INSERT INTO plain VALUES {values}")
        con.execute(f"CREATE FACT TABLE apart {columns} PARTITION BY {partitions}")
        con.execute(f"INSERT INTO apart VALUES {values}")
        query = "SELECT count(*), sum(k), min(t) FROM {} WHERE " + condition
        assert (
            con.execute(query.format("apart")).fetchall()
            == con.execute(query.format("plain")).fetchall()
        )
        found = counters(con, query.format("apart"))["partitions pruned"]
        assert found > 0 if pruned is None else found == pruned


@pytest.mark.parametrize(
    ("aggregates", "answered"),
    [
        ("count(*)", True),
        ("count(k), count(n), min(n), max(n), min(d), max(m)", True),
        ("sum(run), avg(run), sum(one), sum(price)", True),
        ("sum(n)", False),  # no runs
        ("min(t)", False),
        ("sum(run) FILTER (WHERE n > 5)", False),
        ("count(DISTINCT run)", False),
        ("min(run + 1)", False),
    ],
)
def test_statistics_and_runs_answer(aggregates: str, answered: bool) -> None:
    columns = (
        "(k INTEGER, n INTEGER, run INTEGER, one BIGINT, price DECIMAL(8, 2), m DECIMAL(8, 2),"
    )
    values = ", ".join(
        f"({'NULL' if n % 7 == 0 else n}, {n * 37 % 101}, {n // 100 - 3}, 5, {n // 200}.25,"
        f" {n}.5, DATE '2024-01-01' + {n % 90}, 't{n}')"
        for n in range(1000)
    )
    with coldb.connect(threads=2, settings={"segment_rows": 400}) as con:
        con.execute(f"CREATE TABLE f {columns} d DATE, t VARCHAR); INSERT INTO f VALUES {values}")
        query = f"SELECT {aggregates} FROM f"
        scanned = con.execute(f"{query} WHERE length(t) > 0").fetchall()
        assert con.execute(query).fetchall() == scanned
        assert con.execute(query).metrics is not None
        lines = con.execute(f"EXPLAIN ANALYZE {query}").fetchall()
        assert any("answers of statistics" in line for (line,) in lines) is answered
        con.execute("DELETE FROM f WHERE n = 100 OR n = 0 OR run = -3")
        left = con.execute(f"{query} WHERE length(t) > 0").fetchall()
        assert con.execute(query).fetchall() == left != scanned


def test_statistics_of_no_rows() -> None:
    with coldb.connect() as con:
        con.execute("CREATE TABLE f (a INTEGER)")
        assert con.execute("SELECT count(*), sum(a), min(a) FROM f").fetchall() == [(0, None, None)]
        con.execute("INSERT INTO f VALUES (NULL), (NULL)")
        query = "SELECT count(*), count(a), sum(a), max(a) FROM f"
        assert con.execute(query).fetchall() == [(2, 0, None, None)]
