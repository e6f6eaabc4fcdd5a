"""What a table is declared to be, as JSON and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coldb_warehouse.initial import check_initial
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    Index,
    MissingKey,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import Kind, Type
from coldb_warehouse.versions.json_fields import (
    count,
    flag,
    names,
    number_to_json,
    optional_text,
    text,
)

__all__ = ["schema_from_json", "schema_to_json"]


def schema_to_json(schema: TableSchema) -> dict[str, Any]:
    return {
        "id": schema.id,
        "name": schema.name,
        "kind": schema.kind.value,
        "columns": [
            [c.id, c.name, _type_to_json(c.type), c.nullable, c.encoding, _initial_to_json(c)]
            for c in schema.columns
        ],
        "primary_key": list(schema.primary_key),
        "foreign_keys": [
            [list(k.columns), k.table, list(k.referenced), k.on_missing.value]
            for k in schema.foreign_keys
        ],
        "hierarchies": [[h.name, list(h.columns)] for h in schema.hierarchies],
        "order_by": list(schema.order_by),
        "filling": None
        if schema.filling is None
        else [schema.filling.source, schema.filling.query],
        "partitioning": _partitioning_to_json(schema.partitioning),
        **_comments_to_json(schema),
        **_indexes_to_json(schema),
    }


def schema_from_json(fields: dict[str, Any]) -> TableSchema:
    filling = fields["filling"]
    comment, column_comments = fields.get("comments", (None, {}))
    return TableSchema(
        id=count(fields["id"]),
        name=text(fields["name"]),
        kind=TableKind(fields["kind"]),
        columns=tuple(_column_from_json(column, column_comments) for column in fields["columns"]),
        primary_key=names(fields["primary_key"]),
        foreign_keys=tuple(
            ForeignKey(names(columns), text(table), names(referenced), MissingKey(missing))
            for columns, table, referenced, missing in fields["foreign_keys"]
        ),
        hierarchies=tuple(
            Hierarchy(text(n), names(columns)) for n, columns in fields["hierarchies"]
        ),
        order_by=names(fields["order_by"]),
        filling=None if filling is None else Filling(*(text(part) for part in filling)),
        partitioning=_partitioning_from_json(fields["partitioning"]),
        comment=optional_text(comment),
        indexes=tuple(
            Index(text(name), names(columns), flag(unique))
            for name, columns, unique in fields.get("indexes", ())
        ),
    )


def _indexes_to_json(schema: TableSchema) -> dict[str, Any]:
    """A field that is there only if there are indexes."""
    indexes = [[index.name, list(index.columns), index.unique] for index in schema.indexes]
    return {"indexes": indexes} if indexes else {}


def _comments_to_json(schema: TableSchema) -> dict[str, Any]:
    """A field that is there only if there are comments."""
    columns = {c.name: c.comment for c in schema.columns if c.comment is not None}
    return {"comments": [schema.comment, columns]} if schema.has_comments else {}


def _column_from_json(fields: list[Any], comments: dict[str, Any]) -> Column:
    id_, name, type_fields, nullable, encoding, initial = fields
    type_ = _type_from_json(type_fields)
    column = Column(
        name=text(name),
        type=type_,
        nullable=flag(nullable),
        encoding=None if encoding is None else text(encoding),
        id=count(id_),
        initial=_initial_from_json(initial, type_),
        comment=optional_text(comments.get(name)),
    )
    check_initial(column)
    return column


def _initial_to_json(column: Column) -> int | str | None:
    """Floats and bytes are written in hexadecimal."""
    if isinstance(column.initial, bytes):
        return column.initial.hex()
    if isinstance(column.initial, str):
        return column.initial
    return number_to_json(column.initial)


def _initial_from_json(value: Any, type_: Type) -> Any:
    if value is not None and type_.is_float:
        return float.fromhex(text(value))
    if value is not None and type_.is_bytes and type_.kind is not Kind.VARCHAR:
        return bytes.fromhex(text(value))
    return value


def _partitioning_to_json(partitioning: Partitioning | None) -> list[Any] | None:
    if partitioning is None:
        return None
    return [partitioning.column, partitioning.method.value, partitioning.size]


def _partitioning_from_json(fields: list[Any] | None) -> Partitioning | None:
    if fields is None:
        return None
    column, method, size = fields
    return Partitioning(text(column), PartitionMethod(method), count(size))


def _type_to_json(type_: Type) -> list[Any]:
    fields = [type_.kind.value, type_.precision, type_.scale, type_.length]
    return [*fields, True] if type_.trimmed else fields


def _type_from_json(fields: list[Any]) -> Type:
    kind, precision, scale, length, *trimmed = fields
    type_ = Type(Kind(kind), count(precision), count(scale), count(length))
    return replace(type_, trimmed=True) if trimmed == [True] else type_
