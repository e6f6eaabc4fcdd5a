"""Sessions without a terminal: scripts, meta commands, output, errors with their place."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from coldb.shell.commands import COMMANDS
from coldb.shell.errors import Quit, ShellError
from coldb.shell.session import MAX_SCRIPT_DEPTH, Session

import coldb
from tests.shell.pages import memory_page, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """
CREATE DIMENSION TABLE store (store_id INTEGER PRIMARY KEY, region VARCHAR, HIERARCHY g (region));
CREATE FACT TABLE sales (
    store_id INTEGER REFERENCES store ON MISSING UNKNOWN, sold DATE, amount DECIMAL(10, 2) NOT NULL
) ORDER BY (sold);
INSERT INTO store VALUES (1, 'North'), (2, NULL);
INSERT INTO sales VALUES (1, DATE '2024-01-31', 10.5), (2, NULL, 0);
"""


@pytest.fixture
def connection() -> Iterator[coldb.Connection]:
    with coldb.connect(":memory:") as connection:
        connection.execute(MODEL)
        yield connection


@pytest.fixture
def session(connection: coldb.Connection) -> Session:
    return Session(connection, memory_page(), io.StringIO())


def run(session: Session, script: str, name: str = "") -> str:
    """What the script wrote."""
    before = len(shown(session.console))
    session.run_lines(io.StringIO(script), name)
    return shown(session.console)[before:]


def errors(session: Session) -> str:
    assert isinstance(session.errors, io.StringIO)
    return session.errors.getvalue()


# --- statements ----------------------------------------------------------------------------------


def test_a_script_shows_results_and_nothing_else(session: Session) -> None:
    output = run(
        session, "BEGIN; ROLLBACK; SELECT region\nFROM store WHERE store_id = 1; SELECT 1 AS x;"
    )
    assert output == " region\n────────\n North\n x\n───\n 1\n"
    assert errors(session) == ""


def test_explain_is_shown_as_lines(session: Session) -> None:
    output = run(session, "EXPLAIN SELECT * FROM store;")
    assert "store" in output
    assert "│" not in output.splitlines()[0]


def test_timing_of_a_script_goes_beside_the_data(session: Session) -> None:
    session.timing = True
    assert run(session, "SELECT amount FROM sales;").count("\n") == 4
    assert errors(session).startswith("(2 rows, ")
    assert "read 2 rows" in errors(session)


def test_errors_stop_a_script_and_name_their_line(session: Session) -> None:
    with pytest.raises(coldb.ProgrammingError) as caught:
        run(
            session,
            "SELECT 1 AS x;\n\nSELECT sold,\n       amout FROM sales;\nSELECT 2;\n",
            "a.sql",
        )
    assert caught.value.__notes__ == ["a.sql:4"]
    assert caught.value.excerpt is not None
    assert caught.value.excerpt.startswith("4 | ")
    assert shown(session.console).count("\n") == 3


# --- meta commands -------------------------------------------------------------------------------


def test_every_command_has_help_and_names_of_its_own(session: Session) -> None:
    names = [name for command in COMMANDS for name in command.names]
    assert len(set(names)) == len(names)
    listing = run(session, "\\?")
    for command in COMMANDS:
        assert command.summary
        assert command.usage in listing


def test_tables(session: Session) -> None:
    session.set_format("jsonl")
    rows = [json.loads(line) for line in run(session, ".tables").splitlines()]
    assert [(row["table"], row["kind"], row["rows"]) for row in rows] == [
        ("sales", "fact", 2),
        ("store", "dimension", 2),
    ]
    assert rows[0]["references"] == "store"


def test_describe(session: Session) -> None:
    output = run(session, "\\d sales")
    assert "references store (store_id) on missing unknown" in output
    assert "DECIMAL(10,2)" in output
    assert "sorted by (sold)" in output
    assert "hierarchy g (region)" in run(session, ".schema store;")


def test_describe_partitions(session: Session) -> None:
    for number, clause in enumerate(
        ("range (a every 10)", "range (b every month)", "hash (a) partitions 4")
    ):
        run(session, f"CREATE TABLE p{number} (a INTEGER, b DATE) PARTITION BY {clause};")
        assert f"partitioned by {clause}" in run(session, f"\\d p{number}")


def test_views_and_comments(session: Session) -> None:
    run(session, "CREATE VIEW north AS SELECT store_id FROM store WHERE region = 'North';")
    run(session, "COMMENT ON TABLE store IS 'where'; COMMENT ON COLUMN store.region IS 'coarse';")
    run(session, "COMMENT ON VIEW north IS 'cold'; COMMENT ON COLUMN north.store_id IS 'key';")
    assert [line.split("│")[:2] for line in run(session, "\\dt").splitlines()][-1] == [
        " north ",
        " view      ",
    ]
    table, view = run(session, "\\d store"), run(session, "\\d north")
    assert "coarse" in table.splitlines()[3]
    assert table.splitlines()[-1] == "comment: where"
    assert view.splitlines()[2:] == [
        " store_id │ INTEGER │ key",
        "view as",
        "    SELECT store_id FROM store WHERE region = 'North'",
        "comment: cold",
    ]


def test_views_are_completed_as_tables(connection: coldb.Connection) -> None:
    from coldb.shell.catalog import tables_and_views

    connection.execute("CREATE VIEW north AS SELECT store_id AS key, region FROM store")
    known = tables_and_views(connection.warehouse.snapshot())
    assert list(known) == ["store", "sales", "north"]
    assert [str(column.type) for column in known["north"].columns] == ["INTEGER", "VARCHAR"]


def test_describe_suggests_the_nearest_table(session: Session) -> None:
    with pytest.raises(Exception, match='did you mean "sales"'):
        run(session, "\\d sale")


def test_sources(session: Session, connection: coldb.Connection) -> None:
    connection.execute("CREATE SOURCE shop (TYPE sqlite, PATH 'shop.sqlite')")
    assert " shop   │ sqlite │ path shop.sqlite" in run(session, "\\ds")


def test_formats(session: Session) -> None:
    assert run(session, "\\f csv\nSELECT 1 AS one;") == "one\n1\n"
    assert run(session, ".mode\n").startswith("  table")
    with pytest.raises(ShellError, match='no format "xml"'):
        run(session, "\\f xml")


def test_vertical_goes_back_to_the_format_before(session: Session) -> None:
    run(session, "\\f csv\n\\x")
    assert session.format == "vertical"
    run(session, "\\x off")
    assert session.format == "csv"
    run(session, "\\x on\n\\x on")
    assert session.format == "vertical"


def test_output_to_a_file(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a b.csv"
    assert run(session, f"\\f csv\n\\o '{file}'\nSELECT 1 AS x;\nSELECT 2 AS x;\n\\o\n") == ""
    assert file.read_text() == "x\n1\nx\n2\n"
    assert run(session, "SELECT 3 AS x;") == "x\n3\n"


def test_a_parquet_file_holds_one_result(session: Session, tmp_path: Path) -> None:
    run(session, f"\\f parquet\n\\o {tmp_path}/a.parquet\nSELECT 1 AS x;")
    with pytest.raises(ShellError, match="one result"):
        run(session, "SELECT 2 AS x;")
    run(session, f"\\o {tmp_path}/b.parquet\nSELECT 2 AS x;\n\\o")
    assert (tmp_path / "b.parquet").read_bytes().startswith(b"PAR1")


def test_bytes_are_refused_on_a_terminal(connection: coldb.Connection) -> None:
    session = Session(connection, memory_page(is_terminal=True), io.StringIO(), "arrow")
    with pytest.raises(ShellError, match="no text"):
        run(session, "SELECT 1;")


def test_read_runs_a_script(session: Session, tmp_path: Path) -> None:
    (tmp_path / "inner.sql").write_text("SELECT 1 AS x;\nSELECT nothing;\n")
    (tmp_path / "outer.sql").write_text(f"-- first\n\\i {tmp_path}/inner.sql\n")
    with pytest.raises(coldb.ProgrammingError) as caught:
        run(session, f".read {tmp_path}/outer.sql", "top")
    assert caught.value.__notes__[0] == f"{tmp_path}/inner.sql:2"


def test_scripts_that_run_themselves_end(session: Session, tmp_path: Path) -> None:
    (tmp_path / "self.sql").write_text(f"\\i {tmp_path}/self.sql\n")
    with pytest.raises(ShellError, match=f"more than {MAX_SCRIPT_DEPTH} deep"):
        run(session, f"\\i {tmp_path}/self.sql")


def test_last_shows_the_result_again(session: Session) -> None:
    with pytest.raises(ShellError, match="no result yet"):
        run(session, ".last")
    first = run(session, "SELECT 1 AS x;")
    assert run(session, ".last") == first
    assert run(session, "\\f csv\n\\last") == "x\n1\n"


def test_max_rows(connection: coldb.Connection) -> None:
    session = Session(connection, memory_page(max_rows=40, is_terminal=True), io.StringIO())
    run(session, "\\rows 1")
    assert "⋮" in run(session, "SELECT store_id FROM store;")
    run(session, ".maxrows 0")
    assert "⋮" not in run(session, "SELECT store_id FROM store;")
    with pytest.raises(ShellError, match="number of rows"):
        run(session, "\\rows many")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("\\nonsense", "no command"),
        (".tabels", "did you mean .tables"),
        ("\\q now", "takes no argument"),
        ("\\timing maybe", "on or off"),
        ("\\i", "needs the name of a file"),
        (".compare", "needs a query"),
    ],
)
def test_wrong_commands_say_what_is_wrong(session: Session, line: str, message: str) -> None:
    with pytest.raises(ShellError, match=message):
        run(session, line)


def test_quit(session: Session) -> None:
    with pytest.raises(Quit):
        run(session, "SELECT 1;\n.quit\nSELECT 2;")


def test_edit(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/1/2/ "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    run(session, "SELECT 1 AS x;\n\\e")
    assert session.next_input == "SELECT 2 AS x"


def test_edit_without_an_editor(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/nonexistent/editor")
    with pytest.raises(ShellError, match="editor"):
        run(session, "\\e")
