"""What a shell asks: is this text complete, what may follow, and what is each token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_grammar.ast import Span
from coldb_grammar.automaton import advance
from coldb_grammar.diagnosis import acceptable, name_roles
from coldb_grammar.errors import SqlSyntaxError, Unterminated
from coldb_grammar.keywords import RESERVED
from coldb_grammar.lexer import comment_end, scan
from coldb_grammar.table import END, load
from coldb_grammar.tokens import STATEMENT_ENDS, Step, symbol_of, trace

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Suggestions", "is_complete", "next_tokens", "tokens"]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What can stand next: keywords in upper case, and which kinds of names."""

    keywords: tuple[str, ...] = ()
    wants_table: bool = False
    wants_column: bool = False
    wants_source: bool = False
    wants_type: bool = False


def is_complete(text: str) -> bool:
    """Whether to run the text rather than to read on.

    True when it ends with `;` outside of strings and comments, is blank, or is wrong in a way that
    more text cannot mend.
    """
    try:
        last = _last_step(text)
        return last.symbol != END or len(last.states) == 1
    except Unterminated:
        return False
    except SqlSyntaxError:
        return True


def next_tokens(text: str) -> Suggestions:
    """What can stand at the end of the text, in place of the word that is being typed there."""
    typed = re.search(r"\w*\Z", text)
    assert typed is not None
    try:
        last = _last_step(text[: typed.start()])
    except SqlSyntaxError:
        return Suggestions()
    if last.symbol != END:
        return Suggestions()
    table = load()
    roles = name_roles(table, last.states)
    return Suggestions(
        keywords=tuple(sorted(acceptable(table, last.states) & table.keywords)),
        wants_table="table_name" in roles,
        wants_column=not roles.isdisjoint({"column", "column_name", "attribute"}),
        wants_source="source_name" in roles,
        wants_type="type_words" in roles,
    )


def _last_step(text: str) -> Step:
    """The END of the text, or the first token that cannot stand."""
    table = load()
    position = 0
    while True:
        *_, last = trace(table, text, position, "statement")
        is_end = advance(table, last.states, END) is not None or len(last.states) == 1
        if last.symbol != ";" or not is_end:
            return last
        position = last.token[2]


def tokens(text: str) -> Iterator[tuple[str, str, Span]]:
    """Every token with its kind, for highlighting; never raises.

    Kinds: keyword, name, string, number, parameter, operator, comment, and error for what cannot be
    read. White space is left out.
    """
    table = load()
    start_states = [table.starts["statement"]]
    states: list[int] | None = start_states
    position = 0
    while True:
        try:
            token = scan(text, position)
        except SqlSyntaxError as error:
            yield from _comments(text, position, error.span.start)
            end = len(text) if isinstance(error, Unterminated) else error.span.end
            yield "error", text[error.span.start : end], Span(error.span.start, end)
            position, states = end, None
            continue
        kind, start, end = token
        yield from _comments(text, position, start)
        if kind == END:
            return
        if states is not None:
            symbol = symbol_of(table, states, text, token)
            states = advance(table, states, symbol)
        else:
            word = text[start:end].upper()
            symbol = word if kind == "WORD" and word in RESERVED else kind
        if kind in STATEMENT_ENDS:
            states = start_states
        yield _kind(symbol), text[start:end], Span(start, end)
        position = end


_KINDS = {
    "NAME": "name",
    "LABEL": "name",
    "WORD": "name",
    "QUOTED": "name",
    "STRING": "string",
    "BYTES": "string",
    "NUMBER": "number",
    "PARAMETER": "parameter",
}


def _kind(symbol: str) -> str:
    return _KINDS.get(symbol) or ("keyword" if symbol.isupper() else "operator")


_COMMENT = re.compile(r"--[^\n]*+|/\*")


def _comments(text: str, position: int, end: int) -> Iterator[tuple[str, str, Span]]:
    """The comments between two tokens."""
    while (mark := _COMMENT.search(text, position, end)) is not None:
        position = comment_end(text, mark.start()) if mark.group() == "/*" else mark.end()
        yield "comment", text[mark.start() : position], Span(mark.start(), position)
