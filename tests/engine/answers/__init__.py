"""Scalar expressions with their answers, as PostgreSQL has them: one a line, by topic in text files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Case", "cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """`answer` is text, None for NULL; or `error` is how a message starts. `postgres` is told where
    PostgreSQL deliberately answers otherwise."""

    expression: str
    answer: str | None
    error: str | None
    postgres: str | None


def cases() -> list[tuple[str, Case]]:
    """Every case with a name to find it by."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line and not line.startswith("#"):
                found.append((f"{path.stem}:{number}", _case(line)))
    return found


def _case(line: str) -> Case:
    expression, _, told = line.rpartition(" -> ")
    told, _, postgres = told.partition(" | ")
    if told.startswith("ERROR "):
        return Case(expression, None, told.removeprefix("ERROR "), postgres or None)
    answer = told[1:-1] if told.startswith('"') else told
    return Case(expression, None if told == "NULL" else answer, None, postgres or None)
