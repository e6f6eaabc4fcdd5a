"""Every kind of join against nested loops in Python, with and without declared keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[Any, ...]
KEY = st.none() | st.integers(0, 3)
TEXT = st.none() | st.sampled_from(["", "a", "b"])
ROWS = st.lists(st.tuples(KEY, TEXT, st.integers(0, 9)), max_size=8)
FEW = settings(max_examples=25, derandomize=True)


def nested_loops(kind: str, left: list[Row], right: list[Row], on) -> list[Row]:
    """The definition of each kind of join; `on` is True only for pairs that match."""
    matches = [[on(a, b) for b in right] for a in left]
    pairs = [
        a + b for a, row in zip(left, matches, strict=True) for b, hit in zip(right, row, strict=True) if hit
    ]  # fmt: skip
    lonely_left = [a + (None,) * 3 for a, row in zip(left, matches, strict=True) if not any(row)]
    lonely_right = [
        (None,) * 3 + b for n, b in enumerate(right) if not any(row[n] for row in matches)
    ]
    match kind:
        case "INNER":
            return pairs
        case "LEFT":
            return pairs + lonely_left
        case "RIGHT":
            return pairs + lonely_right
        case _:
            return pairs + lonely_left + lonely_right


def tables(left: list[Row], right: list[Row], threads: int = 1) -> coldb.Connection:
    con = coldb.connect(threads=threads, settings={"block_rows": 3, "segment_rows": 6})
    for name, rows in (("l", left), ("r", right)):
        con.execute(f"CREATE TABLE {name} (k INTEGER, s VARCHAR, n INTEGER)")
        if rows:
            con.execute(
                f"INSERT INTO {name} VALUES {', '.join(['(?, ?, ?)'] * len(rows))}",
                [value for row in rows for value in row],
            )
    return con


def same(found: list[Row], expected: list[Row]) -> bool:
    return sorted(found, key=repr) == sorted(expected, key=repr)


ON = {
    "l.k = r.k": lambda a, b: None not in (a[0], b[0]) and a[0] == b[0],
    "l.k = r.k AND l.s = r.s": lambda a, b: None not in (*a[:2], *b[:2]) and a[:2] == b[:2],
    "l.s = r.s AND l.n < r.n": lambda a, b: (
        None not in (a[1], b[1]) and a[1] == b[1] and a[2] < b[2]
    ),
    "l.k = r.k AND r.n > 4": lambda a, b: None not in (a[0], b[0]) and a[0] == b[0] and b[2] > 4,
    "l.k + 1 = r.k": lambda a, b: None not in (a[0], b[0]) and a[0] + 1 == b[0],
}


@FEW
@given(ROWS, ROWS)
def test_joins(left: list[Row], right: list[Row]) -> None:
    with tables(left, right) as con:
        for kind in ("INNER", "LEFT", "RIGHT", "FULL"):
            for on, matches in ON.items():
                found = con.execute(f"SELECT * FROM l {kind} JOIN r ON {on}").fetchall()
                assert same(found, nested_loops(kind, left, right, matches)), (kind, on)


@FEW
@given(ROWS, ROWS)
def test_products_semi_and_anti_joins(left: list[Row], right: list[Row]) -> None:
    keys = [b[0] for b in right]
    expected = {
        "CROSS JOIN r": [a + b for a in left for b in right],
        "WHERE k IN (SELECT k FROM r)": [a for a in left if a[0] is not None and a[0] in keys],
        "WHERE k NOT IN (SELECT k FROM r)": [
            a for a in left if not keys or (None not in (a[0], *keys) and a[0] not in keys)
        ],
        "WHERE EXISTS (SELECT 1 FROM r WHERE r.k = l.k)": [
            a for a in left if a[0] is not None and a[0] in keys
        ],
        "WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k)": [
            a for a in left if a[0] is None or a[0] not in keys
        ],
    }
    with tables(left, right) as con:
        for text, rows in expected.items():
            assert same(con.execute(f"SELECT * FROM l {text}").fetchall(), rows), text


# --- declared keys -------------------------------------------------------------------------------

DECLARED = """
    CREATE DIMENSION TABLE a (ak INTEGER {primary}, an INTEGER);
    CREATE DIMENSION TABLE b (bk INTEGER, bs VARCHAR, a INTEGER {to_a}, bn INTEGER {composite});
    CREATE DIMENSION TABLE e (ek INTEGER {primary}, boss INTEGER {to_e});
    CREATE FACT TABLE o (ok INTEGER {primary}, e INTEGER {to_e});
    CREATE FACT TABLE f (o INTEGER {to_o}, bk INTEGER, bs VARCHAR, n INTEGER {to_b})"""
KEYS = {
    "primary": "PRIMARY KEY",
    "composite": ", PRIMARY KEY (bk, bs)",
    "to_a": "REFERENCES a",
    "to_e": "REFERENCES e",
    "to_o": "REFERENCES o",
    "to_b": ", FOREIGN KEY (bk, bs) REFERENCES b",
}
FILL = """
    INSERT INTO a VALUES (1, 10), (2, 20), (3, NULL);
    INSERT INTO b VALUES (1, 'x', 1, 5), (1, 'y', NULL, 6), (2, 'x', 3, NULL), (3, '', 2, 7);
    INSERT INTO e VALUES (1, NULL), (2, 1), (3, 1), (4, 4);
    INSERT INTO o VALUES (100, 2), (200, NULL), (300, 4), (400, 2);
    INSERT INTO f VALUES (100, 1, 'x', 1), (100, 2, 'x', 2), (200, 3, '', 3), (NULL, 1, 'y', 4),
        (300, NULL, 'x', 5), (300, 1, NULL, 6), (400, 1, 'y', 7), (100, NULL, NULL, 8)"""
QUERIES = [
    "SELECT n, bn FROM f JOIN b ON f.bk = b.bk AND f.bs = b.bs",
    "SELECT n, bn FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs",
    "SELECT n, bn FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs AND bn > 5",
    "SELECT n, bn FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs WHERE bn > 5 OR bn IS NULL",
    "SELECT n, bn FROM f LEFT JOIN b ON f.bk = b.bk",
    "SELECT n, bn FROM f FULL JOIN b ON f.bk = b.bk AND f.bs = b.bs",
    "SELECT n, bn FROM b RIGHT JOIN f ON f.bk = b.bk AND f.bs = b.bs",
    "SELECT n, an FROM f, b, a WHERE f.bk = b.bk AND f.bs = b.bs AND b.a = a.ak",
    "SELECT n, an FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs JOIN a ON b.a = a.ak",
    "SELECT n, an FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs LEFT JOIN a ON b.a = a.ak",
    "SELECT n, an FROM f LEFT JOIN (b JOIN a ON b.a = a.ak) ON f.bk = b.bk AND f.bs = b.bs",
    "SELECT n, ek FROM f JOIN o ON f.o = o.ok JOIN e ON o.e = e.ek",
    "SELECT n, ek FROM f LEFT JOIN o ON f.o = o.ok JOIN e ON o.e = e.ek",
    "SELECT n, x.ek, y.ek FROM f LEFT JOIN o ON f.o = o.ok LEFT JOIN e x ON o.e = x.ek"
    " LEFT JOIN e y ON x.boss = y.ek",
    "SELECT x.ek, y.boss FROM e x JOIN e y ON x.boss = y.ek",
    "SELECT x.ek, y.ek FROM e x LEFT JOIN e y ON y.boss = x.ek",
    "SELECT n FROM f WHERE o IN (SELECT ok FROM o WHERE e = 2)",
    "SELECT n FROM f WHERE o NOT IN (SELECT ok FROM o WHERE e = 2)",
    "SELECT n FROM f WHERE NOT EXISTS (SELECT 1 FROM o WHERE ok = f.o AND e = 2)",
    "SELECT n FROM f WHERE EXISTS (SELECT 1 FROM b WHERE b.bk = f.bk AND b.bs = f.bs AND bn > 5)",
    "SELECT bn, count(*), sum(n) FROM f LEFT JOIN b ON f.bk = b.bk AND f.bs = b.bs GROUP BY bn",
    "SELECT count(*) FROM f LEFT JOIN o ON f.o = o.ok JOIN e ON o.e = e.ek",
    "SELECT count(*), count(e), count(DISTINCT e) FROM f LEFT JOIN o ON f.o = o.ok",
]


@pytest.mark.parametrize("query", QUERIES)
def test_declared_keys_change_no_answer(query: str) -> None:
    answers = []
    for keys in (KEYS, dict.fromkeys(KEYS, "")):
        with coldb.connect(threads=2, settings={"block_rows": 3, "segment_rows": 6}) as con:
            con.execute(DECLARED.format(**keys) + ";" + FILL)
            answers.append(sorted(con.execute(query).fetchall(), key=repr))
    assert answers[0] == answers[1]
    assert answers[0]


def test_a_declared_key_makes_a_look_up(con: coldb.Connection) -> None:
    con.execute(DECLARED.format(**KEYS) + ";" + FILL)
    plan = "\n".join(line for (line,) in con.execute("EXPLAIN " + QUERIES[9]).fetchall())
    assert "Lookup left: bk, bs -> b" in plan
    assert "Lookup left: a -> a" in plan


# --- what one side tells the other ---------------------------------------------------------------

_COUNT = re.compile(r"\[([0-9,]+) rows;")


@pytest.fixture(scope="module")
def two_sizes() -> Iterator[coldb.Connection]:
    """A large table of keys 0 to 999, ten times each, and what refers to few of them."""
    settings = {"block_rows": 1000, "segment_rows": 4000}
    with coldb.connect(threads=2, settings=settings) as con:
        con.execute("CREATE DIMENSION TABLE item (i BIGINT PRIMARY KEY, name VARCHAR)")
        con.execute("CREATE FACT TABLE sale (i BIGINT REFERENCES item, n INTEGER, d DATE)")
        con.execute("CREATE TABLE few (k INTEGER, d DATE)")
        con.register("numbers", pa.table({"x": np.arange(10_000, dtype=np.int32)}))
        con.execute("INSERT INTO item SELECT x, 'item ' || x FROM numbers WHERE x < 1000")
        con.execute("INSERT INTO sale SELECT x % 1000, x, DATE '2024-01-01' + x % 100 FROM numbers")
        con.execute(
            "INSERT INTO few VALUES (7, '2024-01-08'), (8, '2024-01-09'), (NULL, NULL), (5000, NULL)"
        )
        yield con


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT n FROM few JOIN sale ON k = i", 20),
        ("SELECT n FROM sale JOIN few ON k = i", 20),
        ("SELECT n FROM sale JOIN few ON k = n", 3),
        ("SELECT n FROM sale WHERE i IN (SELECT k FROM few)", 20),
        ("SELECT k FROM few WHERE k IN (SELECT i FROM sale)", 20),
        ("SELECT k FROM few WHERE NOT EXISTS (SELECT 1 FROM sale WHERE i = k)", 20),
        ("SELECT k, n FROM few LEFT JOIN sale ON k = i", 20),
        ("SELECT k, n FROM sale RIGHT JOIN few ON k = i", 20),
        ("SELECT n FROM few JOIN sale ON few.d = sale.d", 200),
        ("SELECT n FROM few JOIN (SELECT i, n FROM sale UNION ALL SELECT n, i FROM sale) AS t ON i = k", 23),
        ("SELECT s FROM few JOIN (SELECT i, sum(n) AS s FROM sale GROUP BY i) AS t ON i = k", 20),
        ("SELECT name FROM few JOIN (sale JOIN item USING (i)) ON k = sale.i", 20),
    ],
)  # fmt: skip
def test_the_keys_of_a_small_side_spare_the_large_one(
    two_sizes: coldb.Connection, query: str, rows: int
) -> None:
    lines = [line for (line,) in two_sizes.execute(f"EXPLAIN ANALYZE {query}").fetchall()]
    scanned = [
        int(_COUNT.findall(line)[0].replace(",", "")) for line in lines if "Scan: sale" in line
    ]
    assert sum(scanned) == rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT n FROM few FULL JOIN sale ON k = i",
        "SELECT n FROM sale LEFT JOIN few ON k = i",
        "SELECT n FROM sale WHERE i NOT IN (SELECT k FROM few)",
        "SELECT k FROM few WHERE k NOT IN (SELECT i FROM sale)",
        "SELECT n FROM few JOIN sale ON k = i + 1",
        "SELECT s FROM few JOIN (SELECT n % 10 AS i, sum(n) AS s FROM sale GROUP BY 1) AS t ON i = k",
        "SELECT n FROM few JOIN (SELECT i, n FROM sale ORDER BY n LIMIT 99999) AS t ON i = k",
    ],
)
def test_rows_that_may_be_needed_are_read(two_sizes: coldb.Connection, query: str) -> None:
    lines = [line for (line,) in two_sizes.execute(f"EXPLAIN ANALYZE {query}").fetchall()]
    assert any("Scan: sale" in line and "10,000 rows;" in line for line in lines)
