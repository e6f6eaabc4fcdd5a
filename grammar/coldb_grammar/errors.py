"""The one error of this package, and how a place in a text is shown."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coldb_grammar.ast import Span

__all__ = ["SqlSyntaxError", "Unterminated", "excerpt", "line_and_column", "listing", "one_line"]

_WIDTH = 100  # columns of the text shown at most


class SqlSyntaxError(Exception):
    """A text that is not SQL. `str()` of it is one line: what is wrong, where, what to do.

    `message` is what is wrong, `span` the place in `text`, `expected` what could stand there, in
    words for people ("a table name", '"("', "FROM"), the most telling first.
    """

    def __init__(self, message: str, text: str, span: Span, expected: tuple[str, ...] = ()) -> None:
        self.message = message
        self.text = text
        self.span = span
        self.expected = expected
        self.line, self.column = line_and_column(text, span.start)
        super().__init__(f"line {self.line}, column {self.column}: {self.complaint}")

    @property
    def complaint(self) -> str:
        """What is wrong and what was expected, in one line."""
        wanted = f"; expected {listing(self.expected)}" if self.expected else ""
        return self.message + wanted

    def render(self) -> str:
        """Several lines: the message, the line of text with the place marked, what was expected."""
        lines = [
            f"syntax error at line {self.line}, column {self.column}: {self.message}",
            excerpt(self.text, self.span),
        ]
        if self.expected:
            lines.append(f"expected {listing(self.expected)}")
        return "\n".join(lines)


class Unterminated(SqlSyntaxError):
    """A string, a quoted name or a comment is never closed; the span is where it opens."""


def one_line(written: str, most: int = 40) -> str:
    """A piece of a text as a message may quote it: printable, on one line, not too long."""
    start = written[: 2 * most]
    line = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return line if len(start) == len(written) and len(line) <= most else line[: most - 3] + "..."


def listing(phrases: tuple[str, ...], most: int = 8) -> str:
    """`a, b or c`, cut after `most`."""
    if len(phrases) > most:
        return ", ".join(phrases[:most]) + ", ..."
    if len(phrases) < 2:
        return "".join(phrases)
    return ", ".join(phrases[:-1]) + " or " + phrases[-1]


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """The line and the column of a position, both counted from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def excerpt(text: str, span: Span) -> str:
    """The line that holds the beginning of the span, and carets below it.

    A long line is cut around the place; control characters become spaces, so that two lines are two
    lines on any terminal.
    """
    start = min(span.start, len(text))
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    number = text.count("\n", 0, start) + 1
    end = max(start + 1, min(span.end, last))

    left = max(first, start - _WIDTH // 2) if last - first > _WIDTH else first
    right = min(last, left + _WIDTH)
    head = f"{number} | " + ("..." if left > first else "")
    tail = "..." if right < last else ""
    shown = "".join(c if c.isprintable() else " " for c in text[left:right])
    indent = len(head) + _columns(shown[: start - left])
    carets = max(1, _columns(shown[start - left : end - left]))
    return f"{head}{shown.rstrip()}{tail}\n{' ' * indent}{'^' * carets}"


def _columns(text: str) -> int:
    """How many columns a terminal gives to the text."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
