"""From the rules of the grammar to nodes of the syntax tree, one function for each rule."""

from coldb_grammar.builders import expressions, queries, statements
from coldb_grammar.builders.action import ACTIONS, Refused

__all__ = ["ACTIONS", "Refused", "expressions", "queries", "statements"]
