"""Scripts: lines of text cut into what the shell runs at once, meta commands and pieces of SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_grammar import split_statements
from coldb_grammar.completion import is_complete

from coldb.errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Statement", "Unit", "is_meta", "is_ready", "units"]

# A dot must be followed by a letter: `.5` would start a number.
_META = re.compile(r"\s*(\\|\.[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement; `line` counts from one in the script."""

    sql: str
    line: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A meta command, or SQL of one or more statements; `line` counts from one in the script."""

    text: str
    line: int = 1

    def statements(self) -> Iterator[Statement]:
        """The statements of the piece; raises ProgrammingError where a quote is never closed."""
        text = "\n" * (self.line - 1) + self.text
        with translated(text):
            parts = split_statements(text)
        for sql, span in parts:
            yield Statement(sql, 1 + text.count("\n", 0, span.start))


def is_meta(text: str) -> bool:
    """Whether the text is a meta command, such as `\\d` or `.tables`."""
    return _META.match(text) is not None


def is_ready(text: str) -> bool:
    """Whether Enter runs the text, rather than begin its next line."""
    return is_meta(text) or not text.strip() or is_complete(text)


def units(lines: Iterable[str]) -> Iterator[Unit]:
    """The units of a script, each as soon as its last line is read. What is left is one, too."""
    text, first = "", 1
    for number, line in enumerate(lines, start=1):
        if not text:
            if is_meta(line):
                yield Unit(line.strip(), number)
                continue
            if not line.strip() or line.lstrip().startswith("--"):
                continue
            first = number
        text += line
        # Only a semicolon can complete a statement in a script, and looking is not free.
        if ";" in line and is_complete(text):
            yield Unit(text, first)
            text = ""
    if text:
        yield Unit(text, first)
