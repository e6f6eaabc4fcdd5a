"""The statements that are no queries: one function each, given the session and the syntax tree."""

from __future__ import annotations

from coldb.statements.alter import alter_table
from coldb.statements.changes import delete, truncate, update
from coldb.statements.comments import comment
from coldb.statements.copy import copy
from coldb.statements.definitions import (
    create_source,
    create_table,
    create_table_as,
    drop_source,
    drop_table,
)
from coldb.statements.indexes import create_index, drop_index
from coldb.statements.insert import insert
from coldb.statements.macros import create_macro, drop_macro
from coldb.statements.maintenance import optimize, set_retention, vacuum
from coldb.statements.merge import merge
from coldb.statements.prepared import deallocate, execute_prepared, prepare
from coldb.statements.show import describe, show
from coldb.statements.summarize import summarize
from coldb.statements.views import create_view, drop_view

__all__ = [
    "alter_table",
    "comment",
    "copy",
    "create_index",
    "create_macro",
    "create_source",
    "create_table",
    "create_table_as",
    "create_view",
    "deallocate",
    "delete",
    "describe",
    "drop_index",
    "drop_macro",
    "drop_source",
    "drop_table",
    "drop_view",
    "execute_prepared",
    "insert",
    "merge",
    "optimize",
    "prepare",
    "set_retention",
    "show",
    "summarize",
    "truncate",
    "update",
    "vacuum",
]
