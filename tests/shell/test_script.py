"""How a script is cut into what is run at once."""

from __future__ import annotations

import pytest
from coldb.errors import ProgrammingError
from coldb.shell.script import Unit, is_meta, is_ready, units


def cut(text: str) -> list[Unit]:
    return list(units(text.splitlines(keepends=True)))


def test_statements_end_with_a_semicolon() -> None:
    assert cut("SELECT 1;\nSELECT\n 2\n;\n") == [Unit("SELECT 1;\n", 1), Unit("SELECT\n 2\n;\n", 2)]


def test_the_last_one_may_do_without() -> None:
    assert cut("SELECT 1;\nSELECT 2") == [Unit("SELECT 1;\n", 1), Unit("SELECT 2", 2)]


def test_semicolons_in_texts_and_comments_end_nothing() -> None:
    text = "SELECT ';\n' /* ;\n */ -- ;\n, 2;\n"
    assert cut(text) == [Unit(text, 1)]


def test_meta_commands_are_lines() -> None:
    assert cut("\n-- a note\n\\d sales\n.tables\nSELECT 1;\n") == [
        Unit("\\d sales", 3),
        Unit(".tables", 4),
        Unit("SELECT 1;\n", 5),
    ]


def test_a_backslash_inside_a_statement_is_no_command() -> None:
    assert cut("SELECT 1\n\\d\n;") == [Unit("SELECT 1\n\\d\n;", 1)]


def test_a_number_is_no_command() -> None:
    assert not is_meta(".5 + 1")
    assert is_meta("  .help")
    assert is_meta("\\?")


def test_statements_know_their_lines() -> None:
    [unit] = cut("-- first\n\nSELECT 1; SELECT\n2;\n")
    assert [(each.sql, each.line) for each in unit.statements()] == [
        ("SELECT 1", 3),
        ("SELECT\n2", 3),
    ]


def test_a_quote_that_is_never_closed_is_an_error_with_its_line() -> None:
    [unit] = cut("SELECT 1;\nSELECT 'x\n")[1:]
    with pytest.raises(ProgrammingError) as caught:
        list(unit.statements())
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1;", True),
        ("SELECT 1", False),
        ("SELECT (", False),
        ("SELECT 'x;", False),
        ("SELEC 1", True),
        ("\\d", True),
        ("", True),
    ],
)
def test_when_enter_runs_the_text(text: str, expected: bool) -> None:
    assert is_ready(text) is expected
