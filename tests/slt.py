"""Runs sqllogictest files: statements that must succeed or fail, queries with their answers.

The format is SQLite's (sqlite.org/sqllogictest): `statement ok`, `statement error [regex]`,
`query TYPES [SORT] [LABEL]` with the answer behind `----`, `query error [regex]`, `onlyif ENGINE`,
`skipif ENGINE`, `halt`, `hash-threshold N`. An answer has one value a line, or one row a line with
tabs between values. A type is I (integer; a truth value is 1 or 0), R (three decimals) or T (text:
decimals with all their digits, floats as the shortest text that reads back). A sort is nosort,
rowsort or valuesort. `__DIR__` in SQL stands for an empty directory.

    python -m tests.slt tests/sql/joins.slt               run a file on coldb
    python -m tests.slt tests/sql/joins.slt:120           ... only the query at that line
    python -m tests.slt --engine duckdb FILE ...          run on an oracle
    python -m tests.slt --complete FILE ...               write PostgreSQL's answers into the file
"""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import hashlib
import math
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.sql_engine import Engine, EngineError, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Mismatch", "complete", "parse", "run"]

DIRECTORY = "__DIR__"
HASHED = re.compile(r"(\d+) values hashing to ([0-9a-f]{32})")


class Mismatch(AssertionError):
    """A record whose outcome is not the one that its file expects."""


# --- records -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """`onlyif` when `wanted`, else `skipif`."""

    engine: str
    wanted: bool

    def holds(self, engine: Engine) -> bool:
        return (self.engine in engine.names) == self.wanted


@dataclass(frozen=True, slots=True)
class Statement:
    """`error` is None when the statement must succeed, else a regex for the message."""

    line: int
    sql: str
    error: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """`answer` holds the lines as written; `answer_lines` says where they stand in the file."""

    line: int
    sql: str
    types: str
    sort: str
    label: str | None
    answer: tuple[str, ...]
    answer_lines: slice
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Halt:
    line: int
    conditions: tuple[Condition, ...]


Record: TypeAlias = "Statement | Query | Halt"


def parse(text: str, name: str = "<text>") -> Iterator[Record]:
    lines = text.splitlines()
    start = 0
    while start < len(lines):
        if not lines[start].strip() or lines[start].startswith("#"):
            start += 1
            continue
        end = start
        while end < len(lines) and lines[end].strip():
            end += 1
        record = _parse_record(lines, start, end, name)
        if record is not None:
            yield record
        start = end


def _parse_record(lines: list[str], start: int, end: int, name: str) -> Record | None:
    conditions = []
    while start < end and lines[start].split()[0] in ("onlyif", "skipif", "#"):
        word, *rest = lines[start].split()
        if word != "#":
            conditions.append(Condition(rest[0], wanted=word == "onlyif"))
        start += 1
    words = lines[start].split(maxsplit=2)
    if words[1:2] != ["error"]:  # a regex may hold a #
        words = lines[start].partition("#")[0].split()
    body = lines[start + 1 : end]
    match words:
        case ["statement", "ok"]:
            return Statement(start + 1, "\n".join(body), None, tuple(conditions))
        case ["statement" | "query", "error", *pattern]:
            sql = "\n".join(body)
            return Statement(start + 1, sql, pattern[0] if pattern else "", tuple(conditions))
        case ["query", types, *options]:
            split = body.index("----") if "----" in body else len(body)
            return Query(
                line=start + 1,
                sql="\n".join(body[:split]),
                types=types,
                sort=options[0] if options else "nosort",
                label=options[1] if len(options) > 1 else None,
                answer=tuple(body[split + 1 :]),
                answer_lines=slice(start + 1 + split, end),
                conditions=tuple(conditions),
            )
        case ["halt"]:
            return Halt(start + 1, tuple(conditions))
        case ["hash-threshold", _]:  # an answer says itself whether it is a hash
            return None
    raise SyntaxError(f"{name}:{start + 1}: not a record: {lines[start]}")


# --- values ------------------------------------------------------------------------------------


def render(value: Any, kind: str) -> str:
    """One value as an answer shows it."""
    match value:
        case None:
            return "NULL"
        case str() if kind == "T":
            return re.sub(r"[\x00-\x1f]", "@", value) or "(empty)"
        case _ if kind == "T":
            return _render_text(value)
        case bool() | int() | float() | Decimal() if kind == "I":
            return str(int(value))
        case bool() | int() | float() | Decimal():
            number = float(value)
            if math.isfinite(number):
                return f"{number:.3f}"
            return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    raise Mismatch(f"{value!r} is not a value of type {kind}")


def _render_text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(sep=" ")
        case float() if not math.isfinite(value):
            return render(value, "R")
        case _:
            return str(value)


def _values(result: Result, types: str, sort: str) -> list[str]:
    if result.columns != len(types):
        raise Mismatch(f"expected {len(types)} columns, got {result.columns}")
    rows = [
        [render(value, kind) for value, kind in zip(row, types, strict=True)] for row in result.rows
    ]
    if sort == "rowsort":
        rows.sort()
    values = [value for row in rows for value in row]
    if sort == "valuesort":
        values.sort()
    return values


def _hash(values: Sequence[str]) -> str:
    return hashlib.md5("".join(f"{value}\n" for value in values).encode()).hexdigest()


def _expected_values(query: Query) -> list[str]:
    """The values of an answer, whether it is written by value or by row."""
    columns = len(query.types)
    if columns > 1 and all(line.count("\t") == columns - 1 for line in query.answer):
        return [value for line in query.answer for value in line.split("\t")]
    return list(query.answer)


