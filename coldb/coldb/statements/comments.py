"""COMMENT ON: what is said of tables, views and their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.names import did_you_mean
from coldb.errors import ProgrammingError
from coldb.result import Result

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.session import Session

__all__ = ["comment"]


def comment(session: Session, statement: ast.Comment) -> Result:
    """COMMENT ON TABLE t | VIEW v | COLUMN t.c IS 'text' | NULL."""
    name, column = statement.table, statement.column
    with session.writing() as transaction:
        catalog = session.catalog(transaction)
        view = catalog.view(name.text)
        if statement.kind == "view" and view is None and catalog.is_stored(name.text):
            raise ProgrammingError(f'"{name.text}" is a table: write ON TABLE', name.span)
        if statement.kind == "table" and view is not None:
            raise ProgrammingError(f'"{name.text}" is a view: write ON VIEW', name.span)
        if view is not None:
            columns = view.columns
        else:
            columns = tuple(column.name for column in catalog.stored(name).columns)
        if column is not None and column.text not in columns:
            hint = did_you_mean(column.text, columns)
            raise ProgrammingError(
                f'"{name.text}" has no column "{column.text}"{hint}', column.span
            )
        text = statement.text or None  # an empty comment is none, as in PostgreSQL
        transaction.comment(name.text, None if column is None else column.text, text)
    return Result("COMMENT")
