"""Changes of what is declared: each takes a manifest and gives the changed one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from coldb_warehouse.encodings import encoding_named
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.initial import check_initial
from coldb_warehouse.nearest import nearest
from coldb_warehouse.schema import Column, ForeignKey, MissingKey, Source, TableSchema
from coldb_warehouse.versions.manifest import Manifest, TableEntry

__all__ = [
    "check_column",
    "check_index_is_free",
    "check_name_is_free",
    "check_references",
    "create_source",
    "create_table",
    "drop_source",
    "drop_table",
    "find_table",
    "set_property",
]


def find_table(manifest: Manifest, name: str) -> TableEntry:
    """The table of that name; CatalogError names the nearest one."""
    for table in manifest.tables:
        if table.schema.name == name:
            return table
    names = [table.schema.name for table in manifest.tables]
    raise CatalogError(f'no table "{name}"{nearest(name, names)}')


def check_name_is_free(manifest: Manifest, name: str) -> None:
    """CatalogError if there is a table or a view of that name."""
    if any(table.schema.name == name for table in manifest.tables):
        raise CatalogError(f'table "{name}" exists already')
    if any(view.name == name for view in manifest.views):
        raise CatalogError(f'view "{name}" exists already')


def check_index_is_free(manifest: Manifest, name: str) -> None:
    """CatalogError if there is an index of that name."""
    for entry in manifest.tables:
        if any(index.name == name for index in entry.schema.indexes):
            raise CatalogError(f'index "{name}" exists already, on table "{entry.schema.name}"')


def create_table(manifest: Manifest, schema: TableSchema) -> Manifest:
    """Adds a table without rows. Its ids are assigned; what it references must exist and fit."""
    check_name_is_free(manifest, schema.name)
    columns = tuple(
        replace(
            column, id=number, nullable=column.nullable and column.name not in schema.primary_key
        )
        for number, column in enumerate(schema.columns, start=1)
    )
    for column in columns:
        check_column(schema, column)
    for index in schema.indexes:
        check_index_is_free(manifest, index.name)
    schema = replace(schema, columns=columns, id=manifest.next_table_id)
    keys = tuple(_resolved(manifest, schema, key) for key in schema.foreign_keys)
    schema = replace(schema, foreign_keys=keys)
    _check_partitioning(schema)
    return replace(
        manifest,
        tables=(*manifest.tables, TableEntry(schema, next_column_id=len(columns) + 1)),
        next_table_id=manifest.next_table_id + 1,
    )


def drop_table(manifest: Manifest, name: str) -> Manifest:
    """Removes a table and its rows; refused while another table references it."""
    entry = find_table(manifest, name)
    for other in manifest.tables:
        if other is not entry and any(key.table == name for key in other.schema.foreign_keys):
            raise CatalogError(
                f'table "{name}" is referenced by table "{other.schema.name}"; drop that one first'
            )
    return replace(manifest, tables=tuple(table for table in manifest.tables if table is not entry))


def create_source(manifest: Manifest, source: Source) -> Manifest:
    """Adds a source."""
    if any(known.name == source.name for known in manifest.sources):
        raise CatalogError(f'source "{source.name}" exists already')
    return replace(manifest, sources=(*manifest.sources, source))


def drop_source(manifest: Manifest, name: str) -> Manifest:
    """Removes a source; refused while a table is filled from it."""
    names = [source.name for source in manifest.sources]
    if name not in names:
        raise CatalogError(f'no source "{name}"{nearest(name, names)}')
    for table in manifest.tables:
        if table.schema.filling is not None and table.schema.filling.source == name:
            raise CatalogError(
                f'source "{name}" fills table "{table.schema.name}"; drop the table first'
            )
    return replace(manifest, sources=tuple(s for s in manifest.sources if s.name != name))


def set_property(manifest: Manifest, key: str, value: Any) -> Manifest:
    """Keeps a JSON value under a key; None removes the key."""
    properties = dict(manifest.properties)
    if value is None:
        properties.pop(key, None)
    else:
        try:
            properties[key] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise CatalogError(f'property "{key}" is no JSON value: {error}') from error
    return replace(manifest, properties=properties)


def check_column(schema: TableSchema, column: Column) -> None:
    """CatalogError if a table cannot have such a column."""
    where = f'column "{column.name}" of table "{schema.name}"'
    if column.name.startswith("#"):
        raise CatalogError(f"{where}: names that begin with # are kept for foreign keys")
    if not column.type.is_storable:
        raise CatalogError(f"{where}: values of type {column.type} cannot be stored")
    if column.encoding is not None:
        encoding_named(column.encoding)
    if column.initial is not None:
        check_initial(column)


def check_references(manifest: Manifest) -> Manifest:
    """The manifest; CatalogError if a foreign key does not fit what it references any more."""
    for table in manifest.tables:
        for key in table.schema.foreign_keys:
            _resolved(manifest, table.schema, key)
    return manifest


def _check_partitioning(schema: TableSchema) -> None:
    if schema.partitioning is None:
        return
    key = schema.foreign_key_on(schema.partitioning.column)
    if key is not None and key.table == schema.name:
        raise CatalogError(
            f'PARTITION BY: column "{schema.partitioning.column}" references its own table '
            f'"{schema.name}"; choose another column'
        )


def _resolved(manifest: Manifest, schema: TableSchema, key: ForeignKey) -> ForeignKey:
    """The foreign key with what it references filled in; CatalogError if it cannot be one."""
    where = f'FOREIGN KEY ({", ".join(key.columns)}) of table "{schema.name}"'
    names = [table.schema.name for table in manifest.tables]
    if key.table == schema.name:
        target = schema
    elif key.table in names:
        target = find_table(manifest, key.table).schema
    else:
        raise CatalogError(f'{where}: no table "{key.table}"{nearest(key.table, names)}')
    if not target.primary_key:
        raise CatalogError(f'{where}: table "{key.table}" has no PRIMARY KEY')
    referenced = key.referenced or target.primary_key
    if referenced != target.primary_key:
        raise CatalogError(
            f"{where} must reference the primary key "
            f'({", ".join(target.primary_key)}) of table "{key.table}"'
        )
    if len(key.columns) != len(referenced):
        raise CatalogError(
            f"{where} has {len(key.columns)} columns, and the primary key of "
            f'table "{key.table}" has {len(referenced)}'
        )
    for name, other in zip(key.columns, referenced, strict=True):
        mine, theirs = schema.column(name).type, target.column(other).type
        if replace(mine, length=0) != replace(theirs, length=0):
            raise CatalogError(
                f'{where}: column "{name}" is {mine}, and column "{other}" of '
                f'table "{key.table}" is {theirs}; declare them alike'
            )
    _check_policy(where, schema, key, target)
    return replace(key, referenced=referenced)


def _check_policy(where: str, schema: TableSchema, key: ForeignKey, target: TableSchema) -> None:
    match key.on_missing:
        case MissingKey.REJECT:
            return
        case MissingKey.UNKNOWN:
            fixed = [name for name in key.columns if not schema.column(name).nullable]
            reason = f'column "{{}}" of table "{schema.name}"'
        case MissingKey.INFER:
            if any(set(k.columns) & set(target.primary_key) for k in target.foreign_keys):
                raise CatalogError(
                    f"{where}: a missing key cannot become inferred, because the primary key of "
                    f'table "{target.name}" is itself a foreign key'
                )
            others = [column for column in target.columns if column.name not in target.primary_key]
            fixed = [column.name for column in others if not column.nullable]
            reason = f'column "{{}}" of table "{target.name}"'
    if fixed:
        raise CatalogError(
            f"{where}: a missing key cannot become {key.on_missing.value}, "
            f"because {reason.format(fixed[0])} is NOT NULL"
        )
