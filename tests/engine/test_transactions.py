"""Transactions: what is seen, what is kept, what is refused, within a process and between two."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUM = "SELECT count(*), sum(a) FROM t"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "d.coldb"
    with coldb.connect(path) as con:
        con.execute("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    return path


@pytest.fixture
def first(path: Path) -> Iterator[coldb.Connection]:
    with coldb.connect(path, threads=1) as con:
        yield con


@pytest.fixture
def second(path: Path) -> Iterator[coldb.Connection]:
    with coldb.connect(path, threads=1) as con:
        yield con


def sums(con: coldb.Connection) -> tuple[int, int]:
    count, total = con.execute(SUM).fetchall()[0]
    return count, total


# --- one connection ------------------------------------------------------------------------------


def test_statements_commit_by_themselves(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute("INSERT INTO t VALUES (2)")
    assert not first.in_transaction
    assert sums(second) == (2, 3)


def test_a_transaction_reads_what_it_wrote(first: coldb.Connection) -> None:
    first.execute("BEGIN")
    assert first.in_transaction
    first.execute("INSERT INTO t VALUES (2)")
    assert sums(first) == (2, 3)
    first.execute("INSERT INTO t SELECT a + 10 FROM t")
    assert sums(first) == (4, 26)
    first.execute("COMMIT")
    assert not first.in_transaction
    assert sums(first) == (4, 26)


def test_methods_do_as_the_statements(first: coldb.Connection) -> None:
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (2)")
    first.rollback()
    assert sums(first) == (1, 1)
    first.execute("START TRANSACTION")
    first.execute("INSERT INTO t VALUES (3)")
    first.commit()
    assert sums(first) == (2, 4)


def test_nothing_to_end(first: coldb.Connection) -> None:
    """COMMIT and ROLLBACK outside of a transaction change nothing, as in PostgreSQL."""
    first.commit()
    first.rollback()
    first.execute("COMMIT")
    first.execute("ROLLBACK")
    assert sums(first) == (1, 1)


def test_transactions_do_not_nest(first: coldb.Connection) -> None:
    first.execute("BEGIN")
    with pytest.raises(coldb.ProgrammingError, match="already open"):
        first.execute("BEGIN")
    first.rollback()


def test_an_empty_transaction(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute("BEGIN; COMMIT")
    second.execute("BEGIN")
    second.execute("SELECT * FROM t")
    second.execute("ROLLBACK")
    second.execute("INSERT INTO t VALUES (2)")
    assert sums(first) == (2, 3)


def test_tables_and_rows_together(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute(
        "BEGIN;"
        " CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, s VARCHAR);"
        " CREATE FACT TABLE f (k INTEGER REFERENCES d, n INTEGER);"
        " INSERT INTO d VALUES (1, 'x'), (2, 'y');"
        " INSERT INTO f VALUES (2, 20), (1, 10), (2, 21);"
        " DROP TABLE t"
    )
    query = "SELECT s, sum(n) FROM f JOIN d USING (k) GROUP BY s ORDER BY s"
    assert first.execute(query).fetchall() == [("x", 10), ("y", 41)]
    with pytest.raises(coldb.ProgrammingError, match='"d"'):
        second.execute("SELECT * FROM d")
    assert sums(second) == (1, 1)
    first.commit()
    assert second.execute(query).fetchall() == [("x", 10), ("y", 41)]
    with pytest.raises(coldb.ProgrammingError, match='no table "t"'):
        second.execute(SUM)


def test_a_rollback_undoes_tables_too(first: coldb.Connection) -> None:
    first.execute("BEGIN; CREATE TABLE u (a INTEGER); DROP TABLE t")
    first.rollback()
    assert sums(first) == (1, 1)
    with pytest.raises(coldb.ProgrammingError):
        first.execute("SELECT * FROM u")


def test_an_open_result_ends_with_its_transaction(first: coldb.Connection) -> None:
    """Rows that were never committed must not be handed out after the rollback."""
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (2)")
    reader = first.execute("SELECT a FROM t").fetch_record_batch()
    first.rollback()
    with pytest.raises(coldb.InterfaceError, match="closed before it was read"):
        reader.read_all()


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failing",
    [
        "SELECT 1 / 0",
        "SELECT nosuch",
        "INSERT INTO t VALUES (1)",
        "DROP TABLE nosuch",
        "COPY t FROM 'x.csv'",
    ],
)
def test_a_failed_statement_ends_the_work(first: coldb.Connection, failing: str) -> None:
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (2)")
    with pytest.raises(coldb.Error):
        first.execute(failing)
    with pytest.raises(coldb.OperationalError, match="ROLLBACK before anything else"):
        first.execute(SUM)
    assert first.in_transaction
    first.execute("ROLLBACK")
    assert sums(first) == (1, 1)


@pytest.mark.parametrize("statement", [True, False])
def test_a_failed_transaction_is_not_committed(first: coldb.Connection, statement: bool) -> None:
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (2)")
    with pytest.raises(coldb.IntegrityError):
        first.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(coldb.OperationalError, match="rolled back"):
        first.execute("COMMIT") if statement else first.commit()
    assert not first.in_transaction
    assert sums(first) == (1, 1)
    first.execute("INSERT INTO t VALUES (3)")
    assert sums(first) == (2, 4)


def test_a_failed_statement_without_a_transaction_harms_nothing(first: coldb.Connection) -> None:
    with pytest.raises(coldb.IntegrityError):
        first.execute("INSERT INTO t VALUES (2), (1)")
    assert sums(first) == (1, 1)
    first.execute("INSERT INTO t VALUES (2)")
    assert sums(first) == (2, 3)


def test_an_error_late_in_a_result_fails_its_transaction(path: Path) -> None:
    small = {"block_rows": 7, "segment_rows": 21}
    with coldb.connect(path, threads=1, settings=small) as con:
        con.execute("CREATE TABLE u (a INTEGER) ORDER BY (a)")
        con.execute("INSERT INTO u VALUES " + ", ".join(f"({n})" for n in range(-300, 1)))
        con.execute("BEGIN")
        cursor = con.execute("SELECT 1 / a FROM u")
        with pytest.raises(coldb.DataError):
            cursor.fetchall()
        with pytest.raises(coldb.OperationalError, match="rolled back"):
            con.commit()


def test_an_error_late_in_a_result_spares_the_next_transaction(path: Path) -> None:
    small = {"block_rows": 7, "segment_rows": 21}
    with coldb.connect(path, threads=1, settings=small) as con:
        con.execute("CREATE TABLE u (a INTEGER) ORDER BY (a)")
        con.execute("INSERT INTO u VALUES " + ", ".join(f"({n})" for n in range(-300, 1)))
        con.execute("BEGIN")
        cursor = con.execute("SELECT 1 / a FROM u")
        con.execute("COMMIT; BEGIN; INSERT INTO t VALUES (2)")
        with pytest.raises(coldb.DataError):
            cursor.fetchall()
        con.commit()
        assert sums(con) == (2, 3)


# --- two connections -----------------------------------------------------------------------------


def test_a_transaction_keeps_its_snapshot(
    first: coldb.Connection, second: coldb.Connection
) -> None:
    first.execute("BEGIN")
    assert sums(first) == (1, 1)
    second.execute("INSERT INTO t VALUES (2)")
    second.execute("CREATE TABLE u (a INTEGER)")
    assert sums(first) == (1, 1)
    with pytest.raises(coldb.ProgrammingError):
        first.execute("SELECT * FROM u")
    first.rollback()
    assert sums(first) == (2, 3)
    assert first.execute("SELECT * FROM u").fetchall() == []


def test_the_snapshot_is_of_begin(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute("BEGIN")
    second.execute("INSERT INTO t VALUES (2)")
    assert sums(first) == (1, 1)


def test_a_dropped_table_stays_readable(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute("BEGIN")
    assert sums(first) == (1, 1)
    second.execute("DROP TABLE t")
    for number in range(5):  # later writers sweep what nobody needs any more
        second.execute(f"CREATE TABLE u{number} (a INTEGER); INSERT INTO u{number} VALUES (1)")
    assert first.execute("SELECT a FROM t WHERE a < 5").fetchall() == [(1,)]
    first.rollback()


def test_writes_over_newer_data_are_refused(
    first: coldb.Connection, second: coldb.Connection
) -> None:
    first.execute("BEGIN")
    assert sums(first) == (1, 1)
    second.execute("INSERT INTO t VALUES (2)")
    with pytest.raises(coldb.OperationalError, match="another connection has committed"):
        first.execute("INSERT INTO t VALUES (3)")
    first.rollback()
    first.execute("INSERT INTO t VALUES (3)")
    assert sums(second) == (3, 6)


def test_one_writer_at_a_time(first: coldb.Connection, second: coldb.Connection) -> None:
    first.execute("BEGIN")
    first.execute("INSERT INTO t VALUES (2)")
    with pytest.raises(coldb.OperationalError, match="another connection"):
        second.execute("INSERT INTO t VALUES (3)")
    assert sums(second) == (1, 1)  # reading never waits
    first.commit()
    second.execute("INSERT INTO t VALUES (3)")
    assert sums(first) == (3, 6)


@pytest.mark.parametrize("end", [coldb.Connection.rollback, coldb.Connection.close])
def test_an_ended_transaction_lets_others_write(path: Path, first: coldb.Connection, end) -> None:
    other = coldb.connect(path, threads=1)
    other.execute("BEGIN")
    other.execute("INSERT INTO t VALUES (9)")
    end(other)
    first.execute("INSERT INTO t VALUES (2)")
    assert sums(first) == (2, 3)
    other.close()


# --- reading only --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (2)",
        "CREATE TABLE u (a INTEGER)",
        "DROP TABLE t",
        "COPY t FROM 'x.csv'",
        "CREATE SOURCE s (TYPE sqlite, PATH 'x.db')",
    ],
)
def test_a_read_only_connection_writes_nothing(path: Path, statement: str) -> None:
    with coldb.connect(path, read_only=True, threads=1) as con:
        with pytest.raises(coldb.OperationalError, match="reading only"):
            con.execute(statement)
        assert sums(con) == (1, 1)


def test_a_read_only_connection_follows_the_writer(path: Path, first: coldb.Connection) -> None:
    with coldb.connect(path, read_only=True, threads=1) as con:
        first.execute("BEGIN")
        first.execute("INSERT INTO t VALUES (2)")
        assert sums(con) == (1, 1)
        first.commit()
        assert sums(con) == (2, 3)


# --- two processes -------------------------------------------------------------------------------

WRITER = """
import sys, coldb
con = coldb.connect(sys.argv[1], threads=1)
con.execute("BEGIN")
con.execute("INSERT INTO t VALUES (2)")
print("writing", flush=True)
sys.stdin.readline()
con.commit()
print("done", flush=True)
sys.stdin.readline()
"""


def test_two_processes(path: Path, first: coldb.Connection) -> None:
    """The other process is waited for by no reader, and named by the error of a writer."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        assert sums(first) == (1, 1)
        with pytest.raises(coldb.OperationalError, match=str(path)) as caught:
            first.execute("INSERT INTO t VALUES (3)")
        assert "\n" not in str(caught.value)
        writer.stdin.write("\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "done\n"
        assert sums(first) == (2, 3)
        first.execute("INSERT INTO t VALUES (3)")
        writer.communicate("\n")
    assert writer.returncode == 0


# --- results that are read later -----------------------------------------------------------------

TINY = {"block_rows": 64, "segment_rows": 64, "sync": False}


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[coldb.Connection]:
    """Many small segments, hardly any of which stays in memory."""
    path = tmp_path / "tiny.coldb"
    with coldb.connect(path, threads=1, memory_limit=1 << 16, settings=TINY) as con:
        con.execute("CREATE TABLE t (a INTEGER, b VARCHAR)")
        con.execute("INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 5000) AS s (n)")
        yield con


def test_a_result_outlives_the_rows_that_its_transaction_replaces(tiny: coldb.Connection) -> None:
    tiny.execute("BEGIN")
    tiny.execute("UPDATE t SET a = a + 1")
    result = tiny.execute("SELECT a, b FROM t")
    assert result.fetchone() == (2, "row 1")
    tiny.execute("UPDATE t SET a = 0, b = 'gone'")
    tiny.execute("COMMIT")
    rows = result.fetchall()
    assert len(rows) == 4999
    assert set(rows) == {(n + 1, f"row {n}") for n in range(2, 5001)}
    assert tiny.execute("SELECT DISTINCT a, b FROM t").fetchall() == [(0, "gone")]


def test_an_error_behind_the_commit_comes_when_it_is_read(tiny: coldb.Connection) -> None:
    tiny.execute("BEGIN")
    tiny.execute("UPDATE t SET a = a - 1")
    result = tiny.execute("SELECT 1 / (a - 4000) FROM t")
    tiny.execute("COMMIT")
    with pytest.raises(coldb.DataError, match="by zero"):
        result.fetchall()


def test_a_result_that_is_closed_is_computed_no_further(tiny: coldb.Connection) -> None:
    tiny.execute("BEGIN")
    tiny.execute("UPDATE t SET a = a - 1")
    result = tiny.execute("SELECT 1 / (a - 4000) FROM t")
    result.close()
    tiny.execute("COMMIT")
    assert tiny.execute("SELECT min(a) FROM t").fetchall() == [(0,)]
