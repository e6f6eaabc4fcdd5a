"""ORDER BY over random keys of every type against Python's own sort."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coldb

Row = tuple[Any, ...]
FEW = settings(max_examples=40, deadline=None, derandomize=True)

COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "small": ("SMALLINT", st.sampled_from([-(2**15), -1, 0, 7, 2**15 - 1])),
    "big": ("BIGINT", st.sampled_from([-(2**63), -(2**63) + 1, -1, 0, 1, 2**62, 2**63 - 1])),
    "money": ("DECIMAL(8, 2)", st.decimals(-9, 9, places=2)),
    "wide": (
        "DECIMAL(38, 2)",
        st.sampled_from([Decimal(10) ** 35, -(Decimal(10) ** 35), Decimal("0.01"), Decimal(0)]),
    ),
    "real": ("REAL", st.sampled_from([math.nan, -math.inf, -0.5, -0.0, 0.0, 1.5, math.inf])),
    "double": (
        "DOUBLE PRECISION",
        st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, -1e308, 1e308]),
    ),
    "text": (
        "VARCHAR",
        st.sampled_from(
            ["", "a", "aa", "b", "Z", "é", "e\u0301", "ß", "日本", "😀", "\uffff", " "]
        ),
    ),
    "day": ("DATE", st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))),
    "moment": (
        "TIMESTAMP",
        st.datetimes(dt.datetime(1969, 12, 31, 23), dt.datetime(1970, 1, 1, 1)),
    ),
    "truth": ("BOOLEAN", st.booleans()),
}
DIRECTIONS = ["", " ASC", " DESC"]
PLACES = ["", " NULLS FIRST", " NULLS LAST"]


@st.composite
def keys(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    """Columns to sort by, each with a direction and a place for NULLs, as they are written."""
    names = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=4, unique=True))
    return [
        (name, draw(st.sampled_from(DIRECTIONS)), draw(st.sampled_from(PLACES))) for name in names
    ]


ROWS = st.lists(st.tuples(*(st.none() | values for _, values in COLUMNS.values())), max_size=30)
CHOSEN = st.sampled_from([None, True, False])


def table(rows: list[Row], dictionary: bool | None) -> coldb.Connection:
    """The rows, numbered, in blocks of 4 and segments of 8."""
    small = {"block_rows": 4, "segment_rows": 8, "force_dictionary": dictionary}
    con = coldb.connect(threads=1, settings=small)
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in COLUMNS.items())
    con.execute(f"CREATE TABLE t (n INTEGER, {columns})")
    if rows:
        places = ", ".join(["?"] * (len(COLUMNS) + 1))
        con.execute(
            f"INSERT INTO t VALUES {', '.join([f'({places})'] * len(rows))}",
            [value for number, row in enumerate(rows) for value in (number, *row)],
        )
    return con


def comparable(value: Any) -> Any:
    """NaN sorts after all numbers; texts by their code points, which is the order of UTF-8 as well."""
    if isinstance(value, float):
        return (math.isnan(value), 0.0 if math.isnan(value) else value)
    return value


def compare(first: Row, second: Row, order: list[tuple[str, str, str]]) -> int:
    """Which of two rows comes first; NULLs are by default the largest values."""
    positions = list(COLUMNS)
    for name, direction, place in order:
        a, b = first[positions.index(name)], second[positions.index(name)]
        descending = direction == " DESC"
        nulls_first = place == " NULLS FIRST" or (place == "" and descending)
        if a is None or b is None:
            result = (a is None) - (b is None)
            result = -result if nulls_first else result
        else:
            a, b = comparable(a), comparable(b)
            result = (a > b) - (a < b)
            result = -result if descending else result
        if result:
            return result
    return 0


def ordered(rows: list[Row], order: list[tuple[str, str, str]]) -> list[int]:
    """The numbers of the rows, in order; rows that tie, by number."""
    by = functools.cmp_to_key(lambda a, b: compare(rows[a], rows[b], order) or a - b)
    return sorted(range(len(rows)), key=by)


@FEW
@given(ROWS, keys(), CHOSEN)
def test_sorted_as_python_does(
    rows: list[Row], order: list[tuple[str, str, str]], dictionary: bool | None
) -> None:
    written = ", ".join("".join(key) for key in order)
    with table(rows, dictionary) as con:
        found = con.execute(f"SELECT n FROM t ORDER BY {written}, n").fetchall()
    assert [number for (number,) in found] == ordered(rows, order)


@FEW
@given(ROWS, keys(), CHOSEN, st.integers(0, 12), st.integers(0, 12))
def test_limits_cut_from_the_full_sort(
    rows: list[Row],
    order: list[tuple[str, str, str]],
    dictionary: bool | None,
    limit: int,
    offset: int,
) -> None:
    """Rows that tie may come in any order, but always in the same one."""
    written = ", ".join("".join(key) for key in order)
    with table(rows, dictionary) as con:
        query = f"SELECT n FROM t ORDER BY {written}"
        everything = [number for (number,) in con.execute(query).fetchall()]
        part = con.execute(f"{query} LIMIT {limit} OFFSET {offset}").fetchall()
        rest = con.execute(f"{query} OFFSET {offset}").fetchall()
    assert sorted(everything) == list(range(len(rows)))
    for one, next_ in itertools.pairwise(everything):
        assert compare(rows[one], rows[next_], order) <= 0
    assert [number for (number,) in part] == everything[offset : offset + limit]
    assert [number for (number,) in rest] == everything[offset:]


@pytest.mark.parametrize("dictionary", [True, False])
def test_many_segments_are_merged(dictionary: bool) -> None:
    rows = [
        (n % 7, n * 2**50 % 2**60, None, None, None, None if n % 5 == 0 else n % 3 / 2, f"é{n % 11}",
         None, None, n % 2 == 0)
        for n in range(150)
    ]  # fmt: skip
    order = [("truth", " DESC", ""), ("text", "", ""), ("double", " DESC", " NULLS LAST")]
    with table(rows, dictionary) as con:
        written = ", ".join("".join(key) for key in order)
        query = f"SELECT n FROM t ORDER BY {written}, n"
        found = [number for (number,) in con.execute(query).fetchall()]
        assert found == ordered(rows, order)
        cut = con.execute(f"{query} LIMIT 20 OFFSET 50").fetchall()
        assert [number for (number,) in cut] == found[50:70]


def test_order_by_a_sum_an_alias_and_a_place(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (k VARCHAR, n INTEGER)")
    con.execute("INSERT INTO t VALUES ('a', 1), ('b', 5), ('a', 3), ('c', NULL), ('b', -3)")
    query = "SELECT k, sum(n) AS s FROM t GROUP BY k ORDER BY "
    expected = [("c", None), ("a", 4), ("b", 2)]
    for by in ("sum(n) DESC", "s DESC", "2 DESC", "-sum(n) NULLS FIRST"):
        assert con.execute(query + by).fetchall() == expected
