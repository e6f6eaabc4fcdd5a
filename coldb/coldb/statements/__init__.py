"""The statements that are no queries: one function each, given the session and the syntax tree."""

from __future__ import annotations

from coldb.statements.copy import copy
from coldb.statements.definitions import create_source, create_table, drop_source, drop_table
from coldb.statements.insert import insert
from coldb.statements.show import describe, show

__all__ = [
    "copy",
    "create_source",
    "create_table",
    "describe",
    "drop_source",
    "drop_table",
    "insert",
    "show",
]
