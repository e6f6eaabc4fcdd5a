"""Statements that change rows, as Python sees them: counts, parameters, places of errors, transactions."""

from __future__ import annotations

from typing import Any

import pytest

import coldb


@pytest.fixture
def star(con: coldb.Connection) -> coldb.Connection:
    con.execute(
        "CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, name VARCHAR(5));"
        "CREATE FACT TABLE f (id INTEGER NOT NULL, k INTEGER REFERENCES d, x DECIMAL(8, 2));"
        "INSERT INTO d VALUES (1, 'one'), (2, 'two'), (3, 'three');"
        "INSERT INTO f VALUES (1, 1, 1.5), (2, 2, 2.5), (3, NULL, NULL), (4, 2, 4)"
    )
    return con


def rows(con: coldb.Connection, query: str) -> list[Any]:
    return sorted(con.execute(query).fetchall(), key=repr)


@pytest.mark.parametrize(
    ("statement", "tag", "count"),
    [
        ("DELETE FROM f", "DELETE", 4),
        ("DELETE FROM f WHERE id > 2", "DELETE", 2),
        ("DELETE FROM f WHERE id > 20", "DELETE", 0),
        ("DELETE FROM f USING f other", "DELETE", 4),
        ("UPDATE f SET x = 1", "UPDATE", 4),
        ("UPDATE f SET x = 1 FROM d", "UPDATE", 4),
        ("UPDATE f SET x = x WHERE false", "UPDATE", 0),
        (
            "MERGE INTO d USING (VALUES (1), (3), (8), (9)) AS s (i) ON k = i"
            " WHEN MATCHED AND i = 3 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'x'"
            " WHEN NOT MATCHED AND i = 8 THEN DO NOTHING WHEN NOT MATCHED THEN INSERT VALUES (i, 'y')",
            "MERGE",
            3,
        ),
        ("INSERT INTO d VALUES (1, 'x'), (7, 'y') ON CONFLICT DO NOTHING", "INSERT", 1),
        (
            "INSERT INTO d VALUES (1, 'x'), (7, 'y')"
            " ON CONFLICT (k) DO UPDATE SET name = excluded.name",
            "INSERT",
            2,
        ),
        ("INSERT INTO f SELECT id + 10, k, x FROM f", "INSERT", 4),
        ("CREATE TABLE g AS SELECT * FROM f", "CREATE TABLE AS", 4),
        ("TRUNCATE f", "TRUNCATE TABLE", -1),
        ("ALTER TABLE f ADD COLUMN y INTEGER", "ALTER TABLE", -1),
    ],
)
def test_what_was_done_and_to_how_many_rows(
    star: coldb.Connection, statement: str, tag: str, count: int
) -> None:
    cursor = star.execute(statement)
    assert (cursor.statement, cursor.rowcount) == (tag, count)
    assert cursor.description is None


def test_parameters(star: coldb.Connection) -> None:
    star.execute("UPDATE f SET x = ?, k = ? WHERE id = ?", [7, "3", 1])
    star.execute("UPDATE d SET name = :name WHERE k = :key", {"key": 3, "name": None})
    star.execute("DELETE FROM f WHERE id = ?", [4])
    star.execute(
        "MERGE INTO d USING (SELECT ? AS i) AS s ON k = i WHEN NOT MATCHED THEN INSERT (k) VALUES (?)",
        [9, 10],
    )
    assert [str(x) for _, _, x in rows(star, "SELECT * FROM f")] == ["7.00", "2.50", "None"]
    assert rows(star, "SELECT * FROM d") == [(1, "one"), (10, None), (2, "two"), (3, None)]
    cursor = star.cursor().executemany("DELETE FROM f WHERE id = ?", [[1], [2], [77]])
    assert cursor.rowcount == 2
    with pytest.raises(coldb.InterfaceError, match="1 parameter, 2 values"):
        star.execute("DELETE FROM f WHERE id = ?", [1, 2])


@pytest.mark.parametrize(
    ("statement", "kind", "message", "place"),
    [
        ("UPDATE f SET y = 1", coldb.ProgrammingError, 'no column "y"', "y"),
        ("UPDATE f SET x = nam FROM d", coldb.ProgrammingError, '"name"', "nam"),
        ("UPDATE f SET x = name FROM d", coldb.ProgrammingError, "cast it", "name"),
        ("UPDATE f SET x = 'one'", coldb.DataError, "invalid DECIMAL", "'one'"),
        ("INSERT INTO f SELECT 1, name, 2 FROM d", coldb.ProgrammingError, "cast it", "name"),
        ("INSERT INTO f VALUES (1, true, 2)", coldb.ProgrammingError, "cast it", "true"),
        ("INSERT INTO f (SELECT 1, true, 2)", coldb.ProgrammingError, "cast it", "true"),
        ("DELETE FROM g", coldb.ProgrammingError, 'no table "g"', "g"),
        ("TRUNCATE f, g", coldb.ProgrammingError, 'no table "g"', "g"),
        ("OPTIMIZE g", coldb.ProgrammingError, 'no table "g"', "g"),
        ("ALTER TABLE f DROP y", coldb.ProgrammingError, 'no column "y"', "y"),
        ("DELETE FROM frame", coldb.ProgrammingError, "registered frame", "frame"),
        (
            "INSERT INTO d VALUES (1, 'x', 2) ON CONFLICT (name) DO NOTHING",
            coldb.ProgrammingError,
            "2 values a row",
            "VALUES (1, 'x', 2)",
        ),
    ],
)  # fmt: skip
def test_places_of_errors(
    star: coldb.Connection, statement: str, kind: type[coldb.Error], message: str, place: str
) -> None:
    import pyarrow as pa

    star.register("frame", pa.table({"a": [1]}))
    with pytest.raises(kind, match=message) as caught:
        star.execute(statement)
    span = caught.value.span
    assert span is not None
    assert statement[span.start : span.end] == place


