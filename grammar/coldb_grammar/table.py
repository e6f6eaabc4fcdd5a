"""The LALR(1) table of the grammar, as plain data.

Building it with Lark takes about half a second, so it is kept in the user's cache directory; read
from there it takes a few milliseconds and needs no Lark.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from coldb_grammar import cache

__all__ = ["END", "Plan", "Rule", "Table", "load"]

END = "$END"
TOKEN_CLASSES = frozenset({"NAME", "LABEL", "STRING", "BYTES", "NUMBER", "PARAMETER", END})

# What a rule makes its node from, in order: (position among its children, whether that child is a
# list to be spliced in), or None for an optional part that is absent.
Plan: TypeAlias = tuple[tuple[int, bool] | None, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One alternative of one rule of the grammar.

    `action` names the function in build/ that makes the node. A rule without one either passes on
    its child at `passes`, or is a helper of Lark's that gathers a repetition into a list. A unit
    rule passes on its only child: reducing by it changes the state and nothing else.
    """

    origin: str
    size: int
    action: str | None
    passes: int | None
    plan: Plan
    is_unit: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`rows[state][symbol]` is the next state, or `~rule` to reduce by that rule.

    Symbols are keywords in upper case, operators as written, the token classes of `coldb.lark` and,
    for the states after a reduction, the names of rules.
    """

    rows: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    starts: dict[str, int]
    ends: dict[str, int]
    keywords: frozenset[str]
    settled: dict[tuple[int, int, str], int] = field(default_factory=dict)
    """Where unit rules have led so far: from two states and a symbol to the upper state."""


@functools.cache
def load() -> Table:
    """The table of `coldb.lark`, from the cache where there is one."""
    grammar = Path(__file__).with_name("coldb.lark").read_text(encoding="utf-8")
    entry = cache.Entry.of(grammar)
    data = entry.read()
    if data is None:
        # Lark is slow to import, and needed only here.
        from coldb_grammar.generate import generate

        data = generate(grammar)
        entry.write(data)
    return _decode(data)


def _decode(data: dict[str, Any]) -> Table:
    symbols: list[str] = data["symbols"]
    return Table(
        rows=tuple(
            {symbols[symbol]: step for symbol, step in zip(row[::2], row[1::2], strict=True)}
            for row in data["rows"]
        ),
        rules=tuple(_rule(*rule) for rule in data["rules"]),
        starts=data["starts"],
        ends=data["ends"],
        keywords=frozenset(s for s in symbols if s.isupper()) - TOKEN_CLASSES,
    )


def _rule(origin: str, size: int, action: str | None, passes: int | None, plan: Any) -> Rule:
    parts = tuple((part[0], part[1]) if part else None for part in plan)
    return Rule(origin, size, action, passes, parts, is_unit=passes is not None and size == 1)
