"""How SQL for the star has to change for each kind of source, beyond what sqlglot knows.

A kind of source that runs SQL is a module of rules, and a line in DIALECTS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.compare import sqlite_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from coldb.compare.rules import Rule, Types

__all__ = ["DIALECTS", "Dialect"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`name` is sqlglot's; a rule turns a node of its type into what the source understands."""

    name: str
    rules: Mapping[type[exp.Expression], Rule]

    def adapt(self, tree: exp.Query, types: Types) -> exp.Query:
        """The tree with the rules applied in place, inner expressions first."""
        for node in reversed(list(tree.walk())):
            rule = self.rules.get(type(node))
            replacement = node if rule is None else rule(node, types)
            if replacement is not node:
                node.replace(replacement)
        return tree


DIALECTS = {"sqlite": Dialect("sqlite", sqlite_rules.RULES)}
