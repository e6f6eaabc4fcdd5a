"""Why a token cannot stand where it stands, in words for people."""

from __future__ import annotations

from coldb_grammar.advice import advice_on
from coldb_grammar.ast import Span
from coldb_grammar.automaton import advance
from coldb_grammar.errors import SqlSyntaxError, one_line
from coldb_grammar.keywords import RESERVED
from coldb_grammar.lexer import scan
from coldb_grammar.table import END, TOKEN_CLASSES, Table
from coldb_grammar.tokens import STATEMENT_ENDS, Step, symbol_of, trace

__all__ = ["ROLES", "acceptable", "name_roles", "unexpected"]

# The rules that take a bare name, and what it is the name of.
ROLES = {
    "table_name": "a table name",
    "source_name": "a source name",
    "column_name": "a column name",
    "attribute": "a column name",
    "column": "a column name",
    "new_name": "a name",
    "alias_name": "an alias",
    "window_name": "a window name",
    "macro_name": "a macro name",
    "index_method": "the name of a method",
    "index_name": "an index name",
    "collation": "a collation",
    "prepared_name": "the name of a prepared statement",
    "label": "a name",
    "type_words": "a type",
    "extract_part": "a field such as YEAR",
}
_TOKENS = {
    "STRING": "a string in single quotes",
    "NUMBER": "a number",
    "PARAMETER": "a parameter",
}
_OPERATORS = frozenset(
    {"OR", "AND", "NOT", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "=", "<>", "<", "<=", ">", ">="}
    | {"||", "+", "-", "*", "/", "%", "^", "::", "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"}
    | {"&", "|", "#", "<<", ">>", "[", "SIMILAR", "OVERLAPS", "ISNULL", "NOTNULL", "AT", "COLLATE"}
)
_BEHIND_NAMES = frozenset({".", "(", "STRING", "WITH", "WITHOUT"})
# Keywords that most likely were meant, in the order of a query; the others follow by name.
_FIRST = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "JOIN", "ON", "AS")
_SIMILARITY = 0.7  # of a misspelt keyword, by difflib's measure


def unexpected(table: Table, text: str, begin: int, goal: str) -> SqlSyntaxError:
    """The error for the first token of the statement at `begin` that cannot stand."""
    before, last = _last_two(table, text, begin, goal)
    kind, start, end = last.token
    advice = _advice(text, before, last)
    if advice is not None and kind != END:
        message = f'unexpected "{one_line(text[start:end])}": {advice}'
        return SqlSyntaxError(message, text, Span(start, end))
    misspelt = _misspelt(table, text, before, last)
    if misspelt is not None:
        span, keyword = misspelt
        written = text[span.start : span.end]
        return SqlSyntaxError(f'unexpected "{written}", did you mean {keyword}?', text, span)
    if kind == ")" and not _is_open(text, begin, start):
        return SqlSyntaxError('unexpected ")": no "(" is open here', text, Span(start, end))
    if kind == END:
        message = "the text ends too soon"
        start = end = before.token[2] if before else start
    elif last.symbol in RESERVED and _may_be_meant_as_name(table, last):
        word = text[start:end]
        message = (
            f'unexpected reserved word {word.upper()}; as a name it is written "{word.lower()}"'
        )
    else:
        message = f'unexpected "{one_line(text[start:end])}"'
    return SqlSyntaxError(message, text, Span(start, end), _phrases(table, last.states))


def acceptable(table: Table, states: list[int]) -> set[str]:
    """The symbols of tokens that can stand next."""
    candidates = (symbol for symbol in table.rows[states[-1]] if not symbol.islower())
    return {symbol for symbol in candidates if advance(table, states, symbol) is not None}


def name_roles(table: Table, states: list[int]) -> set[str]:
    """The rules that would take a name that stands next."""
    after = advance(table, states, "NAME")
    if after is None:
        return set()
    steps = table.rows[after[-1]].values()
    return {table.rules[~step].origin for step in steps if step < 0}


