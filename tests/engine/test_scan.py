"""Every trick of a scan has a counter: each is seen at work, and none changes an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 200


@pytest.fixture(scope="module")
def sales() -> Iterator[coldb.Connection]:
    """Blocks of 7 rows; sorted by day, so that statistics of `day` are narrow and of `n` are wide."""
    with coldb.connect(threads=2, settings={"block_rows": 7, "segment_rows": 56}) as con:
        con.execute(
            "CREATE DIMENSION TABLE store (id INTEGER PRIMARY KEY, region VARCHAR, city VARCHAR,"
            " HIERARCHY place (region, city))"
        )
        con.execute(
            "INSERT INTO store VALUES (1, 'N', 'a'), (2, 'N', 'b'), (3, 'S', 'c'), (4, 'S', 'a'), (5, NULL, 'd')"
        )
        con.execute(
            "CREATE FACT TABLE sale (day INTEGER NOT NULL, store INTEGER REFERENCES store, n INTEGER,"
            " s VARCHAR, x DOUBLE PRECISION, far BIGINT) ORDER BY (day)"
        )
        rows = [
            (
                row // 2,
                None if row % 11 == 0 else row % 5 + 1,
                None if row % 7 == 0 else row * 37 % 101,
                None if row % 13 == 0 else f"s{row * 31 % 17}",
                row / 4,
                row * 10**12,
            )
            for row in range(ROWS)
        ]
        places = ", ".join(["(?, ?, ?, ?, ?, ?)"] * ROWS)
        con.execute(f"INSERT INTO sale VALUES {places}", [value for row in rows for value in row])
        yield con


def counters(con: coldb.Connection, query: str) -> dict[str, int]:
    """The counters of all operators of a query, as EXPLAIN ANALYZE prints them."""
    found: dict[str, int] = {}
    for (line,) in con.execute(f"EXPLAIN ANALYZE {query}").fetchall():
        for facts in re.findall(r"\[(.*)\]", line):
            for name, amount in re.findall(r"([a-z][a-z -]*) ([\d,]+)(?:;|$)", facts):
                found[name] = found.get(name, 0) + int(amount.replace(",", ""))
    return found


@pytest.mark.parametrize(
    ("condition", "counter"),
    [
        ("day = 50", "blocks pruned"),
        ("day BETWEEN 10 AND 20", "binary searches"),
        ("n < 20", "range tests"),
        ("n % 7 = 3", "look-up tables"),
        ("s LIKE '%0' OR s LIKE '%2' OR s LIKE '%4'", "look-up tables"),
        ("s = 's4'", "range tests"),
        ("far > 150000000000000", "range tests"),
        ("far IN (1000000000000, 5000000000000)", "range tests"),
        ("x > 20", "row predicates"),
        ("n > day", "row predicates"),
    ],
)
def test_a_trick_is_used_and_changes_no_answer(
    sales: coldb.Connection, condition: str, counter: str
) -> None:
    """CASE hides what the condition is, so that the same rows are found one by one."""
    plain = f"SELECT day, store, n, s FROM sale WHERE {condition} ORDER BY 1, 2, 3, 4"
    hidden = plain.replace(condition, f"CASE WHEN x >= 0 THEN {condition} END")
    rows = sales.execute(plain).fetchall()
    assert 0 < len(rows) < ROWS
    assert rows == sales.execute(hidden).fetchall()
    assert counters(sales, plain)[counter] > 0
    assert counters(sales, hidden).keys() & {"range tests", "look-up tables"} == set()


def test_pruned_blocks_are_not_read(sales: coldb.Connection) -> None:
    found = counters(sales, "SELECT n FROM sale WHERE day = 50")
    assert found["rows read"] == 2
    assert found["blocks pruned"] >= found["blocks"] - 2


@pytest.mark.parametrize(
    ("condition", "kind"),
    [("region = 'N'", "code ranges"), ("city = 'a' OR city = 'c'", "code ranges")],
)
def test_a_dimension_becomes_a_set_of_codes(
    sales: coldb.Connection, condition: str, kind: str
) -> None:
    query = f"SELECT day FROM sale, store WHERE sale.store = id AND ({condition})"
    found = counters(sales, query)
    assert found["position look-ups"] == 1
    assert found[kind] >= 1
    assert found["range tests"] + found.get("look-up tables", 0) >= 1
    plain = query.replace("sale.store = id", "sale.store + 0 = id")
    assert "position look-ups" not in counters(sales, plain)
    assert sorted(sales.execute(query).fetchall()) == sorted(sales.execute(plain).fetchall())


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("n IS NULL", 29),
        ("n IS NOT NULL", 171),
        ("store IS NULL", 19),
        ("s IS NULL AND n IS NULL", 3),
        ("n = NULL", 0),
        ("n NOT IN (1, NULL)", 0),
        ("COALESCE(n, -1) = -1", 29),
    ],
)
def test_nulls(sales: coldb.Connection, condition: str, count: int) -> None:
    assert sales.execute(f"SELECT count(*) FROM sale WHERE {condition}").fetchone() == (count,)


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("a < 0", 2),
        ("a >= 0", 2),
        ("a <> 1", 3),
        ("a > -9223372036854775808", 2),
        ("a < 9223372036854775807", 3),
    ],
)
def test_blocks_that_span_all_integers(con: coldb.Connection, condition: str, count: int) -> None:
    con.execute("CREATE TABLE t (a BIGINT)")
    least, most = -(2**63), 2**63 - 1
    con.execute("INSERT INTO t VALUES (?), (1), (?), (?)", [least, most, least])
    assert con.execute(f"SELECT count(*) FROM t WHERE {condition}").fetchone() == (count,)
    assert con.execute("SELECT a, count(*) FROM t GROUP BY a ORDER BY a").fetchall() == [
        (least, 2), (1, 1), (most, 1)
    ]  # fmt: skip


def test_any_number_of_tests(con: coldb.Connection) -> None:
    names = [f"c{number}" for number in range(80)]
    con.execute(f"CREATE TABLE t ({', '.join(f'{name} INTEGER' for name in names)})")
    for shift in (0, 1):
        values = ", ".join(str(number + shift) for number in range(80))
        con.execute(f"INSERT INTO t VALUES ({values}), ({values})")
    tests = " AND ".join(f"{name} = {number}" for number, name in enumerate(names))
    assert con.execute(f"SELECT count(*) FROM t WHERE {tests}").fetchone() == (2,)


@pytest.mark.parametrize("threads", [2, 4])
def test_answers_do_not_depend_on_threads(threads: int) -> None:
    """Not even in the last bit of a sum of floats."""
    queries = [
        "SELECT sum(x), avg(x), stddev(x), sum(r), var_pop(r) FROM t",
        "SELECT k, sum(x), avg(x), stddev(x) FROM t GROUP BY k ORDER BY k",
        "SELECT sum(x) FROM t WHERE x > 10",
        "SELECT k, x FROM t ORDER BY r LIMIT 5",
    ]
    answers = []
    for number in (1, threads):
        with coldb.connect(threads=number, settings={"block_rows": 16, "segment_rows": 64}) as con:
            con.execute("CREATE TABLE t (k INTEGER, x DOUBLE PRECISION, r REAL)")
            rows = [(n % 7, (n * 7919 % 1009) / 3.0, (n * 104729 % 997) / 7.0) for n in range(400)]
            con.execute(
                f"INSERT INTO t VALUES {', '.join(['(?, ?, ?)'] * len(rows))}",
                [value for row in rows for value in row],
            )
            answers.append([repr(con.execute(query).fetchall()) for query in queries])
    assert answers[0] == answers[1]
