"""The catalog as results: what \\dt, \\d and \\ds show, made from a snapshot's schemas."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

import pyarrow as pa
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, MissingKey, TableSchema

if TYPE_CHECKING:
    from coldb_warehouse.reading.snapshot import Snapshot, TableSnapshot

__all__ = ["columns_overview", "sources_overview", "table_notes", "tables_overview"]

_KIND_ORDER = ("fact", "dimension", "plain")  # as one thinks of a star: its centre first


def tables_overview(snapshot: Snapshot) -> pa.Table:
    """A row for each table: facts, then dimensions, then plain tables."""
    schemas = sorted(
        snapshot.tables, key=lambda schema: (_KIND_ORDER.index(schema.kind.value), schema.name)
    )
    return pa.table(
        {
            "table": pa.array([schema.name for schema in schemas], pa.string()),
            "kind": pa.array([schema.kind.value for schema in schemas], pa.string()),
            "rows": pa.array(
                [snapshot.table(schema.name).live_rows for schema in schemas], pa.int64()
            ),
            "columns": pa.array([len(schema.columns) for schema in schemas], pa.int64()),
            "references": pa.array([_referenced(schema) for schema in schemas], pa.string()),
            "filled from": pa.array([_filled_from(schema) for schema in schemas], pa.string()),
        }
    )


def columns_overview(table: TableSnapshot) -> pa.Table:
    """A row for each column of the table."""
    schema = table.schema
    return pa.table(
        {
            "column": pa.array([column.name for column in schema.columns], pa.string()),
            "type": pa.array([str(column.type) for column in schema.columns], pa.string()),
            "null": pa.array([_null(schema, column) for column in schema.columns], pa.string()),
            "key": pa.array([_key(schema, column) for column in schema.columns], pa.string()),
        }
    )


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
    return notes


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
    key = schema.foreign_key_on(column.name)
    if key is not None:
        parts.append(f"references {_target(key)}")
    return ", ".join(parts)


def _target(key: ForeignKey) -> str:
    policy = "" if key.on_missing is MissingKey.REJECT else f" on missing {key.on_missing.value}"
    return f"{key.table} ({', '.join(key.referenced)}){policy}"
