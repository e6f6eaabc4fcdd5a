"""Predicates on a dimension with more rows than the codes of a fact can count.

Codes are as narrow as the positions in use, so the codes of a fact that uses the first 200 of 300 rows
are bytes, while the set of rows that pass a predicate reaches beyond a byte.
"""

from __future__ import annotations

import pytest

import coldb


@pytest.fixture(scope="module", params=[(300, 200), (70_000, 60_000)], ids=["bytes", "words"])
def star(request):
    rows, used = request.param
    with coldb.connect(":memory:", threads=2) as con:
        con.execute("CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, g INTEGER)")
        con.execute("CREATE FACT TABLE f (k INTEGER NOT NULL REFERENCES d, x INTEGER)")
        import pyarrow as pa

        con.register("keys", pa.table({"k": range(rows)}))
        con.execute("INSERT INTO d SELECT k, k % 7 FROM keys")
        con.register(
            "facts", pa.table({"k": [i % used for i in range(2 * used)], "x": range(2 * used)})
        )
        con.execute("INSERT INTO f SELECT k, x FROM facts")
        yield con, rows, used


@pytest.mark.parametrize("operator", [">=", "<", "=", "<>", ">", "<="])
def test_ranges_at_head_middle_and_tail(star, operator):
    con, rows, used = star
    compare = {
        ">=": int.__ge__, "<": int.__lt__, "=": int.__eq__,
        "<>": int.__ne__, ">": int.__gt__, "<=": int.__le__,
    }[operator]  # fmt: skip
    for bound in (0, 1, 33, used // 2, used - 1, used, rows - 1, rows):
        expected = sum(2 for key in range(used) if compare(key, bound))
        condition = f"d.k {operator} {bound}"
        query = f"SELECT count(*) FROM f JOIN d ON f.k = d.k WHERE {condition}"
        assert con.execute(query).fetchall() == [(expected,)], query
        query = f"SELECT count(*) FROM f JOIN d ON f.k = d.k WHERE {condition} OR f.x = -1"
        assert con.execute(query).fetchall() == [(expected,)], query
        query = f"SELECT {condition} z, count(*) FROM f JOIN d ON f.k = d.k GROUP BY z ORDER BY z"
        groups = [(False, 2 * used - expected), (True, expected)]
        assert con.execute(query).fetchall() == [group for group in groups if group[1]], query


def test_a_middle_range(star):
    con, rows, used = star
    low, high = used - 20, rows - 10
    query = f"SELECT d.k BETWEEN {low} AND {high} z, count(*) FROM f JOIN d ON f.k = d.k GROUP BY z"
    assert sorted(con.execute(query).fetchall()) == [(False, 2 * used - 40), (True, 40)]
