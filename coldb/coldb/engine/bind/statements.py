"""The front door of the binder: whatever statement reads rows, as a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from coldb.engine.bind.changes.insertions import bind_insert
from coldb.engine.bind.changes.merges import bind_conflict, bind_merge
from coldb.engine.bind.changes.updates import bind_delete, bind_update
from coldb.engine.bind.queries import bind_query
from coldb_grammar import ast

if TYPE_CHECKING:
    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Parameters
    from coldb.engine.bind.queries import BoundQuery

__all__ = ["Reading", "bind_statement"]

Reading: TypeAlias = "ast.Query | ast.Insert | ast.Delete | ast.Update | ast.Merge"


def bind_statement(node: Reading, catalog: Catalog, parameters: Parameters = None) -> BoundQuery:
    """The query behind a statement; of one that changes rows, it tells which and how."""
    match node:
        case ast.Query():
            return bind_query(node, catalog, parameters)
        case ast.Insert(on_conflict=None):
            return bind_insert(node, catalog, parameters)
        case ast.Insert():
            return bind_conflict(node, catalog, parameters).query
        case ast.Delete():
            return bind_delete(node, catalog, parameters)
        case ast.Update():
            return bind_update(node, catalog, parameters)
        case ast.Merge():
            return bind_merge(node, catalog, parameters).query
        case _:
            assert_never(node)
