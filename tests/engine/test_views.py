"""What SQL files cannot tell of views, macros and prepared statements: versions, frames, places of
errors, other connections, texts that are no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coldb_warehouse.views import Macro, View

import coldb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(con: coldb.Connection) -> coldb.Connection:
    """A table, a view of it, and a macro."""
    con.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR)")
    con.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    con.execute("CREATE VIEW v AS SELECT * FROM t WHERE a > 0")
    con.execute("CREATE MACRO half(x) AS x / 2")
    return con


def plan_of(con: coldb.Connection, query: str) -> str:
    """The last plan that EXPLAIN shows."""
    text = "\n".join(line for (line,) in con.execute(f"EXPLAIN {query}").fetchall())
    return text.rpartition("\n\n")[2].partition("\n")[2]


# --- views --------------------------------------------------------------------------------------


def test_the_optimizer_sees_through_a_view(shop: coldb.Connection) -> None:
    through = plan_of(shop, "SELECT b FROM v WHERE a = 2")
    assert "Scan: t (a, b) where a > 0 AND a = 2" in through
    assert "Filter" not in through


def test_an_older_version_of_a_view_reads_older_tables(shop: coldb.Connection) -> None:
    version = shop.warehouse.snapshot().version
    shop.execute("UPDATE t SET b = 'new'")
    shop.execute("CREATE OR REPLACE VIEW v AS SELECT a, b || '!' AS b FROM t")
    shop.execute("CREATE VIEW w AS SELECT * FROM v")
    assert shop.execute(f"SELECT b FROM v AS OF VERSION {version} ORDER BY a").fetchall() == [
        ("x",),
        ("y",),
    ]
    assert shop.execute("SELECT b FROM w ORDER BY a").fetchall() == [("new!",), ("new!",)]
    with pytest.raises(coldb.ProgrammingError, match='no table "w"'):
        shop.execute(f"SELECT * FROM w AS OF VERSION {version}")


def test_a_view_of_a_view_reads_one_version(shop: coldb.Connection) -> None:
    shop.execute("CREATE VIEW w AS SELECT count(*) AS n FROM v JOIN t USING (a)")
    version = shop.warehouse.snapshot().version
    shop.execute("INSERT INTO t VALUES (3, 'z')")
    rows = shop.execute(f"SELECT w.n, old.n FROM w, w AS OF VERSION {version} AS old").fetchall()
    assert rows == [(3, 2)]


def test_a_plan_is_not_kept_when_its_view_changes(shop: coldb.Connection) -> None:
    assert shop.execute("SELECT * FROM v WHERE a = 1").fetchall() == [(1, "x")]
    shop.execute("CREATE OR REPLACE VIEW v AS SELECT a, upper(b)::VARCHAR AS b FROM t")
    assert shop.execute("SELECT * FROM v WHERE a = 1").fetchall() == [(1, "X")]


def test_another_connection_sees_it(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "d") as one, coldb.connect(tmp_path / "d") as two:
        one.execute("CREATE VIEW v AS SELECT 1 AS a")
        assert two.execute("SELECT * FROM v").fetchall() == [(1,)]
        two.execute("DROP VIEW v")
        with pytest.raises(coldb.ProgrammingError, match='no table "v"'):
            one.execute("SELECT * FROM v")
    with coldb.connect(tmp_path / "d", read_only=True) as reader, pytest.raises(coldb.Error):
        reader.execute("CREATE VIEW v AS SELECT 1 AS a")


def test_frames_are_no_part_of_a_view(shop: coldb.Connection) -> None:
    import pyarrow as pa

    shop.register("frame", pa.table({"x": [1]}))
    with pytest.raises(coldb.ProgrammingError, match='"frame", a frame that only this connection'):
        shop.execute("CREATE VIEW w AS SELECT a FROM t WHERE a IN (SELECT x FROM frame)")
    with pytest.raises(coldb.ProgrammingError, match="a stored table or view has that name"):
        shop.register("v", pa.table({"x": [1]}))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * FROM t WHERE a = ?", "cannot have parameters"),
        ("SELECT * FROM t WHERE a = :name", "cannot have parameters"),
        ("SELECT * FROM t AS OF VERSION 2", "cannot hold AS OF"),
        ("SELECT * FROM (SELECT * FROM t AS OF VERSION 2) x", "cannot hold AS OF"),
    ],
)
def test_what_a_view_cannot_hold(shop: coldb.Connection, query: str, message: str) -> None:
    with pytest.raises(coldb.Error, match=message):
        shop.execute(f"CREATE VIEW w AS {query}", {"name": 1} if ":name" in query else None)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("SELECT 1 + a FROM t; CREATE VIEW w AS SELECT nosuch FROM t", "nosuch"),
        ("SELECT v.a FROM v WHERE nosuch = 1", "nosuch"),
        ("SELECT x.n FROM (SELECT 1 / (a - 1) AS n FROM v) AS x", "1 / (a - 1)"),
        ("SELECT n FROM quotient AS x", "quotient AS x"),
        ("SELECT 1, half('one' || b) FROM t", "half('one' || b)"),
        ("SELECT half(1 / (a - 1)) FROM t", "1 / (a - 1)"),
        ("SELECT per(a - 1) FROM t", "per(a - 1)"),
    ],
)
def test_places_of_errors(shop: coldb.Connection, statement: str, place: str) -> None:
    shop.execute("CREATE VIEW quotient AS SELECT 1 / (a - 1) AS n FROM t")
    shop.execute("CREATE MACRO per(x) AS 1 / x")
    with pytest.raises(coldb.Error) as raised:
        shop.execute(statement)
    assert raised.value.span is not None
    assert statement[raised.value.span.start : raised.value.span.end] == place


def test_copy_reads_a_view_and_does_not_fill_it(shop: coldb.Connection, tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    shop.execute(f"COPY v TO '{file}' (HEADER)")
    assert file.read_text() == "a,b\n1,x\n2,y\n"
    with pytest.raises(coldb.ProgrammingError, match='"v" is a view'):
        shop.execute(f"COPY v FROM '{file}' (HEADER)")


def test_texts_that_are_no_sql(shop: coldb.Connection) -> None:
    """What another program has put into the warehouse is refused when it is used, in one line."""
    with shop.warehouse.begin() as transaction:
        transaction.put_view(View("broken", ("a",), "SELECT FROM WHERE"))
        transaction.put_view(View("change", ("a",), "DELETE FROM t"))
        transaction.put_view(View("wide", ("a",), "SELECT * FROM t"))
        transaction.put_view(View("loop", ("a",), "SELECT * FROM loop"))
        transaction.put_macro(Macro("bad", "CREATE MACRO"))
        transaction.put_macro(Macro("other", "SELECT 1"))
        transaction.put_macro(Macro("again", "CREATE MACRO again(x) AS again(x)"))
    for query, message in (
        ("SELECT * FROM broken", 'view "broken": its text is no query'),
        ("SELECT * FROM change", 'view "change": its text is no query'),
        ("SELECT * FROM wide", 'view "wide": it has 2 columns now, not 1'),
        ("SELECT * FROM loop", 'view "loop" uses itself'),
        ("SELECT bad(1)", 'the text of macro "bad" is no definition'),
        ("SELECT other(1)", 'the text of macro "other" is no definition'),
        ("SELECT again(1)", 'macro "again" uses itself'),
    ):
        with pytest.raises(coldb.ProgrammingError, match=message) as raised:
            shop.execute(query)
        assert "\n" not in str(raised.value)
    names = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'broken'"
    assert shop.execute(names).fetchall() == [(1,)]
    shop.execute("DROP VIEW broken")
    shop.execute("DROP TABLE IF EXISTS nosuch")


def test_views_that_use_others_twice_do_not_grow_without_bound(con: coldb.Connection) -> None:
    con.execute("CREATE VIEW v0 AS SELECT 1 AS a")
    for number in range(1, 6):
        con.execute(f"CREATE VIEW v{number} AS SELECT x.a FROM v{number - 1} x, v{number - 1} y")
    joined = ", ".join(f"v5 AS x{number}" for number in range(40))
    with pytest.raises(coldb.NotSupportedError, match="views and macros are used more than"):
        con.execute(f"SELECT count(*) FROM {joined}")


# --- prepared statements ------------------------------------------------------------------------


def test_values_of_execute_can_be_parameters(shop: coldb.Connection) -> None:
    shop.execute("PREPARE p AS SELECT b FROM t WHERE a = $1")
    assert shop.execute("EXECUTE p(?)", [2]).fetchall() == [("y",)]
    assert shop.execute("EXECUTE p(:n)", {"n": 1}).fetchall() == [("x",)]
    with pytest.raises(coldb.InterfaceError, match="2 values were given"):
        shop.execute("EXECUTE p(?)", [1, 2])
    with pytest.raises(coldb.InterfaceError, match="PREPARE takes no values"):
        shop.execute("PREPARE q AS SELECT ?", [1])


def test_prepared_statements_are_of_one_connection(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "d") as one, coldb.connect(tmp_path / "d") as two:
        one.execute("PREPARE p AS SELECT 1")
        with pytest.raises(coldb.ProgrammingError, match='no prepared statement "p"'):
            two.execute("EXECUTE p")


def test_errors_are_shown_in_the_text_that_has_them(shop: coldb.Connection) -> None:
    shop.execute("PREPARE p AS SELECT 1 / $1 AS quotient")
    with pytest.raises(coldb.DataError) as raised:
        shop.execute("EXECUTE p(0)")
    assert raised.value.excerpt is not None
    assert "PREPARE p AS SELECT 1 / $1" in raised.value.excerpt
    with pytest.raises(coldb.DataError) as raised:
        shop.execute("EXECUTE p(1 / 0)")
    assert raised.value.excerpt is not None
    assert "EXECUTE p(1 / 0)" in raised.value.excerpt


def test_values_that_compare_equal_are_told_apart(con: coldb.Connection) -> None:
    con.execute("PREPARE p AS SELECT $1")
    values = ("1", "1.0", "1.00", "true", "'1'", "0.0::DOUBLE PRECISION", "-0.0::DOUBLE PRECISION")
    rows = [con.execute(f"EXECUTE p({value})").fetchall()[0][0] for value in values]
    assert [repr(row) for row in rows] == [
        "1", "Decimal('1.0')", "Decimal('1.00')", "True", "'1'", "0.0", "-0.0",
    ]  # fmt: skip


def test_explain_analyze_changes_what_it_explains(shop: coldb.Connection) -> None:
    lines = shop.execute("EXPLAIN ANALYZE UPDATE t SET b = 'z' WHERE a = 1").fetchall()
    assert "Scan: t" in lines[1][0]
    assert shop.execute("SELECT b FROM t ORDER BY a").fetchall() == [("z",), ("y",)]
    shop.execute("EXPLAIN ANALYZE CREATE TABLE u AS SELECT * FROM t")
    assert shop.execute("SELECT count(*) FROM u").fetchall() == [(2,)]
    shop.execute("BEGIN")
    shop.execute("EXPLAIN ANALYZE DELETE FROM t")
    assert shop.execute("SELECT count(*) FROM t").fetchall() == [(0,)]
    shop.execute("ROLLBACK")
    assert shop.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_returned_rows_are_described(shop: coldb.Connection) -> None:
    cursor = shop.execute("INSERT INTO t VALUES (3, 'z'), (4, NULL) RETURNING a, a + 1, b AS a")
    assert cursor.description is not None
    assert [(column[0], column[1]) for column in cursor.description] == [
        ("a", "INTEGER"),
        ("?column?", "INTEGER"),
        ("a", "VARCHAR"),
    ]
    assert cursor.rowcount == 2
    assert cursor.arrow().num_rows == 2
    with pytest.raises(coldb.ProgrammingError, match="give no rows"):
        shop.cursor().executemany("DELETE FROM t WHERE a = ? RETURNING a", [[1], [2]])
