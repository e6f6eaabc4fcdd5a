"""COPY of whole files: Parquet and Arrow, all types there and back, and files that cannot be used."""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

import coldb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMATS = pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])

TYPES = """a BOOLEAN, b SMALLINT, c INTEGER, d BIGINT, e DECIMAL(9, 2), f DECIMAL(38, 4), g REAL,
    h DOUBLE PRECISION, i VARCHAR, j VARCHAR(3), k DATE, l TIMESTAMP"""
VALUES = [
    (
        True, -(2**15), -(2**31), -(2**63), Decimal("-9999999.99"), Decimal(f"-{'9' * 34}.9999"), -1.5,
        -1e308, "", "", dt.date(1, 1, 1), dt.datetime(1, 1, 1),
    ),
    (
        False, 2**15 - 1, 2**31 - 1, 2**63 - 1, Decimal("0.01"), Decimal("0.0001"), 0.1, float("inf"),
        "a,\"b\"\n'c'\tä\N{SNOWMAN}", "äöü", dt.date(9999, 12, 31), dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
    ),
    (
        None, 0, 0, 0, Decimal("0.00"), Decimal("12345678901234567890.5000"), 3.4e38, 5e-324, " x ", "x",
        dt.date(1970, 1, 1), dt.datetime(1969, 12, 31, 23, 59, 59, 1),
    ),
    (None,) * 12,
]  # fmt: skip