def test_explain_shows_the_query_behind_a_change(star: coldb.Connection) -> None:
    for statement in (
        "DELETE FROM f USING d WHERE f.k = d.k AND name = 'two'",
        "UPDATE f SET x = 1 FROM d WHERE f.k = d.k AND name = 'two'",
        "MERGE INTO f USING d ON f.k = d.k WHEN MATCHED THEN DELETE",
    ):
        lines = [line for (line,) in star.execute(f"EXPLAIN {statement}").fetchall()]
        assert any(line.endswith("Lookup inner: k -> d") for line in lines)
    assert len(rows(star, "SELECT * FROM f")) == 4


def test_a_failed_change_in_a_transaction(star: coldb.Connection) -> None:
    star.execute("BEGIN; DELETE FROM f WHERE id = 1; UPDATE d SET name = 'x'")
    with pytest.raises(coldb.IntegrityError):
        star.execute("DELETE FROM d WHERE k = 2")
    with pytest.raises(coldb.OperationalError, match="ROLLBACK"):
        star.execute("SELECT 1")
    star.execute("ROLLBACK")
    assert len(rows(star, "SELECT * FROM f")) == 4
    assert (1, "one") in rows(star, "SELECT * FROM d")


def test_a_merge_is_done_whole_or_not_at_all(star: coldb.Connection) -> None:
    """The update comes before the insert that fails."""
    with pytest.raises(coldb.IntegrityError, match="missing key"):
        star.execute(
            "MERGE INTO f USING (VALUES (1), (9)) AS s (i) ON id = i"
            " WHEN MATCHED THEN UPDATE SET x = 0 WHEN NOT MATCHED THEN INSERT (id, k) VALUES (i, 99)"
        )
    assert [str(x) for _, _, x in rows(star, "SELECT * FROM f WHERE id = 1")] == ["1.50"]


def test_clauses_for_rows_without_a_source(star: coldb.Connection) -> None:
    """Which PostgreSQL has from version 17 on."""
    star.execute(
        "MERGE INTO f USING (VALUES (1), (7)) AS s (i) ON id = i"
        " WHEN MATCHED THEN UPDATE SET x = i"
        " WHEN NOT MATCHED BY SOURCE AND k IS NULL THEN DELETE"
        " WHEN NOT MATCHED BY SOURCE AND id = 4 THEN DO NOTHING"
        " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET x = 0 - id"
        " WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (i)"
    )
    found = [(id, k, x and str(x)) for id, k, x in rows(star, "SELECT * FROM f")]
    assert found == [(1, 1, "1.00"), (2, 2, "-2.00"), (4, 2, "4.00"), (7, None, None)]
    with pytest.raises(coldb.ProgrammingError, match='no column "i"'):
        star.execute(
            "MERGE INTO f USING (VALUES (1)) AS s (i) ON id = i"
            " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET x = i"
        )


def test_an_insert_of_many_batches_comes_in_whole_or_not_at_all(con: coldb.Connection) -> None:
    """Also where a row fails that comes after others were written."""
    con.execute(
        "CREATE TABLE digit (i INTEGER);"
        "INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);"
        "CREATE TABLE n AS SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS i"
        " FROM digit a, digit b, digit c, digit d"
    )
    count = con.execute("INSERT INTO n SELECT n.i + 10000 * (1 + digit.i) FROM n, digit").rowcount
    assert count == 100_000
    assert con.execute("SELECT count(*), sum(i) FROM n").fetchall() == [(110_000, 6049945000)]
    with pytest.raises(coldb.DataError, match="by zero"):
        con.execute("INSERT INTO n SELECT 1 / (i - 5000) FROM n")
    assert con.execute("SELECT count(*) FROM n").fetchall() == [(110_000,)]


def test_defaults(con: coldb.Connection) -> None:
    con.execute(
        "CREATE TABLE t (a INTEGER, b INTEGER DEFAULT 7 NOT NULL, c VARCHAR(3) DEFAULT 'abc',"
        " d DATE DEFAULT '2024-01-02', e DECIMAL(4, 1) DEFAULT -1.5);"
        "INSERT INTO t (a) VALUES (1);"
        "INSERT INTO t (a, b, c) VALUES (2, 3, NULL);"
        "MERGE INTO t USING (VALUES (4)) AS s (i) ON a = i WHEN NOT MATCHED THEN INSERT (a) VALUES (i);"
        "ALTER TABLE t ADD COLUMN f INTEGER DEFAULT 9;"
        "INSERT INTO t (a) VALUES (5)"
    )
    found = con.execute("SELECT a, b, c, d::VARCHAR, e::VARCHAR, f FROM t ORDER BY a").fetchall()
    usual = (7, "abc", "2024-01-02", "-1.5", 9)
    assert found == [(1, *usual), (2, 3, None, *usual[2:]), (4, *usual), (5, *usual)]
    for default, message in (
        ("INTEGER DEFAULT 'x'", "invalid INTEGER"),
        ("INTEGER DEFAULT a", "no column"),
        ("INTEGER DEFAULT (SELECT 1)", "constant"),
        ("INTEGER DEFAULT DATE '2024-01-01'", "cast it"),
        ("SMALLINT DEFAULT 40000", "out of range|fit"),
    ):
        with pytest.raises(coldb.Error, match=message):
            con.execute(f"ALTER TABLE t ADD COLUMN g {default}")
