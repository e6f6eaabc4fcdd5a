"""Footers and error messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pytest
from coldb.shell.outcome import Outcome
from coldb.shell.report import error_text, footer, is_expected
from coldb_etl import SourceError
from coldb_warehouse import LockedError

import coldb

if TYPE_CHECKING:
    from coldb.session import Metrics


@dataclass
class Counters:
    """The counters of a statement, as a test wants them."""

    rows_read: int = 6_001_215
    blocks: int = 46
    blocks_pruned: int = 41
    bytes_read: int = 3_200_000
    seconds: float = 0.0081
    stages: dict[str, float] = field(default_factory=dict)


def outcome(statement: str, rows: int | None, rowcount: int, counters: Counters | None) -> Outcome:
    table = None if rows is None else pa.table({"a": range(rows)})
    return Outcome(statement, table, rowcount, 0.0081, cast("Metrics | None", counters))


@pytest.mark.parametrize(
    ("result", "timing", "expected"),
    [
        (
            outcome("SELECT", 12, 12, Counters()),
            True,
            "(12 rows, 8.1 ms; read 6.0 M rows, 41 of 46 blocks pruned, 3.2 MB)",
        ),
        (outcome("SELECT", 1, 1, Counters(blocks_pruned=0)), False, "(1 row)"),
        (
            outcome("SELECT", 0, 0, Counters(blocks_pruned=0, bytes_read=0)),
            True,
            "(0 rows, 8.1 ms; read 6.0 M rows)",
        ),
        (outcome("SELECT", 2, 2, Counters(rows_read=0)), True, "(2 rows, 8.1 ms)"),
        (outcome("SELECT", 2, 2, None), True, "(2 rows, 8.1 ms)"),
        (outcome("CREATE TABLE", None, -1, None), False, "CREATE TABLE"),
        (outcome("INSERT", None, 3, None), True, "INSERT (3 rows, 8.1 ms)"),
    ],
)
def test_footer(result: Outcome, timing: bool, expected: str) -> None:
    assert footer(result, timing) == expected


def test_an_error_is_one_line_and_its_place() -> None:
    error = coldb.ProgrammingError("no column\n  there")
    error.excerpt = "1 | SELECT x\n           ^"
    error.add_note("a.sql:7")
    error.add_note("outer.sql:1")
    assert error_text(error) == "error: a.sql:7: no column there\n1 | SELECT x\n           ^"


def test_errors_of_files_name_the_file_once() -> None:
    assert error_text(FileNotFoundError(2, "No such file", "a.sql")) == "error: a.sql: No such file"


def test_what_a_user_can_cause_is_told_from_bugs() -> None:
    for error in (coldb.DataError("x"), LockedError("x"), SourceError("x"), PermissionError("x")):
        assert is_expected(error)
    for bug in (coldb.InternalError("x"), KeyError("x"), AssertionError()):
        assert not is_expected(bug)
        assert error_text(bug).startswith("error: internal error, please report it: ")
