"""Colours for SQL that is being typed, from the grammar's own tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_grammar.completion import tokens
from prompt_toolkit.lexers import Lexer

from coldb.shell.script import is_meta

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples

__all__ = ["STYLE", "SqlLexer", "styled_lines"]

# Token kinds and what they look like; the sixteen colours of the terminal follow its theme.
STYLE = {
    "sql.keyword": "bold ansiblue",
    "sql.string": "ansigreen",
    "sql.number": "ansicyan",
    "sql.parameter": "ansimagenta",
    "sql.comment": "italic ansibrightblack",
    "sql.error": "underline ansired",
    "sql.command": "ansimagenta",
}


class SqlLexer(Lexer):
    """prompt_toolkit's interface to `styled_lines`."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = styled_lines(document.text)
        return lambda number: lines[number] if number < len(lines) else []


def styled_lines(text: str) -> list[StyleAndTextTuples]:
    """The lines of the text as (style, text) pairs that add up to the text."""
    lines: list[StyleAndTextTuples] = [[]]
    for style, piece in _styled_pieces(text):
        first, *others = piece.split("\n")
        lines[-1].append((style, first))
        lines += [[(style, other)] for other in others]
    return lines


def _styled_pieces(text: str) -> list[tuple[str, str]]:
    if is_meta(text):
        return [("class:sql.command", text)]
    pieces = []
    end = 0
    for kind, piece, span in tokens(text):
        pieces += [("", text[end : span.start]), (f"class:sql.{kind}", piece)]
        end = span.end
    return [*pieces, ("", text[end:])]
