"""What EXPLAIN and EXPLAIN ANALYZE print, on a small star whose blocks have four rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator

SALES = 40
QUERY = (
    "SELECT year, nation, sum(price) AS total FROM sale, day, customer"
    " WHERE sale.day = day.key AND sale.customer = customer.key"
    " AND {condition} GROUP BY year, nation ORDER BY year, total DESC"
)


@pytest.fixture(scope="module")
def star() -> Iterator[coldb.Connection]:
    """Days are in order, so that their positions are too; cities and the days' weekdays are not."""
    with coldb.connect(threads=2, settings={"block_rows": 4, "segment_rows": 16}) as con:
        con.execute(
            "CREATE DIMENSION TABLE day (key INTEGER PRIMARY KEY, year INTEGER, month INTEGER,"
            " weekday INTEGER, HIERARCHY calendar (year, month));"
            "CREATE DIMENSION TABLE customer (key INTEGER PRIMARY KEY, region VARCHAR,"
            " nation VARCHAR, segment VARCHAR, HIERARCHY geography (region, nation));"
            "CREATE FACT TABLE sale (day INTEGER NOT NULL REFERENCES day,"
            " customer INTEGER NOT NULL REFERENCES customer, price INTEGER) ORDER BY (day)"
        )
        con.execute(
            "INSERT INTO day VALUES "
            + ", ".join(f"({n}, {2000 + n // 10}, {n // 5 % 2 + 1}, {n % 7})" for n in range(40))
        )
        con.execute(
            "INSERT INTO customer VALUES (1, 'EU', 'FR', 'auto'), (2, 'EU', 'DE', 'home'),"
            " (3, 'AM', 'US', 'auto'), (4, 'AS', 'CN', 'home'), (5, 'AS', 'JP', 'auto')"
        )
        con.execute(
            "INSERT INTO sale VALUES "
            + ", ".join(f"({n}, {n * 3 % 5 + 1}, {n})" for n in range(SALES))
        )
        yield con


def lines(con: coldb.Connection, statement: str) -> list[str]:
    return [line for (line,) in con.execute(statement).fetchall()]


def counters(line: str) -> dict[str, int]:
    return {
        name: int(amount.replace(",", ""))
        for name, amount in re.findall(r"([a-z][a-z -]*) ([\d,]+)[;\]]", line)
    }


def test_explain_shows_the_plan_after_each_rule(star: coldb.Connection) -> None:
    query = "EXPLAIN SELECT d.month FROM sale, day d WHERE sale.day = d.key AND d.year > 1000 * 2"
    assert lines(star, query) == [
        "-- bind",
        "Project: month",
        "└─ Filter: day = key AND year > 1000 * 2",
        "   └─ CrossProduct",
        "      ├─ Scan: sale (day, customer, price)",
        "      └─ Scan: day d (key, year, month, weekday)",
        "",
        "-- fold_constants",
        "Project: month",
        "└─ Filter: day = key AND year > 2000",
        "   └─ CrossProduct",
        "      ├─ Scan: sale (day, customer, price)",
        "      └─ Scan: day d (key, year, month, weekday)",
        "",
        "-- push_filters",
        "Project: month",
        "└─ Filter: day = key",
        "   └─ CrossProduct",
        "      ├─ Scan: sale (day, customer, price)",
        "      └─ Scan: day d (key, year, month, weekday) where year > 2000",
        "",
        "-- order_joins",
        "Project: month",
        "└─ Lookup inner: day -> day",
        "   ├─ Scan: sale (day, customer, price, #day)",
        "   └─ Scan: day d (key, year, month, weekday) where year > 2000",
        "",
        "-- prune_columns",
        "Project: month",
        "└─ Lookup inner: day -> day",
        "   ├─ Scan: sale (#day)",
        "   └─ Scan: day d (year, month) where year > 2000",
    ]


def test_explain_runs_nothing(star: coldb.Connection) -> None:
    cursor = star.execute("EXPLAIN SELECT 1 / (price - price) FROM sale")
    assert [column[0] for column in cursor.description] == ["plan"]
    assert cursor.metrics.rows_read == 0
    with pytest.raises(coldb.DataError):
        star.execute("EXPLAIN ANALYZE SELECT 1 / (price - price) FROM sale")