def _by_row(values: Sequence[str], columns: int) -> list[str]:
    return ["\t".join(values[i : i + columns]) for i in range(0, len(values), columns)]


# --- running -----------------------------------------------------------------------------------


@dataclass
class _Run:
    engine: Engine
    name: str
    directory: str
    labels: dict[str, str] = field(default_factory=dict)

    def statement(self, record: Statement) -> None:
        try:
            self.engine.execute(record.sql.replace(DIRECTORY, self.directory))
        except EngineError as error:
            if record.error is None:
                raise self._mismatch(record, f"failed: {error}") from error
            if self.engine.own_errors and not re.search(record.error, str(error), re.IGNORECASE):
                message = f"expected an error like: {record.error}\ngot: {error}"
                raise self._mismatch(record, message) from error
            return
        except Exception as crash:
            raise self._mismatch(record, f"crashed: {crash!r}") from crash
        if record.error is not None:
            raise self._mismatch(record, "succeeded, but should fail")

    def query(self, record: Query) -> None:
        values = self.answer(record)
        hashed = HASHED.fullmatch(record.answer[0]) if len(record.answer) == 1 else None
        if hashed:
            right = hashed.groups() == (str(len(values)), _hash(values))
        else:
            right = values == _expected_values(record)
        if not right:
            raise self._mismatch(record, _difference(record, values))
        if record.label is not None:
            first = self.labels.setdefault(record.label, _hash(values))
            if first != _hash(values):
                raise self._mismatch(record, f"other rows than before at label {record.label}")

    def answer(self, record: Query) -> list[str]:
        """The values of a query as text, sorted as it says."""
        try:
            result = self.engine.execute(record.sql.replace(DIRECTORY, self.directory))
            if result is None:
                raise Mismatch("no result")
            return _values(result, record.types, record.sort)
        except (EngineError, Mismatch) as error:
            raise self._mismatch(record, f"failed: {error}") from error
        except Exception as crash:
            raise self._mismatch(record, f"crashed: {crash!r}") from crash

    def _mismatch(self, record: Statement | Query, message: str) -> Mismatch:
        return Mismatch(f"{self.name}:{record.line}: {record.sql}\n{message}")


def _difference(record: Query, values: list[str]) -> str:
    columns = len(record.types)
    expected = _by_row(_expected_values(record), columns)
    got = _by_row(values, columns)
    return "\n".join(difflib.unified_diff(expected, got, "expected", "got", lineterm="", n=1))


def _enabled(records: Iterator[Record], engine: Engine) -> Iterator[Statement | Query]:
    """The records up to the first halt that this engine is meant to run."""
    for record in records:
        if not all(condition.holds(engine) for condition in record.conditions):
            continue
        if isinstance(record, Halt):
            return
        yield record


def run(
    path: Path,
    engine: Engine,
    directory: str,
    only_line: int | None = None,
    limit: int | None = None,
) -> int:
    """Run a file, or its statements and the one query at `only_line`, or its first `limit` records.

    Returns the number of records run. Raises one Mismatch that tells of every record with another
    outcome than expected.
    """
    state = _Run(engine, str(path), directory)
    count = 0
    mismatches = []
    for record in islice(_enabled(parse(path.read_text(), str(path)), engine), limit):
        count += 1
        try:
            match record:
                case Statement():
                    state.statement(record)
                case Query() if only_line in (None, record.line):
                    state.query(record)
        except Mismatch as mismatch:
            mismatches.append(str(mismatch))
        if only_line == record.line:
            break
    if mismatches:
        raise Mismatch("\n\n".join(mismatches))
    return count


def complete(path: Path, engine: Engine, directory: str) -> None:
    """Replace the answers in a file by those of `engine`; raises Mismatch where it has none."""
    lines = path.read_text().splitlines()
    state = _Run(engine, str(path), directory)
    answers: list[tuple[slice, list[str]]] = []
    mismatches = []
    for record in _enabled(parse(path.read_text(), str(path)), engine):
        try:
            match record:
                case Statement():
                    state.statement(record)
                case Query():
                    rows = _by_row(state.answer(record), len(record.types))
                    answers.append((record.answer_lines, ["----", *rows]))
        except Mismatch as mismatch:
            mismatches.append(str(mismatch))
    for where, rows in reversed(answers):
        lines[where] = rows
    path.write_text("\n".join(lines) + "\n")
    if mismatches:
        raise Mismatch("\n\n".join(mismatches))


def main() -> int:
    from tests.oracles import open_engine

    parser = argparse.ArgumentParser(description="Run sqllogictest files.")
    parser.add_argument("files", nargs="+", metavar="FILE[:LINE]")
    parser.add_argument("--engine", default="coldb")
    parser.add_argument("--complete", action="store_true", help="write PostgreSQL's answers")
    options = parser.parse_args()
    failures = 0
    for argument in options.files:
        name, _, line = argument.partition(":")
        engine_name = "postgresql" if options.complete else options.engine
        with tempfile.TemporaryDirectory() as directory, open_engine(engine_name) as engine:
            Path(directory).chmod(0o777)  # PostgreSQL's server may be another user
            try:
                if options.complete:
                    complete(Path(name), engine, directory)
                else:
                    started = time.perf_counter()
                    count = run(Path(name), engine, directory, int(line) if line else None)
                    seconds = time.perf_counter() - started
                    print(f"{name}: {count} records, {count / seconds:.0f} a second")
            except Mismatch as mismatch:
                failures += 1
                print(mismatch, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
