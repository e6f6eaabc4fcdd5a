"""Views in FROM: the query of the view stands where its name does.

A view is kept as text in which `*` is written out, so that it has the columns that it was created
with whatever its tables have got since.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from coldb.engine.bind.context import Output, Surroundings
from coldb.errors import ProgrammingError
from coldb_grammar import SqlSyntaxError, ast, parse_statement
from coldb_grammar.trees import placed

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb_warehouse import Snapshot
    from coldb_warehouse.views import View

__all__ = ["bind_view"]


def bind_view(view: View, past: Snapshot | None, context: Context, span: ast.Span) -> Output:
    """One use of a view, whose tables are read as of `past`, or as the statement sees them.

    Its errors, also those at run time, are at the place where it is used. Raises ProgrammingError
    if it no longer fits its tables.
    """
    with context.expanding(f'view "{view.name}"', span):
        try:
            query = placed(_parsed(view.query), span)
        except SqlSyntaxError as error:
            raise ProgrammingError(f"its text is no query: {error.message}") from error
        output = context.query(query, Surroundings(past=past))
        found = len(output.plan.fields)
        if found != len(view.columns):
            raise ProgrammingError(f"it has {found} columns now, not {len(view.columns)}")
        return output


@lru_cache(256)
def _parsed(text: str) -> ast.Query:
    statement = parse_statement(text)
    if not isinstance(statement, ast.Query):
        raise ProgrammingError("its text is no query")
    return statement
