"""CREATE INDEX and DROP INDEX.

A warehouse has no use for an index: its tables are kept in order, and each block knows its extremes.
A unique one is a constraint all the same, and the rest is accepted so that the statements of another
database run as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.schema import Index

from coldb.engine.bind import index_name, named_columns
from coldb.result import Result

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.session import Session

__all__ = ["create_index", "drop_index"]


def create_index(session: Session, statement: ast.CreateIndex) -> Result:
    """CREATE [UNIQUE] INDEX [[IF NOT EXISTS] name] ON table (column, ...)."""
    with session.writing() as transaction:
        catalog = session.catalog(transaction)
        schema = catalog.stored(statement.table)
        named = statement.name
        if named and statement.if_not_exists and named.text in catalog.index_names:
            return Result("CREATE INDEX")
        columns = tuple(column.name for column in named_columns(schema, statement.columns))
        if named is None:
            name = index_name(schema.name, columns, "idx", catalog.index_names)
        else:
            name = named.text
        transaction.add_index(schema.name, Index(name, columns, statement.unique))
    return Result("CREATE INDEX")


def drop_index(session: Session, statement: ast.DropIndex) -> Result:
    """DROP INDEX [IF EXISTS] name."""
    name = statement.name.text
    with session.writing() as transaction:
        if not statement.if_exists or name in session.catalog(transaction).index_names:
            transaction.drop_index(name)
    return Result("DROP INDEX")
