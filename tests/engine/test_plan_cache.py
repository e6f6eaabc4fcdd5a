"""A repeated statement is planned once, and yet answers as if it were planned anew."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import coldb

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "SELECT count(*), max(a) FROM t"


@pytest.fixture
def table(con: coldb.Connection) -> coldb.Connection:
    con.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
    return con


def is_planned(con: coldb.Connection, sql: str, parameters: Any = None) -> bool:
    cursor = con.execute(sql, parameters)
    assert cursor.metrics is not None
    return "bind" in cursor.metrics.stages


def test_the_second_run_is_not_planned(table: coldb.Connection) -> None:
    assert is_planned(table, COUNT)
    assert not is_planned(table, COUNT)
    assert is_planned(table, COUNT + " ")


def test_new_data_are_seen(table: coldb.Connection) -> None:
    assert table.execute(COUNT).fetchone() == (1, 1)
    table.execute("INSERT INTO t VALUES (5)")
    assert table.execute(COUNT).fetchone() == (2, 5)


def test_data_of_another_connection_are_seen(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "d") as first, coldb.connect(tmp_path / "d") as second:
        first.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
        assert second.execute(COUNT).fetchone() == (1, 1)
        first.execute("INSERT INTO t VALUES (5)")
        assert second.execute(COUNT).fetchone() == (2, 5)


def test_a_transaction_sees_itself_and_its_rollback_undoes_it(table: coldb.Connection) -> None:
    assert table.execute(COUNT).fetchone() == (1, 1)
    table.execute("BEGIN")
    table.execute("INSERT INTO t VALUES (5)")
    assert table.execute(COUNT).fetchone() == (2, 5)
    table.execute("INSERT INTO t VALUES (6)")
    assert table.execute(COUNT).fetchone() == (3, 6)
    table.rollback()
    assert table.execute(COUNT).fetchone() == (1, 1)


def test_a_table_of_the_same_name(table: coldb.Connection) -> None:
    table.execute("SELECT * FROM t").fetchall()
    table.execute("DROP TABLE t")
    with pytest.raises(coldb.ProgrammingError):
        table.execute("SELECT * FROM t")
    table.execute("CREATE TABLE t (s VARCHAR, n INTEGER); INSERT INTO t VALUES ('x', 1)")
    assert table.execute("SELECT * FROM t").fetchall() == [("x", 1)]


def test_the_clock_goes_on(table: coldb.Connection) -> None:
    seen = [table.execute("SELECT now() FROM t").fetchone() for _ in range(3)]
    assert len(set(seen)) == 3
    sql = "SELECT count(*) FROM t WHERE now() > ?"
    soon = table.execute("SELECT now()").fetchone()[0] + dt.timedelta(milliseconds=30)
    answers = [table.execute(sql, [soon]).fetchone()[0]]
    while answers[-1] == 0:
        answers.append(table.execute(sql, [soon]).fetchone()[0])
    assert answers[0] == 0


def test_the_clock_stands_still_within_a_statement(table: coldb.Connection) -> None:
    assert table.execute("SELECT now() = current_timestamp FROM t").fetchone() == (True,)


ALIKE = [1, True, 1.0, Decimal(1), Decimal("1.0"), Decimal("1.00"), "1"]


@pytest.mark.parametrize("first", ALIKE, ids=repr)
@pytest.mark.parametrize("second", ALIKE, ids=repr)
def test_parameters_that_are_alike(con: coldb.Connection, first: Any, second: Any) -> None:
    """Values that Python takes for equal have types of their own, by position and by name."""
    for value in (first, second):
        assert repr(con.execute("SELECT ?", [value]).fetchone()) == repr((value,))
        assert repr(con.execute("SELECT :a", {"a": value}).fetchone()) == repr((value,))


def test_negative_zero(con: coldb.Connection) -> None:
    assert repr(con.execute("SELECT ?", [0.0]).fetchone()) == "(0.0,)"
    assert repr(con.execute("SELECT ?", [-0.0]).fetchone()) == "(-0.0,)"


def test_names_are_told_apart(con: coldb.Connection) -> None:
    assert con.execute("SELECT :a, :b", {"a": 1, "b": 2}).fetchone() == (1, 2)
    assert con.execute("SELECT :a, :b", {"a": 2, "b": 1}).fetchone() == (2, 1)


def test_equal_parameters_share_a_plan(table: coldb.Connection) -> None:
    sql = "SELECT a FROM t WHERE a = ?"
    assert is_planned(table, sql, [1])
    assert not is_planned(table, sql, [1])
    assert is_planned(table, sql, [2])


def test_parameters_that_cannot_be_remembered(con: coldb.Connection) -> None:
    for value in ([1, 2], [1, 3], [1, 2]):
        assert con.execute("SELECT ?", [value]).fetchone() == (value,)
    for _ in range(2):
        with pytest.raises(coldb.InterfaceError, match="no SQL value"):
            con.execute("SELECT ?", [{}])


def test_frames_come_and_go(con: coldb.Connection) -> None:
    sql = "SELECT * FROM frame"
    con.register("frame", pa.table({"a": [1, 2]}))
    assert con.execute(sql).fetchall() == [(1,), (2,)]
    con.register("frame", pa.table({"b": ["x"]}))
    assert con.execute(sql).fetchall() == [("x",)]
    con.unregister("frame")
    with pytest.raises(coldb.ProgrammingError, match="frame"):
        con.execute(sql)


def test_constants_of_values_lists_stay_apart(con: coldb.Connection) -> None:
    """The rows of VALUES are kept beside the plan, and must not be those of another statement."""
    first, second = "SELECT * FROM (VALUES (1)) AS x(a)", "SELECT * FROM (VALUES (2)) AS x(a)"
    for _ in range(2):
        assert con.execute(first).fetchall() == [(1,)]
        assert con.execute(second).fetchall() == [(2,)]


def test_two_queries_in_one_text(con: coldb.Connection) -> None:
    text = "SELECT 1; SELECT 2"
    assert con.execute(text).fetchall() == [(2,)]
    assert con.execute(text).fetchall() == [(2,)]


def test_many_statements_do_not_pile_up(con: coldb.Connection) -> None:
    """The oldest are forgotten; all keep answering."""
    for number in [*range(400), 0, 399]:
        assert con.execute(f"SELECT {number}").fetchone() == (number,)
    assert not is_planned(con, "SELECT 399")
    assert is_planned(con, "SELECT 100")
