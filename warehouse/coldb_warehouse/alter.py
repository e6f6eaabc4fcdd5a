"""Changes of tables that have rows already. None of them rewrites data: what was written before is
found by the ids of columns, and converted when it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb_warehouse.catalog import (
    check_column,
    check_index_is_free,
    check_name_is_free,
    check_references,
    find_table,
)
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.nearest import nearest
from coldb_warehouse.types import Kind, Type
from coldb_warehouse.versions.manifest import column_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb_warehouse.schema import Column, Index, TableSchema
    from coldb_warehouse.versions.manifest import Manifest, TableEntry

__all__ = [
    "add_column",
    "add_index",
    "comment_on_table",
    "drop_column",
    "drop_index",
    "rename_column",
    "rename_table",
    "set_column_type",
    "set_nullable",
]

_INTEGERS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT)
_DIGITS = {Kind.SMALLINT: 5, Kind.INTEGER: 10, Kind.BIGINT: 19}  # what a DECIMAL needs to hold them


def add_column(manifest: Manifest, table: str, column: Column) -> Manifest:
    """Adds a column behind the others, in which all rows there are have its initial value."""
    entry = find_table(manifest, table)
    schema = entry.schema
    column = replace(column, id=entry.next_column_id)
    check_column(schema, column)
    if entry.live_rows and not column.nullable and column.initial is None:
        raise CatalogError(
            f'table "{table}" has rows, which would have no value in column "{column.name}"; '
            f"give it a DEFAULT or leave out NOT NULL"
        )
    schema = replace(schema, columns=(*schema.columns, column))
    entry = replace(entry, schema=schema, next_column_id=entry.next_column_id + 1)
    return check_references(manifest.with_table(entry))


def drop_column(manifest: Manifest, table: str, name: str) -> Manifest:
    """Removes a column and its data; refused while a key, an order or partitions need it."""
    entry = find_table(manifest, table)
    schema = entry.schema
    schema.column(name)
    for clause, columns in schema.clauses:
        if name in columns:
            raise CatalogError(f'column "{name}" of table "{table}" is in its {clause}; keep it')
    if len(schema.columns) == 1:
        raise CatalogError(f'column "{name}" is the only one of table "{table}"; drop the table')
    key = column_key(schema, name)
    segments = tuple(
        replace(segment, chunks={k: c for k, c in segment.chunks.items() if k != key})
        for segment in entry.segments
    )
    dictionaries = {k: d for k, d in entry.dictionaries.items() if k != key}
    schema = replace(schema, columns=tuple(c for c in schema.columns if c.name != name))
    return manifest.with_table(
        replace(entry, schema=schema, segments=segments, dictionaries=dictionaries)
    )


def rename_column(manifest: Manifest, table: str, old: str, new: str) -> Manifest:
    """Gives a column another name, also where keys, orders and other tables name it."""
    entry = find_table(manifest, table)
    column = entry.schema.column(old)
    if old == new:
        return manifest
    check_column(entry.schema, replace(column, name=new))

    def renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in columns)

    def changed(schema: TableSchema) -> TableSchema:
        keys = schema.foreign_keys
        if schema.name == table:
            schema = replace(
                schema,
                columns=_replaced(schema, old, lambda column: replace(column, name=new)),
                primary_key=renamed(schema.primary_key),
                order_by=renamed(schema.order_by),
                indexes=tuple(replace(one, columns=renamed(one.columns)) for one in schema.indexes),
                hierarchies=tuple(
                    replace(one, columns=renamed(one.columns)) for one in schema.hierarchies
                ),
                partitioning=schema.partitioning
                and replace(schema.partitioning, column=renamed((schema.partitioning.column,))[0]),
                foreign_keys=(),
            )
            keys = tuple(replace(key, columns=renamed(key.columns)) for key in keys)
        keys = tuple(
            replace(key, referenced=renamed(key.referenced)) if key.table == table else key
            for key in keys
        )
        return replace(schema, foreign_keys=keys)

    return _with_schemas(manifest, changed)


def rename_table(manifest: Manifest, old: str, new: str) -> Manifest:
    """Gives a table another name; foreign keys follow."""
    find_table(manifest, old)
    check_name_is_free(manifest, new)

    def changed(schema: TableSchema) -> TableSchema:
        keys = tuple(
            replace(key, table=new) if key.table == old else key for key in schema.foreign_keys
        )
        return replace(schema, name=new if schema.name == old else schema.name, foreign_keys=keys)

    return _with_schemas(manifest, changed)


def set_column_type(manifest: Manifest, table: str, name: str, type: Type) -> Manifest:
    """Gives a column a wider type, and with it the foreign keys that reference the column."""
    schema = find_table(manifest, table).schema
    column = schema.column(name)
    if not _is_wider(type, column.type):
        raise CatalogError(
            f'column "{name}" of table "{table}" is {column.type} and can only get a type that '
            f"holds all such values in the same form, which {type} does not; add a column of that "
            f"type, update it from this one, then drop this one"
        )
    for key in schema.foreign_keys:
        if name in key.columns:
            referenced = key.referenced[key.columns.index(name)]
            if (key.table, referenced) != (table, name):
                raise CatalogError(
                    f'column "{name}" of table "{table}" has the type of what it references; '
                    f'change column "{referenced}" of table "{key.table}": this one follows'
                )
    widened = _columns_alike(manifest, table, name)

    def changed(schema: TableSchema) -> TableSchema:
        columns = tuple(
            replace(c, type=type) if (schema.name, c.name) in widened else c for c in schema.columns
        )
        return replace(schema, columns=columns)

    return _with_schemas(manifest, changed)


def set_nullable(manifest: Manifest, table: str, name: str, nullable: bool) -> Manifest:
    """Allows or forbids NULL in a column; that there is none is for the caller to know."""
    entry = find_table(manifest, table)
    schema = entry.schema
    if nullable and name in schema.primary_key:
        raise CatalogError(
            f'column "{name}" is in the PRIMARY KEY of table "{table}" and stays NOT NULL'
        )
    columns = _replaced(schema, name, lambda column: replace(column, nullable=nullable))
    entry = replace(entry, schema=replace(schema, columns=columns))
    return check_references(manifest.with_table(entry))


def add_index(manifest: Manifest, table: str, index: Index) -> Manifest:
    """Declares an index; that no rows stand against a unique one is for the caller to know."""
    check_index_is_free(manifest, index.name)
    entry = find_table(manifest, table)
    schema = replace(entry.schema, indexes=(*entry.schema.indexes, index))
    return manifest.with_table(replace(entry, schema=schema))


def drop_index(manifest: Manifest, name: str) -> Manifest:
    """Takes an index back, of whichever table it is."""
    for entry in manifest.tables:
        indexes = tuple(index for index in entry.schema.indexes if index.name != name)
        if indexes != entry.schema.indexes:
            return manifest.with_table(
                replace(entry, schema=replace(entry.schema, indexes=indexes))
            )
    known = [index.name for entry in manifest.tables for index in entry.schema.indexes]
    raise CatalogError(f'there is no index "{name}"{nearest(name, known)}')


def comment_on_table(
    manifest: Manifest, table: str, column: str | None, comment: str | None
) -> Manifest:
    """Says something about a table or one of its columns; None takes it back."""
    entry = find_table(manifest, table)
    schema = entry.schema
    if column is None:
        schema = replace(schema, comment=comment)
    else:
        columns = _replaced(schema, column, lambda known: replace(known, comment=comment))
        schema = replace(schema, columns=columns)
    return manifest.with_table(replace(entry, schema=schema))


def _replaced(
    schema: TableSchema, name: str, change: Callable[[Column], Column]
) -> tuple[Column, ...]:
    schema.column(name)
    return tuple(change(column) if column.name == name else column for column in schema.columns)


def _with_schemas(manifest: Manifest, change: Callable[[TableSchema], TableSchema]) -> Manifest:
    def changed(entry: TableEntry) -> TableEntry:
        schema = change(entry.schema)
        return entry if schema == entry.schema else replace(entry, schema=schema)

    tables = tuple(changed(entry) for entry in manifest.tables)
    return check_references(replace(manifest, tables=tables))


def _columns_alike(manifest: Manifest, table: str, name: str) -> set[tuple[str, str]]:
    """The column, and all that reference it, directly or by way of others."""
    found = {(table, name)}
    while True:
        more = {
            (entry.schema.name, mine)
            for entry in manifest.tables
            for key in entry.schema.foreign_keys
            for mine, theirs in zip(key.columns, key.referenced, strict=True)
            if (key.table, theirs) in found
        }
        if more <= found:
            return found
        found |= more


def _is_wider(wide: Type, type: Type) -> bool:
    """Whether each value of the type is one of the wide type, and the same array of numbers."""
    if type.kind in _INTEGERS:
        if wide.kind in _INTEGERS:
            return _INTEGERS.index(wide.kind) >= _INTEGERS.index(type.kind)
        holds = wide.kind is Kind.DECIMAL and wide.precision >= _DIGITS[type.kind]
        return holds and wide.scale == 0
    if type.kind is Kind.REAL:
        return wide.is_float
    if type.kind is not wide.kind:
        return False
    if type.kind is Kind.DECIMAL:
        return wide.scale == type.scale and wide.precision >= type.precision
    if wide.trimmed and not type.trimmed:
        return False
    return wide.length == 0 or (type.length != 0 and wide.length >= type.length)