def _last_two(table: Table, text: str, position: int, goal: str) -> tuple[Step | None, Step]:
    before = last = None
    for step in trace(table, text, position, goal):
        before, last = last, step
    assert last is not None
    return before, last


def _advice(text: str, before: Step | None, last: Step) -> str | None:
    _, start, end = last.token
    name = touching = ""
    if before is not None:
        if before.symbol == "NAME":
            name = text[before.token[1] : before.token[2]]
        if before.token[2] == start:
            touching = text[before.token[1] : end]
    return advice_on(text[start:end], name, touching)


def _is_open(text: str, begin: int, end: int) -> bool:
    """Whether a parenthesis is open at `end`."""
    depth = 0
    while begin < end:
        kind, _, begin = scan(text, begin)
        depth += (kind == "(") - (kind == ")")
    return depth > 0


def _may_be_meant_as_name(table: Table, step: Step) -> bool:
    """Whether a name must stand where a reserved word does, or the word has no other meaning."""
    roles = name_roles(table, step.states)
    if not roles or step.symbol not in table.keywords:
        return bool(roles)
    if "alias_name" in roles:
        symbols = acceptable(table, step.states)
        return symbols - (table.keywords - RESERVED) == {"NAME"}
    return "column" not in roles


def _misspelt(table: Table, text: str, before: Step | None, last: Step) -> tuple[Span, str] | None:
    """The word that was meant to be a keyword, and the keyword.

    It is the token that cannot stand or, taken for a name by mistake, the one before it.
    """
    if last.token[0] == "WORD":
        for keyword in _similar(table, text, last):
            return Span(*last.token[1:]), keyword
    if before is not None and before.token[0] == "WORD" and before.symbol == "NAME":
        for keyword in _similar(table, text, before):
            states = advance(table, before.states, keyword)
            if states and _can_stand(table, text, states, last):
                return Span(*before.token[1:]), keyword
    return None


def _can_stand(table: Table, text: str, states: list[int], step: Step) -> bool:
    if step.symbol in STATEMENT_ENDS:
        return False
    symbol = symbol_of(table, states, text, step.token)
    return advance(table, states, symbol) is not None


def _similar(table: Table, text: str, step: Step) -> list[str]:
    # difflib is slow to import, and needed only here.
    from difflib import get_close_matches

    word = text[step.token[1] : step.token[2]].upper()
    if len(word) < 3 or word in RESERVED:
        return []
    keywords = acceptable(table, step.states) & table.keywords
    return get_close_matches(word, sorted(keywords), cutoff=_SIMILARITY)


def _phrases(table: Table, states: list[int]) -> tuple[str, ...]:
    """What could stand next: kinds of things, punctuation, keywords, what is optional."""
    if states == [table.starts["statement"]]:
        return ("a statement such as SELECT",)
    symbols = acceptable(table, states)
    roles: set[str] = set()
    things: list[str] = []
    if "CASE" in symbols:
        symbols -= acceptable(table, [table.starts["expression"]])
        if "ANY" in symbols:  # behind a comparison
            symbols -= {"ALL", "ANY", "SOME"}
        things.append("an expression")
    elif "NAME" in symbols:
        roles = name_roles(table, states)
        if "type_words" in roles:
            symbols -= table.keywords
    if "." in symbols:  # behind a name, of which these make something else
        symbols -= _BEHIND_NAMES
    if "+" in symbols:
        # Behind BETWEEN it is AND alone that goes on.
        symbols -= _OPERATORS if "OR" in symbols else _OPERATORS - {"AND"}
        things.append("an operator")
    things += sorted({ROLES[role] for role in roles - {"alias_name"}})
    things += [phrase for token, phrase in _TOKENS.items() if token in symbols]
    words = [word for word in _FIRST if word in symbols]
    words += sorted((symbols & table.keywords).difference(_FIRST))
    marks = sorted(symbols - table.keywords - TOKEN_CLASSES)
    last = [ROLES["alias_name"]] if "alias_name" in roles else []
    if END in symbols:
        last.append("the end of the statement")
    return (*things, *(f'"{mark}"' for mark in marks), *words, *last)