def test_conditions_keep_their_parentheses(star: coldb.Connection) -> None:
    one = "price = 1 OR price = 3 AND weekday = 2"
    both = f"({one}) AND (month = 1 OR year = 2)"
    for condition, text in ((one, one), (both, both)):
        query = f"EXPLAIN SELECT 1 FROM (SELECT * FROM sale, day LIMIT 9) AS t WHERE {condition}"
        assert f"└─ Filter: {text}" in lines(star, query)
    outer = "EXPLAIN SELECT 1 FROM sale LEFT JOIN day ON day = key AND (price = 1 OR month = 2)"
    assert "└─ Join left: day = key AND (price = 1 OR month = 2)" in lines(star, outer)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("SELECT 1", "└─ OneRow"),
        ("SELECT DISTINCT year FROM day", "Aggregate by year"),
        ("SELECT year FROM day UNION ALL SELECT price FROM sale", "Union all"),
        ("SELECT year FROM day EXCEPT SELECT price FROM sale", "Except"),
        ("SELECT key FROM day LIMIT 3 OFFSET 2", "Limit 3 offset 2"),
        ("SELECT key FROM day OFFSET 2", "Limit all offset 2"),
        (
            "SELECT key FROM day ORDER BY year DESC NULLS LAST, month NULLS FIRST, key",
            "Sort: year DESC NULLS LAST, month NULLS FIRST, key",
        ),
        (
            "SELECT count(DISTINCT year), sum(key) FILTER (WHERE month = 1) FROM day",
            "Aggregate: count(DISTINCT year), sum(key) FILTER (WHERE month = 1)",
        ),
        ("SELECT 1 FROM day a LEFT JOIN day b ON a.year < b.year", "Join left: year < year"),
        ("SELECT 1 FROM day a FULL JOIN day b ON TRUE", "Join full: TRUE"),
        ("SELECT (SELECT max(key) FROM day)", "SingleValue: max"),
    ],
)
def test_every_kind_of_node(star: coldb.Connection, query: str, line: str) -> None:
    plan = lines(star, f"EXPLAIN {query}")
    assert any(text.strip("│├└─ ") == line.strip("│├└─ ") for text in plan), plan


def test_frames_are_shown(con: coldb.Connection) -> None:
    import pyarrow as pa

    con.register("frame", pa.table({"a": [1], "b": [2]}))
    assert lines(con, "EXPLAIN SELECT a FROM frame")[-1] == "└─ FrameScan: frame (a)"


def test_analyze_draws_the_operators_with_their_facts(star: coldb.Connection) -> None:
    printed = lines(star, "EXPLAIN ANALYZE " + QUERY.format(condition="year = 2001"))
    shape = [re.sub(r"  \[.*\]$", "  []", line) for line in printed[:8]]
    assert shape == [
        "Sort: year, total DESC  []",
        "└─ Project: year, nation, sum AS total  []",
        "   └─ Aggregate by year, nation: sum(price)  []",
        "      └─ Lookup inner: customer -> customer  []",
        "         ├─ Lookup inner: day -> day  []",
        "         │  ├─ Scan: sale (price, #day, #customer)  []",
        "         │  └─ Scan: day (year) where year = 2001",
        "         └─ Scan: customer (nation)",
    ]
    rows = [re.search(r"\[([\d,]+) rows; [\d.]+ ms", line) for line in printed[:6]]
    assert [int(found[1]) for found in rows if found] == [5, 5, 5, 10, 10, 10]
    stages = re.findall(r"([a-z]+) [\d.]+ ms", printed[-2])
    assert stages == ["parse", "bind", "optimize", "execute"]


@pytest.mark.parametrize(
    ("condition", "years", "look_up", "tables"),
    [
        ("year = 2001", 1, "day", {"code ranges"}),
        ("year = 2001 AND month = 2", 1, "day", {"code ranges"}),
        ("region = 'AS'", 4, "customer", {"code ranges"}),
        ("weekday = 3", 4, "day", {"code tables"}),
        ("weekday IN (1, 3, 5)", 4, "day", {"code tables"}),
        ("segment = 'auto'", 4, "customer", {"code ranges"}),
    ],
)
def test_conditions_on_dimensions_become_sets_of_codes(
    star: coldb.Connection, condition: str, years: int, look_up: str, tables: set[str]
) -> None:
    """A level of a hierarchy is one range of positions; an attribute across it, a few or a table."""
    query = QUERY.format(condition=condition)
    printed = lines(star, f"EXPLAIN ANALYZE {query}")
    found = counters(next(line for line in printed if f"-> {look_up} " in line))
    assert found["position look-ups"] == 1
    assert found.keys() & {"code ranges", "code tables"} == tables
    rows = star.execute(query).fetchall()
    assert len({row[0] for row in rows}) == years


def test_the_summary_agrees_with_the_counters_and_the_cursor(star: coldb.Connection) -> None:
    query = QUERY.format(condition="year = 2001")
    explained = star.execute(f"EXPLAIN ANALYZE {query}")
    printed = [line for (line,) in explained.fetchall()]
    summary = re.fullmatch(
        r"([\d,]+) rows read, (\d+) of (\d+) blocks pruned, ([\d,]+) bytes read", printed[-1]
    )
    assert summary is not None
    numbers = [int(text.replace(",", "")) for text in summary.groups()]
    scan = counters(next(line for line in printed if "Scan: sale" in line))
    assert numbers[:3] == [scan["rows read"], scan["blocks pruned"], scan["blocks"]]
    assert numbers[0] == 10
    assert numbers[1] > 0
    fresh, planned = star.execute(f"{query} -- once"), star.execute(f"{query} -- once")
    assert fresh.fetchall() == planned.fetchall()
    for metrics in (explained.metrics, fresh.metrics, planned.metrics):
        found = [metrics.rows_read, metrics.blocks_pruned, metrics.blocks, metrics.bytes_read]
        assert found == numbers
        assert metrics.seconds == pytest.approx(sum(metrics.stages.values()))
    assert list(fresh.metrics.stages) == ["parse", "bind", "optimize", "execute"]
    assert list(planned.metrics.stages) == ["parse", "execute"]


def test_explain_is_for_queries(con: coldb.Connection) -> None:
    with pytest.raises(coldb.ProgrammingError, match="EXPLAIN"):
        con.execute("EXPLAIN CREATE TABLE t (a INTEGER)")
