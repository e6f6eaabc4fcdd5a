"""What there is in a database, in the form in which its system tables tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.engine.functions.literals import text_of
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_warehouse.schema import Column, TableSchema
    from coldb_warehouse.types import Type
    from coldb_warehouse.views import View

__all__ = [
    "DATABASE",
    "SCHEMA",
    "Key",
    "Relation",
    "RelationColumn",
    "default_text",
    "keys",
    "of_table",
    "of_view",
]

DATABASE = "coldb"
SCHEMA = "main"

# Tables have their ids behind this, as PostgreSQL's first relations of users have; views, which have
# no ids, are numbered far above.
_FIRST_TABLE, _FIRST_VIEW = 16_384, 1 << 30


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """`default` is SQL for the value of rows that say none."""

    name: str
    type: Type
    nullable: bool = True
    default: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table (with its schema) or a view (with its query)."""

    oid: int
    name: str
    columns: tuple[RelationColumn, ...]
    comment: str | None
    rows: int = 0
    schema: TableSchema | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A constraint under the name that PostgreSQL would give it. `referenced` is a key of another
    table, or of the same; only foreign keys have one."""

    name: str
    columns: tuple[str, ...]
    referenced: Key | None = None
    table: str = ""
    is_primary: bool = False

    @property
    def kind(self) -> str:
        """PRIMARY KEY, UNIQUE or FOREIGN KEY."""
        if self.referenced is not None:
            return "FOREIGN KEY"
        return "PRIMARY KEY" if self.is_primary else "UNIQUE"


def of_table(schema: TableSchema, rows: int) -> Relation:
    columns = tuple(
        RelationColumn(c.name, c.type, c.nullable, default_text(c), c.comment)
        for c in schema.columns
    )
    return Relation(_FIRST_TABLE + schema.id, schema.name, columns, schema.comment, rows, schema)


def of_view(view: View, number: int, types: tuple[Type, ...]) -> Relation:
    """The view with so many others before it."""
    columns = tuple(
        RelationColumn(name, type_, comment=view.comment_on(name))
        for name, type_ in zip(view.columns, types, strict=True)
    )
    return Relation(_FIRST_VIEW + number, view.name, columns, view.comment, query=view.query)


def keys(relation: Relation) -> Iterator[Key]:
    """The primary key, the unique and the foreign keys of a relation."""
    schema = relation.schema
    if schema is None:
        return
    if schema.primary_key:
        yield Key(f"{schema.name}_pkey", schema.primary_key, table=schema.name, is_primary=True)
    for index in schema.indexes:
        if index.unique:
            yield Key(index.name, index.columns, table=schema.name)
    for key in schema.foreign_keys:
        referenced = Key(f"{key.table}_pkey", key.referenced, table=key.table)
        name = "_".join((schema.name, *key.columns, "fkey"))
        yield Key(name, key.columns, referenced, schema.name)


def default_text(column: Column) -> str | None:
    """SQL for what a column has in rows that say nothing of it."""
    if column.initial is None:
        return None
    text = text_of(column.initial, column.type)
    if column.type.is_numeric or column.type.kind is Kind.BOOLEAN:
        return text
    return "'" + text.replace("'", "''") + "'"
