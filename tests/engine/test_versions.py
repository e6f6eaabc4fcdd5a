"""Older versions in queries, and the statements that keep and remove them; partitions in SQL."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def con() -> Iterator[coldb.Connection]:
    """Version 3 has the tables, 5 their rows, 6 to 8 change both, 9 takes rows from both."""
    with coldb.connect(threads=2, settings={"block_rows": 7, "segment_rows": 21}) as con:
        con.execute(
            "CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, name VARCHAR, HIERARCHY h (name));"
            "CREATE FACT TABLE f (id INTEGER NOT NULL, k INTEGER REFERENCES d);"
            "INSERT INTO d VALUES (1, 'one'), (2, 'two'), (3, 'three');"
            "INSERT INTO f VALUES (1, 1), (2, 2), (3, 2), (4, NULL);"
            "UPDATE d SET name = 'ONE' WHERE k = 1;"
            "UPDATE f SET k = 3 WHERE id = 2;"
            "INSERT INTO d VALUES (4, 'four');"
            "DELETE FROM f WHERE id = 3"
        )
        yield con


def rows(con: coldb.Connection, query: str, parameters: Any = None) -> list[Any]:
    return sorted(con.execute(query, parameters).fetchall(), key=repr)


def test_a_table_as_of_a_version(con: coldb.Connection) -> None:
    assert rows(con, "SELECT * FROM d AS OF VERSION 5") == [(1, "one"), (2, "two"), (3, "three")]
    assert rows(con, "SELECT * FROM f AS OF VERSION 5 AS g WHERE g.k = 2") == [(2, 2), (3, 2)]
    assert rows(con, "SELECT count(*) FROM f AS OF VERSION 4") == [(0,)]
    assert rows(con, "SELECT count(*) FROM f AS OF VERSION ?", [7]) == [(4,)]


def test_joins_within_a_version_and_across_versions(con: coldb.Connection) -> None:
    """The key of one version's fact is a position among that version's rows alone."""
    old = "SELECT id, name FROM f AS OF VERSION 5 f JOIN d AS OF VERSION 5 d ON f.k = d.k"
    assert rows(con, old) == [(1, "one"), (2, "two"), (3, "two")]
    assert "Lookup" in str(con.execute(f"EXPLAIN {old}").fetchall())
    mixed = "SELECT id, name FROM f AS OF VERSION 5 f JOIN d ON f.k = d.k"
    assert rows(con, mixed) == [(1, "ONE"), (2, "two"), (3, "two")]
    assert "Lookup" not in str(con.execute(f"EXPLAIN {mixed}").fetchall())
    other = "SELECT id, name FROM f LEFT JOIN d AS OF VERSION 5 d ON f.k = d.k"
    assert rows(con, other) == [(1, "one"), (2, "three"), (4, None)]
    assert rows(con, "SELECT id, k FROM f AS OF VERSION 5 EXCEPT SELECT * FROM f") == [
        (2, 2),
        (3, 2),
    ]
    assert rows(con, "SELECT name FROM d WHERE k NOT IN (SELECT k FROM d AS OF VERSION 5)") == [
        ("four",)
    ]
    changed = "SELECT n.k FROM d n JOIN d AS OF VERSION 5 AS o USING (k) WHERE n.name <> o.name"
    assert rows(con, changed) == [(1,)]


def test_moments(con: coldb.Connection) -> None:
    moments = con.execute("SHOW SNAPSHOTS").fetchall()
    assert [version for version, *_ in moments] == list(range(1, 10))
    at_5 = moments[4][1]
    assert isinstance(at_5, dt.datetime)
    asked = "SELECT count(*) FROM f AS OF TIMESTAMP "
    assert rows(con, f"{asked} '{at_5}'") == [(4,)]
    assert rows(con, f"{asked} ?", [at_5]) == [(4,)]
    assert rows(con, f"{asked} ?", [at_5 - dt.timedelta(microseconds=1)]) == [(0,)]
    assert rows(con, f"{asked} ?", [dt.date(2999, 1, 1)]) == [(3,)]


@pytest.mark.parametrize(
    ("clause", "message"),
    [
        ("VERSION 99", "no version 99"),
        ("VERSION 0", "version 0"),
        ("VERSION 1.5", "constant BIGINT"),
        ("VERSION 'x'", "invalid BIGINT"),
        ("VERSION NULL", "constant"),
        ("TIMESTAMP '1999-01-01'", "as old as 1999"),
        ("TIMESTAMP 12", "constant TIMESTAMP"),
        ("VERSION 2", 'no table "f"'),
    ],
)
def test_what_is_no_version(con: coldb.Connection, clause: str, message: str) -> None:
    with pytest.raises(coldb.Error, match=message) as caught:
        con.execute(f"SELECT * FROM f AS OF {clause}")
    assert caught.value.span is not None


def test_an_older_version_can_be_brought_back(con: coldb.Connection) -> None:
    con.execute(
        "INSERT INTO f SELECT o.* FROM f AS OF VERSION 5 o WHERE id NOT IN (SELECT id FROM f);"
        "UPDATE d SET name = o.name FROM d AS OF VERSION 5 o WHERE o.k = d.k;"
        "CREATE TABLE copy AS SELECT * FROM d AS OF VERSION 5"
    )
    assert (3, 2) in rows(con, "SELECT * FROM f")
    assert (1, "one") in rows(con, "SELECT * FROM d")
    assert len(rows(con, "SELECT * FROM copy")) == 3


def test_columns_of_an_older_version(con: coldb.Connection) -> None:
    con.execute(
        "ALTER TABLE d ADD COLUMN size INTEGER DEFAULT 5; ALTER TABLE d RENAME name TO word"
    )
    assert rows(con, "SELECT * FROM d WHERE k = 1") == [(1, "ONE", 5)]
    assert rows(con, "SELECT name FROM d AS OF VERSION 9 WHERE k = 1") == [("ONE",)]
    with pytest.raises(coldb.ProgrammingError, match='no column "size"'):
        con.execute("SELECT size FROM d AS OF VERSION 9")


def test_vacuum_removes_versions(con: coldb.Connection) -> None:
    old = con.execute("SELECT * FROM d AS OF VERSION 5")
    assert len(old.fetchall()) == 3
    con.execute("VACUUM KEEP 2 VERSIONS")
    kept = [version for version, *_ in con.execute("SHOW SNAPSHOTS").fetchall()]
    assert kept[-2:] == [8, 9]
    con.execute("VACUUM")
    assert rows(con, "SELECT count(*) FROM f JOIN d USING (k)") == [(2,)]
    con.execute("BEGIN")
    with pytest.raises(coldb.ProgrammingError, match="COMMIT first"):
        con.execute("VACUUM")
    con.execute("ROLLBACK")


def test_retention(con: coldb.Connection) -> None:
    con.execute("SET RETENTION 2 VERSIONS")
    for _ in range(3):
        con.execute("INSERT INTO f VALUES (9, 1)")
    assert len(con.execute("SHOW SNAPSHOTS").fetchall()) <= 4
    con.execute("SET RETENTION 2 VERSIONS AND INTERVAL '1 day'")
    for _ in range(5):
        con.execute("INSERT INTO f VALUES (9, 1)")
    assert len(con.execute("SHOW SNAPSHOTS").fetchall()) >= 6


def test_optimize_changes_no_answer(con: coldb.Connection) -> None:
    question = "SELECT id, name FROM f LEFT JOIN d ON f.k = d.k"
    before = rows(con, question)
    con.execute("OPTIMIZE d; OPTIMIZE TABLE f; OPTIMIZE")
    assert rows(con, question) == before
    assert rows(con, "SELECT * FROM f AS OF VERSION 5") == [(1, 1), (2, 2), (3, 2), (4, None)]


def test_one_transaction_sees_its_own_state_and_the_past(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "d.coldb") as con:
        con.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
        con.execute("BEGIN; UPDATE t SET a = 2")
        assert rows(con, "SELECT t.a, o.a FROM t, t AS OF VERSION 3 AS o") == [(2, 1)]
        con.execute("COMMIT")
    with coldb.connect(tmp_path / "d.coldb", read_only=True) as con:
        assert rows(con, "SELECT t.a, o.a FROM t, t AS OF VERSION 3 AS o") == [(2, 1)]
        with pytest.raises(coldb.OperationalError):
            con.execute("VACUUM")


# --- partitions ----------------------------------------------------------------------------------


@pytest.fixture
def log(con: coldb.Connection) -> coldb.Connection:
    con.execute(
        "CREATE TABLE log (day DATE, k INTEGER REFERENCES d, n INTEGER) ORDER BY (n)"
        " PARTITION BY RANGE (day EVERY MONTH);"
        "INSERT INTO log VALUES ('2024-01-01', 1, 1), ('2024-01-31', 2, 2), ('2024-02-01', 2, 3),"
        " (NULL, NULL, 4)"
    )
    return con


def numbers(con: coldb.Connection) -> list[int]:
    return [n for (n,) in rows(con, "SELECT n FROM log")]


def test_overwriting_replaces_the_partitions_of_the_new_rows(log: coldb.Connection) -> None:
    log.execute("INSERT OVERWRITE log VALUES ('2024-01-15', 3, 10), ('2024-03-01', 1, 11)")
    assert numbers(log) == [10, 11, 3, 4]
    log.execute("INSERT OVERWRITE INTO log (n) SELECT n + 1 FROM log WHERE day IS NULL")
    assert numbers(log) == [10, 11, 3, 5]
    log.execute("INSERT OVERWRITE log SELECT day, k, n + 100 FROM log WHERE k = 2")
    assert numbers(log) == [10, 103, 11, 5]


def test_dropping_partitions(log: coldb.Connection) -> None:
    log.execute("ALTER TABLE log DROP PARTITION FOR ('2024-01-07')")
    assert numbers(log) == [3, 4]
    log.execute("ALTER TABLE log DROP PARTITION FOR (NULL), DROP PARTITION FOR ('2030-01-01')")
    assert numbers(log) == [3]
    with pytest.raises(coldb.ProgrammingError, match="no partitions"):
        log.execute("ALTER TABLE f DROP PARTITION FOR (1)")
    with pytest.raises(coldb.DataError, match="invalid DATE"):
        log.execute("ALTER TABLE log DROP PARTITION FOR ('x')")


def test_partitions_of_a_key_and_by_hash(con: coldb.Connection) -> None:
    con.execute(
        "CREATE TABLE a (k INTEGER REFERENCES d, n INTEGER) PARTITION BY RANGE (k EVERY 2);"
        "INSERT INTO a VALUES (1, 1), (2, 2), (3, 3), (4, 4), (NULL, 5);"
        "ALTER TABLE a DROP PARTITION FOR (2);"
        "CREATE TABLE b PARTITION BY HASH (name) PARTITIONS 3 AS SELECT name FROM d"
    )
    assert rows(con, "SELECT n FROM a") == [(1,), (4,), (5,)]
    assert rows(con, "SELECT * FROM b WHERE name = 'two'") == [("two",)]
    with pytest.raises(coldb.ProgrammingError, match="PARTITION BY names column"):
        con.execute("CREATE TABLE c (x INTEGER) PARTITION BY HASH (y) PARTITIONS 3")
    with pytest.raises(coldb.ProgrammingError, match="partitions by"):
        con.execute("CREATE TABLE c (x BOOLEAN) PARTITION BY RANGE (x EVERY 3)")
