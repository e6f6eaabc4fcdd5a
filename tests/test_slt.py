"""The runner of SQL files notices what is wrong: without that, a green corpus proves nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.oracles import Sqlite
from tests.slt import Mismatch, complete, parse, run
from tests.sql_engine import EngineError, Result

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """statement ok
CREATE TABLE t (a INTEGER, s VARCHAR)

statement ok
INSERT INTO t VALUES (2, 'b'), (1, 'a'), (NULL, '')
"""


def outcome(tmp_path: Path, records: str) -> int:
    """The number of records that ran on SQLite, behind those that make the table."""
    file = tmp_path / "file.slt"
    file.write_text(f"{TABLE}\n{records}\n")
    with closing(Sqlite()) as engine:
        return run(file, engine, str(tmp_path)) - 2


@pytest.mark.parametrize(
    "record",
    [
        "statement ok\nINSERT INTO t VALUES (3, 'c')",
        "statement error\nINSERT INTO nosuch VALUES (3, 'c')",
        "query I\nSELECT 1\n----\n1",
        "query I rowsort\nSELECT a FROM t\n----\n1\n2\nNULL",
        "query IT rowsort\nSELECT a, s FROM t\n----\n1\ta\n2\tb\nNULL\t(empty)",
        "query IT rowsort\nSELECT a, s FROM t\n----\n1\na\n2\nb\nNULL\n(empty)",
        "query IT valuesort\nSELECT a, s FROM t\n----\n(empty)\n1\n2\nNULL\na\nb",
        "query R\nSELECT 1.0 / 3\n----\n0.333",
        "query I\nSELECT a FROM t WHERE a > 5\n----",
        "query I rowsort\nSELECT a FROM t WHERE a > 0\n----\n"
        "2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0",
        "query error\nSELECT nosuch FROM t",
        "onlyif postgresql\nstatement ok\nnonsense\n\nquery I\nSELECT 1\n----\n1",
        "skipif sqlite # a reason\nstatement ok\nnonsense\n\nquery I\nSELECT 1\n----\n1",
        "hash-threshold 8\n\n# a comment\nquery I\nSELECT 1\n----\n1",
        "query I\nSELECT 1\n----\n1\n\nhalt\n\nstatement ok\nnonsense",
        "query I nosort one\nSELECT 1\n----\n1\n\nquery I nosort one\nSELECT 2 - 1\n----\n1",
    ],
)
def test_right_answers_pass(tmp_path: Path, record: str) -> None:
    assert outcome(tmp_path, record) >= 1


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("statement ok\nnonsense", "failed: near"),
        ("statement error\nINSERT INTO t VALUES (3, 'c')", "should fail"),
        ("query error\nSELECT a FROM t", "should fail"),
        ("query I\nSELECT 1\n----\n2", r"-2\n\+1"),
        ("query I\nSELECT a FROM t ORDER BY a\n----\n1\n2\nNULL", "expected"),
        ("query I rowsort\nSELECT a FROM t\n----\n1\n2", r"\+NULL"),
        ("query I rowsort\nSELECT a FROM t\n----\n1\n2\n2\nNULL", "-2"),
        ("query I rowsort\nSELECT a FROM t WHERE a > 5\n----\n1", "-1"),
        ("query IT rowsort\nSELECT a, s FROM t\n----\n1\ta\n2\tx\nNULL\t(empty)", "-2\tx"),
        ("query II\nSELECT 1\n----\n1", "expected 2 columns, got 1"),
        ("query I\nSELECT s FROM t\n----\n1", "not a value of type I"),
        ("query R\nSELECT 1.0 / 3\n----\n0.334", "0.333"),
        ("query I\nSELECT nosuch FROM t\n----\n1", "no such column"),
        ("query I\nINSERT INTO t VALUES (1, 'x')\n----\n1", "no result"),
        (
            "query I rowsort\nSELECT a FROM t WHERE a > 0\n----\n"
            "2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e1",
            "hashing",
        ),
        ("skipif postgresql\nstatement ok\nnonsense", "failed: near"),
        ("onlyif sqlite\nstatement ok\nnonsense", "failed: near"),
        (
            "query I nosort one\nSELECT 1\n----\n1\n\nquery I nosort one\nSELECT 2\n----\n2",
            "label one",
        ),
    ],
)
def test_wrong_answers_are_told(tmp_path: Path, record: str, message: str) -> None:
    with pytest.raises(Mismatch, match=message):
        outcome(tmp_path, record)


def test_every_mismatch_of_a_file_is_told(tmp_path: Path) -> None:
    records = "query I\nSELECT 1\n----\n2\n\nquery I\nSELECT 3\n----\n3\n\nstatement ok\nnonsense"
    with pytest.raises(Mismatch) as caught:
        outcome(tmp_path, records)
    assert "file.slt:7:" in str(caught.value)
    assert "file.slt:17:" in str(caught.value)
    assert "SELECT 3" not in str(caught.value)


class _Own:
    """An engine whose error texts count, and which may also break down."""

    names = frozenset({"coldb"})
    own_errors = True

    def execute(self, sql: str) -> Result | None:
        if sql == "crash":
            raise KeyError(sql)
        raise EngineError("no table of that name")

    def close(self) -> None:
        pass


def test_messages_of_our_own_are_compared(tmp_path: Path) -> None:
    file = tmp_path / "file.slt"
    file.write_text("statement error NO TABLE\nx\n")
    assert run(file, _Own(), str(tmp_path)) == 1
    file.write_text("statement error no column\nx\n")
    with pytest.raises(Mismatch, match="expected an error like: no column"):
        run(file, _Own(), str(tmp_path))


@pytest.mark.parametrize("kind", ["statement ok", "statement error", "query I"])
def test_a_crash_is_never_an_expected_error(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file.slt"
    file.write_text(f"{kind}\ncrash\n")
    with pytest.raises(Mismatch, match="crashed: KeyError"):
        run(file, _Own(), str(tmp_path))


def test_one_query_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "file.slt"
    file.write_text(f"{TABLE}\nquery I\nSELECT 1\n----\n2\n\nquery I\nSELECT 3\n----\n3\n")
    with closing(Sqlite()) as engine:
        assert run(file, engine, str(tmp_path), only_line=12) == 4


def test_answers_are_completed(tmp_path: Path) -> None:
    file = tmp_path / "file.slt"
    file.write_text(
        f"{TABLE}\n# kept\nquery IT rowsort\nSELECT a, s FROM t\n----\n\n"
        "query I\nSELECT 1\n----\nold\nanswer\n\n"
        "onlyif postgresql\nquery I\nSELECT 1\n----\nuntouched\n"
    )
    with closing(Sqlite()) as engine:
        complete(file, engine, str(tmp_path))
    assert file.read_text() == (
        f"{TABLE}\n# kept\nquery IT rowsort\nSELECT a, s FROM t\n----\n1\ta\n2\tb\nNULL\t(empty)\n\n"
        "query I\nSELECT 1\n----\n1\n\n"
        "onlyif postgresql\nquery I\nSELECT 1\n----\nuntouched\n"
    )


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(SyntaxError, match="<text>:1: not a record: select 1"):
        list(parse("select 1"))
