"""Tokens as the grammar sees them: which words are keywords, in this place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from coldb_grammar.automaton import advance
from coldb_grammar.errors import SqlSyntaxError
from coldb_grammar.keywords import FOLLOWED_BY, FUNCTION_NAMES, RESERVED
from coldb_grammar.lexer import Token, scan
from coldb_grammar.table import END, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Step", "symbol_of", "trace"]

STATEMENT_ENDS = frozenset({END, ";"})


def symbol_of(table: Table, states: list[int], text: str, token: Token) -> str:
    """The symbol of the grammar that a token is, where the machine stands in `states`."""
    kind, start, end = token
    if kind == "QUOTED":
        return "NAME"
    if kind != "WORD":
        return kind
    word = text[start:end]
    if not word.isascii():
        return "NAME"
    word = word.upper()
    if word in RESERVED:
        if word in FUNCTION_NAMES and _follows(text, end, (frozenset({"("}),)):
            return "NAME"
        if word not in table.rows[states[-1]] and advance(table, states, "LABEL"):
            return "LABEL"
        return word
    if word in table.keywords and _is_keyword(table, states, text, word, end):
        return word
    return "NAME"


def _is_keyword(table: Table, states: list[int], text: str, word: str, end: int) -> bool:
    if advance(table, states, word) is None:
        return False
    expected = FOLLOWED_BY.get(word)
    if expected is None or advance(table, states, "NAME") is None:
        return True
    return _follows(text, end, expected)


def _follows(text: str, position: int, expected: tuple[frozenset[str], ...]) -> bool:
    """Whether the tokens from `position` on are the expected ones."""
    for symbols in expected:
        try:
            kind, start, position = scan(text, position)
        except SqlSyntaxError:  # raised again when its turn comes
            return False
        if kind == "WORD":
            word = text[start:position].upper()
            kind = word if word in symbols or word in RESERVED else "NAME"
        elif kind == "QUOTED":
            kind = "NAME"
        if kind not in symbols:
            return False
    return True


class Step(NamedTuple):
    """A token, what it is to the grammar, and the states before it."""

    token: Token
    symbol: str
    states: list[int]


def trace(table: Table, text: str, position: int, goal: str) -> Iterator[Step]:
    """Every token of a statement, up to its end or to the first token that cannot stand.

    The last step is that token, or the `;` or END behind the statement.
    """
    states: list[int] | None = [table.starts[goal]]
    symbol = ""
    while states is not None and symbol not in STATEMENT_ENDS:
        token = scan(text, position)
        symbol = symbol_of(table, states, text, token)
        yield Step(token, symbol, states)
        states = advance(table, states, symbol)
        position = token[2]
