"""The catalog as results: what \\dt, \\d and \\ds show, made from a snapshot's schemas."""

from __future__ import annotations

import contextlib
from inspect import cleandoc
from typing import TYPE_CHECKING

import pyarrow as pa
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, MissingKey, TableKind, TableSchema

from coldb.engine.bind import Catalog, view_types
from coldb.errors import Error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot
    from coldb_warehouse.types import Type
    from coldb_warehouse.views import View

__all__ = [
    "columns_overview",
    "sources_overview",
    "table_notes",
    "tables_and_views",
    "tables_overview",
    "view_columns_overview",
    "view_notes",
]

_KIND_ORDER = ("fact", "dimension", "plain")  # as one thinks of a star: its centre first


def tables_overview(snapshot: Snapshot) -> pa.Table:
    """A row for each table: facts, then dimensions, then plain tables; then for each view."""
    views = sorted(snapshot.views, key=lambda view: view.name)
    empty = [""] * len(views)
    schemas = sorted(
        snapshot.tables, key=lambda schema: (_KIND_ORDER.index(schema.kind.value), schema.name)
    )
    relations: list[TableSchema | View] = [*schemas, *views]
    return pa.table(
        {
            "table": pa.array([each.name for each in relations], pa.string()),
            "kind": pa.array(
                [*(schema.kind.value for schema in schemas), *("view" for _ in views)], pa.string()
            ),
            "rows": pa.array(
                [
                    *(snapshot.table(schema.name).live_rows for schema in schemas),
                    *(None for _ in views),
                ],
                pa.int64(),
            ),
            "columns": pa.array([len(each.columns) for each in relations], pa.int64()),
            "references": pa.array([*map(_referenced, schemas), *empty], pa.string()),
            "filled from": pa.array([*map(_filled_from, schemas), *empty], pa.string()),
        }
    )


def columns_overview(table: TableSnapshot) -> pa.Table:
    """A row for each column of the table."""
    schema = table.schema
    columns = {
        "column": [column.name for column in schema.columns],
        "type": [str(column.type) for column in schema.columns],
        "null": [_null(schema, column) for column in schema.columns],
        "key": [_key(schema, column) for column in schema.columns],
    }
    if any(column.comment for column in schema.columns):
        columns["comment"] = [column.comment or "" for column in schema.columns]
    return _texts(columns)


def view_columns_overview(view: View, types: Sequence[Type]) -> pa.Table:
    """A row for each column of the view."""
    columns = {"column": list(view.columns), "type": [str(type_) for type_ in types]}
    if any(view.column_comments):
        columns["comment"] = [view.comment_on(name) or "" for name in view.columns]
    return _texts(columns)


def view_notes(view: View) -> list[str]:
    """What a view has besides its columns, a line each."""
    notes = ["view as", *(f"    {line}" for line in cleandoc(view.query).splitlines())]
    return [*notes, *_comment(view.comment)]


def _texts(columns: Mapping[str, Sequence[str]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _comment(text: str | None) -> list[str]:
    return [] if text is None else [f"comment: {text}"]


def sources_overview(snapshot: Snapshot) -> pa.Table:
    """A row for each source."""
    sources = snapshot.sources
    options = [", ".join(f"{key} {value}" for key, value in source.options) for source in sources]
    return pa.table(
        {
            "source": pa.array([source.name for source in sources], pa.string()),
            "type": pa.array([source.kind for source in sources], pa.string()),
            "options": pa.array(options, pa.string()),
        }
    )


def table_notes(table: TableSnapshot) -> list[str]:
    """What a table has besides its columns, a line each."""
    schema = table.schema
    notes = [f"{schema.kind.value} table, {table.live_rows:,} rows"]
    if len(schema.primary_key) > 1:
        notes.append(f"primary key ({', '.join(schema.primary_key)})")
    notes += [
        f"foreign key ({', '.join(key.columns)}) references {_target(key)}"
        for key in schema.foreign_keys
        if len(key.columns) > 1
    ]
    notes += [f"hierarchy {each.name} ({', '.join(each.columns)})" for each in schema.hierarchies]
    if schema.sort_columns:
        notes.append(f"sorted by ({', '.join(schema.sort_columns)})")
    if schema.partitioning is not None:
        notes.append(f"partitioned by {_partitions(schema.partitioning)}")
    if schema.filling is not None:
        notes.append(f"filled from source {schema.filling.source} as")
        notes += [f"    {line}" for line in cleandoc(schema.filling.query).splitlines()]
    return [*notes, *_comment(schema.comment)]


def _partitions(partitioning: Partitioning) -> str:
    """As CREATE TABLE says it."""
    column, size = partitioning.column, partitioning.size
    match partitioning.method:
        case PartitionMethod.HASH:
            return f"hash ({column}) partitions {size}"
        case PartitionMethod.RANGE:
            return f"range ({column} every {size})"
        case unit:
            return f"range ({column} every {unit.value})"


def _referenced(schema: TableSchema) -> str:
    return ", ".join(dict.fromkeys(key.table for key in schema.foreign_keys))


def _filled_from(schema: TableSchema) -> str:
    return schema.filling.source if schema.filling else ""


def _null(schema: TableSchema, column: Column) -> str:
    return "" if column.nullable and column.name not in schema.primary_key else "not null"


def _key(schema: TableSchema, column: Column) -> str:
    parts = ["primary key"] if schema.primary_key == (column.name,) else []
    if any(index.unique and index.columns == (column.name,) for index in schema.indexes):
        parts.append("unique")
    key = schema.foreign_key_on(column.name)
    if key is not None:
        parts.append(f"references {_target(key)}")
    return ", ".join(parts)


def _target(key: ForeignKey) -> str:
    policy = "" if key.on_missing is MissingKey.REJECT else f" on missing {key.on_missing.value}"
    return f"{key.table} ({', '.join(key.referenced)}){policy}"


def tables_and_views(snapshot: Snapshot) -> dict[str, TableSchema]:
    """What can stand in FROM, by name; a view as a table of its columns, if it can be read."""
    known = {schema.name: schema for schema in snapshot.tables}
    for view in snapshot.views:
        with contextlib.suppress(Error):
            types = view_types(view, Catalog(snapshot))
            columns = tuple(map(Column, view.columns, types))
            known[view.name] = TableSchema(view.name, TableKind.PLAIN, columns)
    return known
