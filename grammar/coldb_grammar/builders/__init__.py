"""From the rules of the grammar to nodes of the syntax tree, one function for each rule."""

from coldb_grammar.builders import changes, expressions, queries, statements, tables
from coldb_grammar.builders.action import ACTIONS, Refused

__all__ = ["ACTIONS", "Refused", "changes", "expressions", "queries", "statements", "tables"]
