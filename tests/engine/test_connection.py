"""Connections: opening, closing, several at once, and the errors that they raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from pathlib import Path


# --- the module ----------------------------------------------------------------------------------


def test_module_globals() -> None:
    assert coldb.apilevel == "2.0"
    assert coldb.threadsafety == 1
    assert coldb.paramstyle == "qmark"


def test_the_tree_of_errors() -> None:
    assert issubclass(coldb.InterfaceError, coldb.Error)
    assert issubclass(coldb.DatabaseError, coldb.Error)
    for error in (
        coldb.DataError,
        coldb.OperationalError,
        coldb.IntegrityError,
        coldb.InternalError,
        coldb.ProgrammingError,
        coldb.NotSupportedError,
    ):
        assert issubclass(error, coldb.DatabaseError)
    assert issubclass(coldb.InterruptError, coldb.OperationalError)
    assert issubclass(coldb.MemoryLimitError, coldb.OperationalError)


# --- opening -------------------------------------------------------------------------------------


def test_a_missing_directory_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new.coldb"
    with coldb.connect(path) as con:
        con.execute("CREATE TABLE t (a INTEGER)")
    assert path.is_dir()
    with coldb.connect(str(path)) as con:
        assert con.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_reading_needs_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(coldb.OperationalError, match="no warehouse"):
        coldb.connect(tmp_path / "nothing.coldb", read_only=True)
    assert not (tmp_path / "nothing.coldb").exists()


def test_a_directory_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    with pytest.raises(coldb.OperationalError, match="not a warehouse"):
        coldb.connect(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    with pytest.raises(coldb.OperationalError, match=r"letter\.txt"):
        coldb.connect(tmp_path / "letter.txt")


def test_databases_in_memory_are_apart() -> None:
    with coldb.connect() as first, coldb.connect(":memory:") as second:
        first.execute("CREATE TABLE t (a INTEGER)")
        with pytest.raises(coldb.ProgrammingError, match='no table "t"'):
            second.execute("SELECT * FROM t")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"threads": 0}, "at least 1"),
        ({"memory_limit": "much"}, "not a size"),
        ({"memory_limit": "2 XB"}, "not a size"),
        ({"settings": {"block_row": 7}}, "unknown setting"),
        ({"settings": {"rules_off": ["order_join"]}}, "order_join"),
    ],
)
def test_wrong_keywords(keywords, message: str) -> None:
    with pytest.raises(coldb.InterfaceError, match=message):
        coldb.connect(**keywords)


@pytest.mark.parametrize("limit", ["512MB", "1.5 GiB", 100_000_000, None])
def test_memory_limits(limit) -> None:
    with coldb.connect(memory_limit=limit) as con:
        assert con.execute("SELECT 1").fetchone() == (1,)


# --- closing -------------------------------------------------------------------------------------


def test_a_closed_connection() -> None:
    con = coldb.connect()
    cursor = con.execute("SELECT 1")
    con.close()
    for use in (
        lambda: con.execute("SELECT 1"),
        con.commit,
        con.rollback,
        cursor.fetchall,
        cursor.fetchone,
        lambda: con.register("x", None),
        lambda: con.in_transaction,
    ):
        with pytest.raises(coldb.InterfaceError, match="connection is closed"):
            use()
    con.interrupt()  # nothing runs: harmless
    con.close()  # harmless


def test_the_block_closes_the_connection() -> None:
    with coldb.connect() as con:
        pass
    with pytest.raises(coldb.InterfaceError):
        con.execute("SELECT 1")


def test_the_block_closes_after_an_error_too() -> None:
    con = coldb.connect()
    with pytest.raises(coldb.ProgrammingError), con:
        con.execute("SELECT nosuch")
    with pytest.raises(coldb.InterfaceError):
        con.execute("SELECT 1")


def test_a_reader_of_a_closed_connection_does_not_end_early() -> None:
    small = {"block_rows": 7, "segment_rows": 21}
    con = coldb.connect(threads=2, settings=small)
    con.execute("CREATE TABLE t (a INTEGER)")
    con.execute("INSERT INTO t VALUES " + ", ".join(f"({number})" for number in range(400)))
    reader = con.execute("SELECT a FROM t").fetch_record_batch()
    next(reader)
    con.close()
    with pytest.raises(coldb.InterfaceError, match="closed before it was read"):
        reader.read_all()


def test_closing_rolls_back(tmp_path: Path) -> None:
    with coldb.connect(tmp_path / "d") as con:
        con.execute("CREATE TABLE t (a INTEGER)")
        con.execute("BEGIN")
        con.execute("INSERT INTO t VALUES (1)")
    with coldb.connect(tmp_path / "d") as con:
        assert con.execute("SELECT count(*) FROM t").fetchone() == (0,)


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELEC 1", coldb.ProgrammingError),
        ("SELECT nosuch FROM t", coldb.ProgrammingError),
        ("SELECT * FROM nosuch", coldb.ProgrammingError),
        ("SELECT 'x' + 1", coldb.DataError),
        ("SELECT 1 / 0", coldb.DataError),
        ("SELECT CAST('x' AS INTEGER)", coldb.DataError),
        ("SELECT a / 0 FROM t", coldb.DataError),
        ("SELECT 2147483647 + a FROM t", coldb.DataError),
        ("INSERT INTO t VALUES (1)", coldb.IntegrityError),
        ("INSERT INTO t VALUES (NULL)", coldb.IntegrityError),
        ("INSERT INTO f VALUES (99)", coldb.IntegrityError),
        ("COPY t FROM '/nowhere/x.csv'", coldb.OperationalError),
        ("CREATE TABLE x (a JSON)", coldb.NotSupportedError),
        ("COMMIT; ROLLBACK; BEGIN; BEGIN", coldb.ProgrammingError),
    ],
)
def test_classes_of_errors(con: coldb.Connection, sql: str, error: type[coldb.Error]) -> None:
    con.execute("CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
    con.execute("CREATE TABLE f (a INTEGER REFERENCES t)")
    with pytest.raises(error) as caught:
        con.execute(sql)
    assert "\n" not in str(caught.value)


def test_an_error_shows_its_place(con: coldb.Connection) -> None:
    with pytest.raises(coldb.ProgrammingError) as caught:
        con.execute("SELECT 1,\n       nosuch + 1\nFROM (VALUES (1)) AS x(a)")
    assert (caught.value.line, caught.value.column) == (2, 8)
    assert caught.value.excerpt == "2 |        nosuch + 1\n           ^^^^^^"


def test_an_error_of_a_row_shows_its_place(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (0)")
    with pytest.raises(coldb.DataError) as caught:
        con.execute("SELECT a,\n  5 / a FROM t")
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_a_syntax_error_shows_its_place(con: coldb.Connection) -> None:
    with pytest.raises(coldb.ProgrammingError) as caught:
        con.execute("SELECT 1;\nSELECT FROM FROM")
    assert caught.value.line == 2
    assert caught.value.excerpt is not None


def test_an_error_without_a_place(con: coldb.Connection) -> None:
    con.execute("CREATE TABLE t (a INTEGER NOT NULL)")
    with pytest.raises(coldb.IntegrityError) as caught:
        con.execute("INSERT INTO t VALUES (NULL)")
    assert (caught.value.line, caught.value.column, caught.value.excerpt) == (None, None, None)


def test_a_connection_goes_on_after_an_error(con: coldb.Connection) -> None:
    with pytest.raises(coldb.DataError):
        con.execute("SELECT 1 / 0")
    assert con.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("text", [None, 5, b"SELECT 1"])
def test_a_statement_is_text(con: coldb.Connection, text) -> None:
    with pytest.raises(coldb.InterfaceError, match="statement is a str"):
        con.execute(text)


def test_a_very_deep_statement(con: coldb.Connection) -> None:
    deep = "SELECT " + "(" * 50_000 + "1" + ")" * 50_000
    with pytest.raises(coldb.ProgrammingError):
        con.execute(deep)


def test_a_bug_is_an_internal_error(con, monkeypatch):
    """Nothing but coldb's own errors leaves a connection."""
    import coldb.session

    def broken(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(coldb.session, "plan_query", broken)
    with pytest.raises(coldb.InternalError, match="please report it: KeyError: 'planted'"):
        con.execute("SELECT 1")


def test_executemany_on_the_connection(con):
    con.execute("CREATE TABLE many (a INTEGER)")
    assert con.executemany("INSERT INTO many VALUES (?)", [(1,), (2,)]).rowcount == 2