@pytest.fixture
def table(con: coldb.Connection) -> coldb.Connection:
    con.execute("CREATE TABLE t (a INTEGER NOT NULL, s VARCHAR)")
    con.execute("INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    return con


# --- there and back ------------------------------------------------------------------------------


@FORMATS
def test_all_types(con: coldb.Connection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    con.execute(f"CREATE TABLE one ({TYPES}); CREATE TABLE two ({TYPES})")
    places = ", ".join("?" * 12)
    con.cursor().executemany(f"INSERT INTO one VALUES ({places})", VALUES)
    assert con.execute(f"COPY one TO '{path}'").rowcount == 4
    assert con.execute(f"COPY two FROM '{path}'").rowcount == 4
    first, second = (con.execute(f"SELECT * FROM {name}").arrow() for name in ("one", "two"))
    assert second.equals(first)


@FORMATS
def test_not_a_number(con: coldb.Connection, tmp_path: Path, ending: str) -> None:
    con.execute("CREATE TABLE one (x DOUBLE PRECISION); CREATE TABLE two (x DOUBLE PRECISION)")
    con.cursor().executemany("INSERT INTO one VALUES (?)", [(float("nan"),), (-0.0,)])
    con.execute(f"COPY one TO '{tmp_path}/x.{ending}'; COPY two FROM '{tmp_path}/x.{ending}'")
    assert repr(con.execute("SELECT x FROM two").fetchall()) == "[(nan,), (-0.0,)]"


@FORMATS
def test_the_rows_of_a_query(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    cursor = table.execute(f"COPY (SELECT a + ? AS b FROM t ORDER BY a DESC) TO '{path}'", [10])
    assert cursor.rowcount == 2
    assert cursor.description is None
    table.execute("CREATE TABLE u (b INTEGER)")
    table.execute(f"COPY u FROM '{path}'")
    assert table.execute("SELECT b FROM u").fetchall() == [(12,), (11,)]


@FORMATS
def test_no_rows(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    assert table.execute(f"COPY (SELECT * FROM t WHERE a > 9) TO '{path}'").rowcount == 0
    assert table.execute(f"COPY t FROM '{path}'").rowcount == 0


def test_written_files_are_ordinary(table: coldb.Connection, tmp_path: Path) -> None:
    table.execute(f"COPY t TO '{tmp_path}/x.parquet'; COPY t TO '{tmp_path}/x.arrow'")
    expected = {"a": [1, 2], "s": ["x", None]}
    assert pq.read_table(tmp_path / "x.parquet").to_pydict() == expected
    assert feather.read_table(tmp_path / "x.arrow").to_pydict() == expected


def test_the_format_may_be_said(table: coldb.Connection, tmp_path: Path) -> None:
    table.execute(f"COPY t TO '{tmp_path}/x.dat' (FORMAT parquet)")
    assert pq.read_table(tmp_path / "x.dat").num_rows == 2
    assert table.execute(f"COPY t FROM '{tmp_path}/x.dat' (FORMAT parquet)").rowcount == 2


def test_a_path_in_the_home_directory(
    table: coldb.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    table.execute("COPY t TO '~/x.csv'")
    assert table.execute("COPY t FROM '~/x.csv'").rowcount == 2


def test_keys_are_resolved_and_checked(con: coldb.Connection, tmp_path: Path) -> None:
    con.execute("CREATE DIMENSION TABLE d (k INTEGER PRIMARY KEY, s VARCHAR)")
    con.execute("CREATE FACT TABLE f (k INTEGER REFERENCES d, n INTEGER)")
    con.execute("INSERT INTO d VALUES (7, 'seven'), (8, 'eight')")
    pq.write_table(pa.table({"k": [8, None, 7], "n": [1, 2, 3]}), tmp_path / "good.parquet")
    pq.write_table(pa.table({"k": [8, 9], "n": [1, 2]}), tmp_path / "bad.parquet")
    con.execute(f"COPY f FROM '{tmp_path}/good.parquet'")
    with pytest.raises(coldb.IntegrityError, match=r"row 2.*9"):
        con.execute(f"COPY f FROM '{tmp_path}/bad.parquet'")
    cursor = con.execute("SELECT s, n FROM f LEFT JOIN d USING (k) ORDER BY n")
    assert cursor.fetchall() == [("eight", 1), (None, 2), ("seven", 3)]


# --- columns by name -----------------------------------------------------------------------------

COLUMNAR: list[tuple[str, Callable]] = [
    ("parquet", pq.write_table),
    ("arrow", feather.write_feather),
]
COLUMNAR_FORMATS = pytest.mark.parametrize(("ending", "write"), COLUMNAR)


@COLUMNAR_FORMATS
def test_columns_in_another_order(
    table: coldb.Connection, tmp_path: Path, ending: str, write
) -> None:
    path = tmp_path / f"x.{ending}"
    write(pa.table({"s": ["y"], "a": [3]}), str(path))
    table.execute(f"COPY t FROM '{path}'")
    assert table.execute("SELECT * FROM t WHERE a = 3").fetchall() == [(3, "y")]


@COLUMNAR_FORMATS
def test_missing_and_extra_columns(
    table: coldb.Connection, tmp_path: Path, ending: str, write
) -> None:
    path = tmp_path / f"x.{ending}"
    write(pa.table({"a": [3], "z": [1]}), str(path))
    with pytest.raises(coldb.DataError, match='has a column "z", which table "t" lacks'):
        table.execute(f"COPY t FROM '{path}'")
    assert table.execute(f"COPY t (a) FROM '{path}'").rowcount == 1
    with pytest.raises(coldb.DataError, match='no column "s"'):
        table.execute(f"COPY t (a, s) FROM '{path}'")
    write(pa.table({"s": ["y"]}), str(path))
    with pytest.raises(coldb.DataError, match='no column "a", which table "t" needs'):
        table.execute(f"COPY t FROM '{path}'")


@COLUMNAR_FORMATS
@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1.5]), r'row 1: column "a": "1.5"'),
        (pa.array([None], pa.int32()), r'"a"'),
        (pa.array([2**40]), r'row 1: column "a"'),
        (pa.array(["x"]), r'row 1: column "a": "x"'),
        (pa.array([[1]]), r'column "a".*list'),
    ],
)
def test_values_that_do_not_fit(
    table: coldb.Connection, tmp_path: Path, ending: str, write, column: pa.Array, message: str
) -> None:
    path = tmp_path / f"x.{ending}"
    write(pa.table({"a": column}), str(path))
    with pytest.raises((coldb.DataError, coldb.IntegrityError), match=message):
        table.execute(f"COPY t FROM '{path}'")
    assert table.execute("SELECT count(*) FROM t").fetchone() == (2,)


# --- files that cannot be used -------------------------------------------------------------------


