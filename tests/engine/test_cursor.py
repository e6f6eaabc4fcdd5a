"""Cursors after PEP 249: what they tell of a result, and how rows come out of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import coldb

FIVE = "SELECT v FROM (VALUES (1), (2), (3), (4), (5)) AS x(v) ORDER BY v"


@pytest.fixture
def table(con: coldb.Connection) -> coldb.Connection:
    con.execute("CREATE TABLE t (a INTEGER NOT NULL, s VARCHAR(10))")
    con.execute("INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    return con


# --- what a cursor tells -------------------------------------------------------------------------


def test_description_of_a_query(table: coldb.Connection) -> None:
    cursor = table.execute("SELECT a, s AS text, CAST(a AS DECIMAL(7, 2)) AS d FROM t")
    assert cursor.description == [
        ("a", "INTEGER", None, None, None, None, False),
        ("text", "VARCHAR(10)", None, None, None, None, True),
        ("d", "DECIMAL(7,2)", None, None, 7, 2, False),
    ]
    assert cursor.statement == "SELECT"


def test_two_columns_may_share_a_name(con: coldb.Connection) -> None:
    cursor = con.execute("SELECT 1 AS a, 2 AS a")
    assert [column[0] for column in cursor.description or ()] == ["a", "a"]
    assert cursor.fetchall() == [(1, 2)]


def test_no_description_without_a_query(con: coldb.Connection) -> None:
    assert con.cursor().description is None
    assert con.execute("CREATE TABLE t (a INTEGER)").description is None


def test_rowcount(con: coldb.Connection) -> None:
    assert con.cursor().rowcount == -1
    assert con.execute("CREATE TABLE t (a INTEGER)").rowcount == -1
    assert con.execute("INSERT INTO t VALUES (1), (2), (3)").rowcount == 3
    cursor = con.execute("SELECT a FROM t WHERE a > 1")
    assert cursor.rowcount == -1
    cursor.fetchall()
    assert cursor.rowcount == 2


def test_metrics_count_what_was_read(table: coldb.Connection) -> None:
    cursor = table.execute("SELECT a FROM t")
    cursor.fetchall()
    assert cursor.metrics is not None
    assert cursor.metrics.rows_read == 2
    assert list(cursor.metrics.stages) == ["parse", "bind", "optimize", "execute"]
    assert cursor.metrics.seconds > 0


# --- fetching ------------------------------------------------------------------------------------


def test_fetchone_until_none(con: coldb.Connection) -> None:
    cursor = con.execute("SELECT 1 UNION ALL SELECT 2")
    assert [cursor.fetchone() for _ in range(4)] == [(1,), (2,), None, None]


def test_fetchmany(con: coldb.Connection) -> None:
    cursor = con.execute(FIVE)
    assert cursor.fetchmany() == [(1,)]
    assert cursor.fetchmany(2) == [(2,), (3,)]
    assert cursor.fetchmany(0) == []
    cursor.arraysize = 9
    assert cursor.fetchmany() == [(4,), (5,)]
    assert cursor.fetchmany() == []


def test_ways_of_fetching_go_on_where_the_last_one_stopped(con: coldb.Connection) -> None:
    cursor = con.execute(FIVE)
    assert cursor.fetchone() == (1,)
    assert next(cursor) == (2,)
    assert cursor.fetchmany(1) == [(3,)]
    assert cursor.arrow().to_pydict() == {"v": [4, 5]}
    assert cursor.fetchall() == []
    assert cursor.rowcount == 5


def test_iteration(con: coldb.Connection) -> None:
    assert list(con.execute(FIVE)) == [(1,), (2,), (3,), (4,), (5,)]
    for number, (value,) in enumerate(con.execute(FIVE)):
        assert value == number + 1


def test_a_result_of_many_batches(con: coldb.Connection) -> None:
    """Rows that are computed in many tasks come in order, in any portions."""
    small = {"block_rows": 7, "segment_rows": 21}
    with coldb.connect(threads=3, settings=small) as connection:
        connection.execute("CREATE TABLE t (a INTEGER) ORDER BY (a)")
        values = ", ".join(f"({number})" for number in range(500))
        connection.execute(f"INSERT INTO t VALUES {values}")
        cursor = connection.execute("SELECT a FROM t")
        rows = cursor.fetchmany(13) + cursor.fetchmany(200) + cursor.fetchall()
    assert rows == [(number,) for number in range(500)]


def test_python_values(con: coldb.Connection) -> None:
    row = con.execute(
        "SELECT TRUE, CAST(1 AS SMALLINT), 2, 3000000000, 1.50, CAST(0.5 AS REAL), 1e0, 'é',"
        " DATE '2024-02-29', TIMESTAMP '2024-02-29 01:02:03.000004', NULL"
    ).fetchone()
    assert row == (
        True,
        1,
        2,
        3_000_000_000,
        Decimal("1.50"),
        0.5,
        Decimal(1),
        "é",
        dt.date(2024, 2, 29),
        dt.datetime(2024, 2, 29, 1, 2, 3, 4),
        None,
    )
    assert [type(value) for value in row] == [
        bool, int, int, int, Decimal, float, Decimal, str, dt.date, dt.datetime, type(None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    ["SELECT DATE '9999-12-31' + 1", "SELECT TIMESTAMP '0001-01-01 00:00:00' - INTERVAL '1 day'"],
)
def test_dates_that_python_does_not_know(con: coldb.Connection, sql: str) -> None:
    with pytest.raises(coldb.DataError, match="fetch it as Arrow"):
        con.execute(sql).fetchall()
    assert con.execute(sql).arrow().num_rows == 1
    assert con.execute(f"SELECT CAST(({sql}) AS VARCHAR)").fetchone() is not None


# --- no result -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fetch",
    [
        coldb.Cursor.fetchone,
        coldb.Cursor.fetchmany,
        coldb.Cursor.fetchall,
        coldb.Cursor.arrow,
        coldb.Cursor.fetch_record_batch,
        coldb.Cursor.df,
        next,
    ],
)
def test_nothing_to_fetch(con: coldb.Connection, fetch) -> None:
    with pytest.raises(coldb.ProgrammingError, match="no result to fetch"):
        fetch(con.cursor())
    with pytest.raises(coldb.ProgrammingError, match="no result to fetch"):
        fetch(con.execute("CREATE TABLE t (a INTEGER)"))


def test_a_failed_statement_leaves_no_result(con: coldb.Connection) -> None:
    cursor = con.execute("SELECT 1")
    with pytest.raises(coldb.ProgrammingError):
        cursor.execute("SELECT nosuch")
    assert cursor.description is None
    with pytest.raises(coldb.ProgrammingError, match="no result"):
        cursor.fetchall()


# --- several statements, several runs ------------------------------------------------------------


def test_the_last_statement_of_a_text_gives_the_result(con: coldb.Connection) -> None:
    cursor = con.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7); SELECT a FROM t;")
    assert cursor.fetchall() == [(7,)]


@pytest.mark.parametrize("text", ["", "  ", ";", "-- nothing"])
def test_no_statement(con: coldb.Connection, text: str) -> None:
    with pytest.raises(coldb.ProgrammingError, match="no statement"):
        con.execute(text)


def test_executemany(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER, s VARCHAR)")
    cursor = con.cursor().executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, None), [3, ""]])
    assert cursor.rowcount == 3
    assert cursor.statement == "INSERT"
    cursor.executemany("INSERT INTO t VALUES (:a, 'n')", iter([{"a": 4}]))
    assert con.execute("SELECT * FROM t ORDER BY a").fetchall() == [
        (1, "x"), (2, None), (3, ""), (4, "n")
    ]  # fmt: skip


def test_executemany_of_nothing(con: coldb.Connection) -> None:
    cursor = con.execute("SELECT 1")
    cursor.executemany("INSERT INTO nowhere VALUES (?)", [])
    assert cursor.rowcount == 0
    assert cursor.description is None


def test_executemany_is_one_transaction(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    with pytest.raises(coldb.IntegrityError):
        con.cursor().executemany("INSERT INTO t VALUES (?)", [(1,), (2,), (1,)])
    assert con.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert not con.in_transaction


def test_executemany_joins_an_open_transaction(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER)")
    con.execute("BEGIN")
    con.cursor().executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
    assert con.in_transaction
    con.rollback()
    assert con.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_executemany_refuses_queries(con: coldb.Connection) -> None:
    with pytest.raises(coldb.ProgrammingError, match="give no rows"):
        con.cursor().executemany("SELECT ?", [(1,)])
    assert not con.in_transaction


# --- the end of a cursor -------------------------------------------------------------------------


def test_a_closed_cursor(con: coldb.Connection) -> None:
    with con.cursor() as cursor:
        cursor.execute("SELECT 1")
    for use in (
        cursor.fetchall,
        cursor.arrow,
        lambda: cursor.execute("SELECT 1"),
        lambda: next(cursor),
    ):
        with pytest.raises(coldb.InterfaceError, match="cursor is closed"):
            use()
    assert cursor.description is None
    cursor.close()  # harmless


def test_a_reader_of_a_closed_cursor_does_not_end_early(con: coldb.Connection) -> None:
    """Rows that are missing must not look like the end of the result."""
    with con.cursor() as cursor:
        reader = cursor.execute("SELECT 1 UNION ALL SELECT 2").fetch_record_batch()
    with pytest.raises(coldb.InterfaceError, match="closed before it was read"):
        reader.read_all()


def test_size_hints_do_nothing(con: coldb.Connection) -> None:
    cursor = con.cursor()
    cursor.setinputsizes([1])
    cursor.setoutputsize(1, 0)
