"""From text to syntax trees: the front door of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_grammar import lexer
from coldb_grammar.ast import Expression, Identifier, Span, Statement
from coldb_grammar.automaton import MAX_DEPTH, Automaton, TooDeep
from coldb_grammar.builders import ACTIONS, Refused
from coldb_grammar.diagnosis import unexpected
from coldb_grammar.errors import SqlSyntaxError
from coldb_grammar.lexer import Token, scan
from coldb_grammar.table import END, load
from coldb_grammar.tokens import STATEMENT_ENDS, symbol_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["parse", "parse_expression", "parse_statement", "split_statements"]


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of a text, separated by `;`. Spans count from the beginning of the text.

    Parameters are numbered within each statement. Raises SqlSyntaxError.
    """
    lexer.check(text)
    statements: list[Statement] = []
    position = 0
    while True:
        kind, start, end = scan(text, position)
        if kind == END:
            return tuple(statements)
        if kind == ";":
            position = end
            continue
        statement, position = _parse_one(text, start, "statement")
        statements.append(statement)


def parse_statement(text: str) -> Statement:
    """The one statement of a text. Raises SqlSyntaxError, also for none and for more than one."""
    statements = parse(text)
    if len(statements) == 1:
        return statements[0]
    if not statements:
        raise SqlSyntaxError("there is no statement", text, Span(0, len(text)))
    raise SqlSyntaxError(
        f"one statement was expected, and there are {len(statements)}", text, statements[1].span
    )


def parse_expression(text: str) -> Expression:
    """A single expression, such as the condition of a filter. Raises SqlSyntaxError."""
    lexer.check(text)
    expression: Expression
    expression, position = _parse_one(text, 0, "expression")
    kind, start, end = scan(text, position)
    if kind != END:
        raise SqlSyntaxError("an expression ends without a ;", text, Span(start, end))
    return expression


def split_statements(text: str) -> tuple[tuple[str, Span], ...]:
    """The text and the place of every statement, without the `;`, and without parsing any.

    Raises SqlSyntaxError for a string or a comment that is never closed.
    """
    lexer.check(text)
    return tuple((text[span.start : span.end], span) for span in _statement_spans(text))


def _statement_spans(text: str) -> Iterator[Span]:
    first, last = -1, -1
    position = 0
    while True:
        kind, start, position = scan(text, position)
        if kind not in STATEMENT_ENDS:
            first, last = start if first < 0 else first, position
            continue
        if first >= 0:
            yield Span(first, last)
            first = -1
        if kind == END:
            return


def _parse_one(text: str, begin: int, goal: str) -> tuple[Any, int]:
    """The tree of the statement or expression at `begin`, and where it ends.

    It ends before the `;` or the end of the text.
    """
    table = load()
    machine = Automaton(table, ACTIONS, goal)
    position, parameters = begin, 0
    marks: set[str] = set()
    token: Token = ("", begin, begin)
    try:
        while True:
            token = scan(text, position)
            kind, start, end = token
            if kind in STATEMENT_ENDS:
                tree = machine.finish()
                if tree is None:
                    raise unexpected(table, text, begin, goal)
                return tree, start
            symbol = symbol_of(table, machine.states, text, token)
            value: object = symbol
            if symbol in _VALUES:
                value = _VALUES[symbol](text, token)
                if symbol == "PARAMETER":
                    marks.add(text[start])
                    if marks >= _POSITIONS:
                        message = "parameters are written either ? or $1, not both"
                        raise SqlSyntaxError(message, text, Span(start, end))
                    if value is None:
                        value = parameters
                        parameters += 1
            if not machine.feed(symbol, value, start, end):
                raise unexpected(table, text, begin, goal)
            position = end
    except TooDeep:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise SqlSyntaxError(message, text, Span(*token[1:])) from None
    except Refused as refusal:
        raise SqlSyntaxError(refusal.message, text, refusal.span) from None


_POSITIONS = {"?", "$"}  # what the parameters begin with that are told apart by number
_MAX_PARAMETER_DIGITS = 5


def _name(text: str, token: Token) -> Identifier:
    kind, start, end = token
    if kind == "WORD":
        return Identifier(lexer.fold(text[start:end]), Span(start, end))
    name = text[start + 1 : end - 1].replace('""', '"')
    if not name:
        raise SqlSyntaxError("a quoted name needs at least one character", text, Span(start, end))
    return Identifier(name, Span(start, end))


def _parameter(text: str, token: Token) -> int | str | None:
    """The index of `$1`, the name of `:name`, None for `?`."""
    _, start, end = token
    key = text[start + 1 : end]
    if text[start] != "$":
        return key or None
    if not 1 <= len(key) <= _MAX_PARAMETER_DIGITS or int(key) < 1:
        raise SqlSyntaxError("parameters are numbered from $1", text, Span(start, end))
    return int(key) - 1


_VALUES: dict[str, Callable[[str, Token], object]] = {
    "NAME": _name,
    "LABEL": _name,
    "PARAMETER": _parameter,
    "NUMBER": lexer.number_value,
    "STRING": lexer.string_value,
    "BYTES": lexer.bytes_value,
}
