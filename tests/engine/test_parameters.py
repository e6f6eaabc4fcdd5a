"""Parameters: positions and names, wrong numbers of them, and the types of their values."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import coldb


def test_positions(con: coldb.Connection) -> None:
    assert con.execute("SELECT ?, ?", [1, "a"]).fetchall() == [(1, "a")]
    assert con.execute("SELECT ? - ?", (5, 3)).fetchall() == [(2,)]


def test_names_in_any_order_and_number(con: coldb.Connection) -> None:
    cursor = con.execute("SELECT :a, :b, :a", {"b": 2, "a": 1, "unused": 3})
    assert cursor.fetchall() == [(1, 2, 1)]


def test_wherever_a_value_may_stand(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER, s VARCHAR)")
    con.execute("INSERT INTO t VALUES (?, ?), (?, ?)", [1, "x", 2, "y"])
    con.execute("INSERT INTO t SELECT a + ?, s || ? FROM t", [10, "!"])
    cursor = con.execute(
        "SELECT s FROM t WHERE a BETWEEN ? AND ? OR s IN (?, ?) ORDER BY a LIMIT ? OFFSET ?",
        [2, 11, "x", "nothing", 5, 1],
    )
    assert cursor.fetchall() == [("y",), ("x!",)]


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("SELECT ?", None, "no values were given"),
        ("SELECT ?", [], "no values were given"),
        ("SELECT ?, ?", [1], "2 parameters|parameter 2"),
        ("SELECT ?", [1, 2], "1 parameter, 2 values"),
        ("SELECT 1", [1], "0 parameters|no parameters"),
        ("SELECT ?", {"a": 1}, "as a list"),
        ("SELECT :a", [1], "dict|mapping|:a"),
        ("SELECT :a", {}, ":a"),
        ("SELECT :a", {"b": 1}, ":a"),
        ("SELECT 1", 5, "list for"),
        ("SELECT ?", "x", "list for"),
        ("SELECT ?", {1, 2}, "list for"),
        ("SELECT 1; SELECT ?", [1], "single statement"),
        ("SELECT ?", [object()], "no SQL value"),
        ("SELECT ?", [{"a": 1}], "no SQL value"),
        ("SELECT ?", [1j], "no SQL value"),
    ],
)
def test_wrong_parameters(con: coldb.Connection, sql: str, parameters: Any, message: str) -> None:
    with pytest.raises(coldb.InterfaceError, match=message):
        con.execute(sql, parameters)


@pytest.mark.parametrize("value", [2**200, -(10**38), Decimal("NaN"), Decimal("Infinity")])
def test_numbers_out_of_range(con: coldb.Connection, value: Any) -> None:
    with pytest.raises(coldb.DataError):
        con.execute("SELECT ?", [value])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "BOOLEAN"),
        (1, "INTEGER"),
        (2**31, "BIGINT"),
        (-(2**63), "BIGINT"),
        (Decimal(2**63), "DECIMAL(19,0)"),
        (0.1, "DOUBLE"),
        (float("inf"), "DOUBLE"),
        ("", "VARCHAR"),
        ("it's \N{SNOWMAN}", "VARCHAR"),
        (Decimal("-1.50"), "DECIMAL(3,2)"),
        (Decimal("0.001"), "DECIMAL(3,3)"),
        (dt.date(1, 1, 1), "DATE"),
        (dt.date(9999, 12, 31), "DATE"),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 999999), "TIMESTAMP"),
        (dt.datetime(2024, 1, 1, 12, tzinfo=ZoneInfo("UTC")), "TIMESTAMPTZ"),
        (dt.time(23, 59, 59, 1), "TIME"),
        (b"\x00bytes", "BLOB"),
        (uuid.UUID(int=7), "UUID"),
        ([1, None, 3], "INTEGER[]"),
        (["a", "b"], "VARCHAR[]"),
    ],
)
def test_a_value_comes_back(con: coldb.Connection, value: Any, kind: str) -> None:
    cursor = con.execute("SELECT ?", [value])
    assert cursor.description is not None
    assert cursor.description[0][1] == kind
    (row,) = cursor.fetchall()
    assert repr(row[0]) == repr(value)


def test_an_integer_beyond_bigint_is_a_decimal(con: coldb.Connection) -> None:
    assert con.execute("SELECT ?", [2**63]).fetchone() == (Decimal(2**63),)


def test_null(con: coldb.Connection) -> None:
    assert con.execute("SELECT ?, ? IS NULL", [None, None]).fetchall() == [(None, True)]


def test_scalars_of_numpy(con: coldb.Connection) -> None:
    values = [np.bool_(True), np.int16(-3), np.int64(2**40), np.float64(0.5)]
    assert con.execute("SELECT ?, ?, ?, ?", values).fetchall() == [(True, -3, 2**40, 0.5)]


def test_a_text_is_a_value_and_never_sql(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (s VARCHAR)")
    evil = "'); DROP TABLE t; --"
    con.execute("INSERT INTO t VALUES (?)", [evil])
    assert con.execute("SELECT count(*) FROM t WHERE s = ?", [evil]).fetchone() == (1,)


def test_text_becomes_what_it_is_compared_with(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (d DATE)")
    con.execute("INSERT INTO t VALUES (?)", ["2024-02-29"])
    assert con.execute("SELECT count(*) FROM t WHERE d = ?", ["2024-02-29"]).fetchone() == (1,)
    with pytest.raises(coldb.DataError):
        con.execute("SELECT count(*) FROM t WHERE d = ?", ["no date"])
