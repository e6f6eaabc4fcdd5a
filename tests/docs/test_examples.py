"""Every example of every page says what the page says that it says."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.docs.function_table import with_function_table
from tests.docs.measured import comparable
from tests.docs.pages import POSTGRESQL_OUTPUT, page_paths
from tests.docs.play import play, play_postgres

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.docs.pages import Block, Example

PAGES = page_paths()
WITH_POSTGRESQL = [
    path for path in PAGES if f"```{POSTGRESQL_OUTPUT}" in path.read_text(encoding="utf-8")
]
HINT = "\nThe pages are brought up to date by: python -m tests.docs docs/*.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_examples(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    _check(path, play(text, os.fspath(tmp_path)))


@pytest.mark.parametrize("path", WITH_POSTGRESQL, ids=lambda path: path.stem)
def test_examples_on_postgresql(path: Path, postgres_uri: str) -> None:
    text = path.read_text(encoding="utf-8")
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA documentation")
        connection.execute("SET search_path = documentation")
        try:
            _check(path, play_postgres(text, connection))
        finally:
            connection.execute("DROP SCHEMA documentation CASCADE")


def test_tables_of_functions_are_up_to_date() -> None:
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert with_function_table(text) == text, f"{path}{HINT}"


def test_a_wrong_page_is_told(tmp_path: Path) -> None:
    page = "```sql\nSELECT 1 AS a;\n```\n```text\n a\n───\n 2\n```\n"
    with pytest.raises(pytest.fail.Exception, match=r"-2\n\+1"):
        _check(tmp_path, play(page, os.fspath(tmp_path)))


@pytest.mark.parametrize(
    ("page", "now", "agrees"),
    [
        ("(1 row, 2.5 ms)", "(1 row, 13 ms)", True),
        ("(1 row, 2.5 ms)", "(2 rows, 2.5 ms)", False),
        (" a │ b\n───┼───\n 1 │ 2", " a  │ b\n────┼───\n  1 │ 2", True),
        (" a │ b\n───┼───\n 1 │ 2", " a │ b\n───┼───\n 1 │ 3", False),
        ("loaded at 2026-05-06 07:08:09", "loaded at 2027-01-02 03:04:05", True),
        ("born 1969-05-06 07:08:09", "born 1970-01-02 03:04:05", False),
    ],
)
def test_only_what_is_measured_may_differ(page: str, now: str, agrees: bool) -> None:
    assert (comparable(page, transcript=True) == comparable(now, transcript=True)) is agrees


def _check(path: Path, played: Iterable[tuple[Example, Block | None, str]]) -> None:
    """Fails with all that the examples say and the page does not."""
    mistakes = []
    for example, block, output in played:
        is_transcript = example.block.info == "console" or bool(
            re.search(r"EXPLAIN\s+ANALYZE", example.block.text)
        )
        expected = "" if block is None else block.text
        said = comparable(expected, transcript=is_transcript)
        now = comparable(output, transcript=is_transcript)
        if said != now:
            difference = difflib.unified_diff(said.splitlines(), now.splitlines(), lineterm="")
            mistakes.append("\n".join((f"{path}:{example.block.line}", *list(difference)[2:])))
    if mistakes:
        pytest.fail("\n".join((*mistakes, HINT)), pytrace=False)
