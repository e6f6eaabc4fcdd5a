"""Statements that were right and are not any more: what parses, binds and runs by chance, and what
does not."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coldb_grammar import SqlSyntaxError
from coldb_grammar.keywords import RESERVED
from coldb_grammar.lexer import scan
from coldb_grammar.table import END, load

from benchmarks.ddl import without_star
from tests.slt import Query, Statement, parse

if TYPE_CHECKING:
    import random

__all__ = ["Seeds", "mutated", "seeds", "soup"]

SQL = Path(__file__).parents[1] / "sql"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
DATA = Path(os.environ.get("COLDB_DATA", SQL.parents[2] / "shared" / "data"))

# What may not be tried at random: it writes files, or ends the transaction that undoes the rest.
_UNSAFE = re.compile(
    r"\b(copy|begin|start|commit|rollback|vacuum|retention|source)\b|__DIR__", re.IGNORECASE
)
_SETUP = re.compile(r"\s*(create|insert)\b", re.IGNORECASE)

_NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "10",
    "1.5",
    "-1",
    "1e3",
    "2147483647",
    "9223372036854775807",
    "1e30",
)
_STRINGS = ("''", "'a'", "'%'", "'1'", "'2024-02-30'", "'x_'", "'('", "E'\\n'", "X'00'", "NULL")
_PUNCTUATION = "( ) , . + - * / % ^ || = <> < <= > >= :: ~ !~* & | # << [ ] ? $1 => ;"
_MARKS = _PUNCTUATION.split()
_KIN = (
    ["+", "-", "*", "/", "%", "^", "||", "&", "|"],
    ["=", "<>", "<", "<=", ">", ">="],
    ["AND", "OR"],
    ["ASC", "DESC"],
    ["LEFT", "RIGHT", "FULL", "INNER"],
    ["UNION", "EXCEPT", "INTERSECT"],
    ["ROWS", "RANGE", "GROUPS"],
    ["PRECEDING", "FOLLOWING"],
    ["ALL", "DISTINCT"],
    ["ANY", "ALL"],
    ["NULL", "TRUE", "FALSE"],
    ["ROLLUP", "CUBE"],
)
_KEYWORDS = sorted(word for word in load().keywords if not _UNSAFE.search(word))


@dataclass(frozen=True, slots=True)
class Seeds:
    """Statements that make tables; queries and changes of them, as tokens; their names."""

    setup: tuple[str, ...]
    statements: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]


def seeds() -> dict[str, Seeds]:
    """One for each file of the SQL corpus, and for the standard suites where they are present."""
    found = {}
    for file in sorted(SQL.glob("*.slt")):
        records = [
            record.sql
            for record in parse(file.read_text(encoding="utf-8"))
            if isinstance(record, Query | Statement) and not _UNSAFE.search(record.sql)
        ]
        setup = [sql for sql in records if _SETUP.match(sql)]
        found[file.stem] = _seeds(setup, records)
    for name in ("tpch", "tpcds"):
        files = sorted((DATA / name / "queries").glob("*.sql"))
        schema = without_star((BENCHMARKS / name / "schema.sql").read_text(encoding="utf-8"))
        found[name] = _seeds(schema.split(";"), [file.read_text("utf-8") for file in files])
    return {name: one for name, one in found.items() if one.statements}


def _seeds(setup: list[str], statements: list[str]) -> Seeds:
    tokens = [found for found in map(_tokens, statements) if found]
    words = {one for statement in tokens for one in statement if one[0].isalpha()}
    names = sorted(word for word in words if word.upper() not in RESERVED)
    return Seeds(tuple(setup), tuple(tokens), tuple(names))


def _tokens(sql: str) -> tuple[str, ...]:
    """The tokens as written; none of a text that cannot be read to its end."""
    tokens, position = [], 0
    while True:
        try:
            kind, start, position = scan(sql, position)
        except SqlSyntaxError:
            return ()
        if kind == END:
            return tuple(tokens)
        tokens.append(sql[start:position])


def mutated(seed: Seeds, dice: random.Random) -> str:
    """One of the statements after one to three small accidents, most of which leave it SQL."""
    tokens = list(dice.choice(seed.statements))
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(tokens) + 1)
        length = dice.randint(0, 3)
        match dice.randrange(20):
            case 0:
                del tokens[place : place + length]
            case 1:
                tokens[place:place] = tokens[place : place + length]
            case 2:
                tokens[place:place] = [_any(seed, dice)]
            case 3:
                other = dice.choice(seed.statements)
                start = dice.randrange(len(other))
                tokens[place : place + length] = other[start : start + dice.randint(1, 8)]
            case 4 | 5 | 6:
                _graft(tokens, list(dice.choice(seed.statements)), dice)
            case _:
                tokens[place : place + 4] = [
                    _alike(token, seed, dice) for token in tokens[place : place + 4]
                ]
    return " ".join(tokens)


def _graft(tokens: list[str], other: list[str], dice: random.Random) -> None:
    """Puts a pair of parentheses of the other statement in the place of one of these."""
    here, there = _parentheses(tokens), _parentheses(other)
    if here and there:
        tokens[slice(*dice.choice(here))] = other[slice(*dice.choice(there))]


def _parentheses(tokens: list[str]) -> list[tuple[int, int]]:
    """From where to where each pair goes."""
    opened: list[int] = []
    pairs = []
    for place, token in enumerate(tokens):
        if token == "(":
            opened.append(place)
        elif token == ")" and opened:
            pairs.append((opened.pop(), place + 1))
    return pairs


def soup(seed: Seeds, dice: random.Random) -> str:
    return " ".join(["SELECT", *(_any(seed, dice) for _ in range(dice.randint(1, 25)))])


def _any(seed: Seeds, dice: random.Random) -> str:
    pools = (_NUMBERS, _STRINGS, _MARKS, _KEYWORDS, seed.names)
    return dice.choice(dice.choice(pools))


def _alike(token: str, seed: Seeds, dice: random.Random) -> str:
    """A token that may well stand where this one stands; often the same."""
    if dice.randrange(2):
        return token
    if token[0].isdigit() or token[0] == "'":
        return dice.choice(dice.choice((_NUMBERS, _STRINGS)))
    for kin in _KIN:
        if token.upper() in kin:
            return dice.choice(kin)
    is_name = token[0].isalpha() and token.upper() not in RESERVED
    return dice.choice(seed.names) if is_name else token