@FORMATS
def test_a_missing_file(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    with pytest.raises(coldb.OperationalError, match=rf'no file ".*x\.{ending}"'):
        table.execute(f"COPY t FROM '{tmp_path}/x.{ending}'")


@FORMATS
def test_a_directory(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    path.mkdir()
    for direction in ("FROM", "TO"):
        with pytest.raises(coldb.OperationalError, match="directory") as caught:
            table.execute(f"COPY t {direction} '{path}'")
        assert "\n" not in str(caught.value)
    assert list(path.iterdir()) == []


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"hello world " * 20])
def test_a_file_of_something_else(
    table: coldb.Connection, tmp_path: Path, ending: str, content: bytes
) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_bytes(content)
    with pytest.raises(coldb.DataError, match=str(path)) as caught:
        table.execute(f"COPY t FROM '{path}'")
    assert "\n" not in str(caught.value)


@COLUMNAR_FORMATS
def test_a_file_cut_short(table: coldb.Connection, tmp_path: Path, ending: str, write) -> None:
    path = tmp_path / f"x.{ending}"
    write(pa.table({"a": [3], "s": ["y"]}), str(path))
    path.write_bytes(path.read_bytes()[:-15])
    with pytest.raises(coldb.DataError, match=str(path)):
        table.execute(f"COPY t FROM '{path}'")


@FORMATS
def test_a_missing_target_directory(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    with pytest.raises(coldb.OperationalError, match=r'no directory ".*nowhere"'):
        table.execute(f"COPY t TO '{tmp_path}/nowhere/x.{ending}'")


@FORMATS
def test_a_failed_copy_leaves_the_target_alone(
    table: coldb.Connection, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"x.{ending}"
    path.write_bytes(b"before")
    with pytest.raises(coldb.DataError):
        table.execute(f"COPY (SELECT 1 / (2 - a) FROM t) TO '{path}'")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
    table.execute(f"COPY t TO '{path}'")
    assert list(tmp_path.iterdir()) == [path]


def test_a_target_that_cannot_be_written(table: coldb.Connection, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            with pytest.raises(coldb.OperationalError):  # nothing is forbidden to root but this
                table.execute("COPY t TO '/proc/x.csv'")
        else:
            with pytest.raises(coldb.OperationalError, match="Permission denied"):
                table.execute(f"COPY t TO '{tmp_path}/x.csv'")
    finally:
        tmp_path.chmod(0o700)


@FORMATS
def test_a_link_is_followed(table: coldb.Connection, tmp_path: Path, ending: str) -> None:
    target, link = tmp_path / f"target.{ending}", tmp_path / f"link.{ending}"
    target.write_bytes(b"before")
    link.symlink_to(target)
    table.execute(f"COPY t TO '{link}'")
    assert link.is_symlink()
    assert table.execute(f"COPY t FROM '{target}'").rowcount == 2


def test_a_pipe_is_written_to_and_not_replaced(table: coldb.Connection, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        table.execute(f"COPY t TO '{pipe}'")
        assert read.result(timeout=60) == "a,s\n1,x\n2,\n"
    assert pipe.is_fifo()


# --- statements ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("COPY nosuch FROM 'x.csv'", "nosuch"),
        ("COPY nosuch TO 'x.csv'", "nosuch"),
        ("COPY t (nosuch) FROM 'x.csv'", "nosuch"),
        ("COPY t (a, a) FROM 'x.csv'", "twice"),
        ("COPY t (nosuch) TO 'x.csv'", "nosuch"),
        ("COPY (SELECT nosuch FROM t) TO 'x.csv'", "nosuch"),
        ("COPY (SELECT 1) FROM 'x.csv'", "."),
    ],
)
def test_wrong_statements(
    table: coldb.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(coldb.ProgrammingError, match=message):
        table.execute(statement)
    assert list(tmp_path.iterdir()) == []


def test_copy_in_a_transaction(table: coldb.Connection, tmp_path: Path) -> None:
    table.execute("BEGIN")
    table.execute("INSERT INTO t VALUES (3, 'z')")
    assert table.execute(f"COPY t TO '{tmp_path}/x.parquet'").rowcount == 3
    table.execute(f"COPY t FROM '{tmp_path}/x.parquet'")
    assert table.execute("SELECT count(*) FROM t").fetchone() == (6,)
    table.rollback()
    assert table.execute("SELECT count(*) FROM t").fetchone() == (2,)
