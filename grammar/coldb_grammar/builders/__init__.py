"""From the rules of the grammar to nodes of the syntax tree, one function for each rule."""

from coldb_grammar.builders import (
    calls,
    changes,
    expressions,
    groups,
    queries,
    statements,
    tables,
    views,
    windows,
)
from coldb_grammar.builders.action import ACTIONS, Refused

__all__ = [
    "ACTIONS",
    "Refused",
    "calls",
    "changes",
    "expressions",
    "groups",
    "queries",
    "statements",
    "tables",
    "views",
    "windows",
]
