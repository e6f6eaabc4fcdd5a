"""ALTER TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from coldb_grammar import ast
from coldb_warehouse.schema import Index

from coldb.engine.bind import added_column, bind_type, column_value, index_name, named_columns
from coldb.result import Result
from coldb.statements.views import keeping_views

if TYPE_CHECKING:
    from coldb_warehouse import Transaction

    from coldb.engine.bind import Catalog
    from coldb.session import Session

__all__ = ["alter_table"]


def alter_table(session: Session, statement: ast.AlterTable) -> Result:
    """ALTER TABLE [IF EXISTS] table alteration, ...: all of them or none."""
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        name = statement.table
        if statement.if_exists and not transaction.snapshot().has_table(name.text):
            return Result("ALTER TABLE")
        for alteration in statement.alterations:
            name = _alter(transaction, name, alteration, session.catalog(transaction))
    return Result("ALTER TABLE")


def _alter(
    transaction: Transaction, table: ast.Identifier, node: ast.Alteration, catalog: Catalog
) -> ast.Identifier:
    """One alteration; the name that the table has behind it."""
    schema = catalog.stored(table)
    known = {column.name for column in schema.columns}
    match node:
        case ast.AddColumn(column=definition):
            if not (node.if_not_exists and definition.name.text in known):
                transaction.add_column(schema.name, added_column(definition, catalog))
        case ast.DropColumn(column=column):
            if not (node.if_exists and column.text not in known):
                (dropped,) = named_columns(schema, (column,))
                transaction.drop_column(schema.name, dropped.name)
        case ast.RenameColumn(column=column, name=new):
            (renamed,) = named_columns(schema, (column,))
            transaction.rename_column(schema.name, renamed.name, new.text)
        case ast.RenameTable(name=new):
            transaction.rename_table(schema.name, new.text)
            return new
        case ast.SetType(column=column, type=type_):
            (changed,) = named_columns(schema, (column,))
            transaction.set_column_type(schema.name, changed.name, bind_type(type_))
        case ast.SetNullable(column=column, nullable=nullable):
            (changed,) = named_columns(schema, (column,))
            transaction.set_nullable(schema.name, changed.name, nullable)
        case ast.UniqueKey(columns=columns, name=name):
            key = tuple(column.name for column in named_columns(schema, columns))
            index = name.text if name else index_name(schema.name, key, "key", catalog.index_names)
            transaction.add_index(schema.name, Index(index, key, unique=True))
        case ast.DropIndex(name=name):
            if not node.if_exists or any(it.name == name.text for it in schema.indexes):
                transaction.drop_index(name.text)
        case ast.DropPartition():
            value = column_value(node.value, schema, catalog)
            transaction.drop_partition(schema.name, value)
        case _:
            assert_never(node)
    return table
