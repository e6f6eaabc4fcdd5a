"""The SQL types of Arrow columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.errors import NotSupportedError
from coldb_warehouse.schema import Column
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    MAX_DECIMAL_DIGITS,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    VARCHAR,
    Type,
    decimal,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["frame_columns", "schema_columns", "type_of_arrow"]


def frame_columns(name: str, frame: pa.Table) -> tuple[Column, ...]:
    """The columns of an Arrow table. NotSupportedError for a type that SQL has no match for."""
    columns = schema_columns(f'frame "{name}"', frame.schema)
    return tuple(
        replace(column, nullable=values.null_count > 0)
        for column, values in zip(columns, frame.columns, strict=True)
    )


def schema_columns(what: str, schema: pa.Schema) -> tuple[Column, ...]:
    """The columns of Arrow data that a message calls `what`. NotSupportedError for a type that SQL
    has no match for."""
    columns = []
    for arrow in schema:
        type_ = type_of_arrow(arrow.type)
        if type_ is None:
            raise NotSupportedError(
                f'column "{arrow.name}" of {what} has the Arrow type {arrow.type},'
                " which coldb cannot read; drop or convert it first"
            )
        columns.append(Column(arrow.name, type_))
    return tuple(columns)


def type_of_arrow(arrow: pa.DataType) -> Type | None:
    """The narrowest SQL type that holds every value of an Arrow type; None if there is none."""
    import pyarrow.types as is_type

    if is_type.is_dictionary(arrow):
        return type_of_arrow(arrow.value_type)
    if is_type.is_decimal(arrow):
        fits = arrow.precision <= MAX_DECIMAL_DIGITS and 0 <= arrow.scale <= arrow.precision
        return decimal(arrow.precision, arrow.scale) if fits else None
    if is_type.is_timestamp(arrow):
        return TIMESTAMP if arrow.tz is None else TIMESTAMPTZ
    if is_type.is_time(arrow):
        return TIME
    if is_type.is_fixed_size_binary(arrow):
        return BLOB
    return _by_name().get(arrow)


def _by_name() -> dict[pa.DataType, Type]:
    import pyarrow as pa

    return {
        pa.bool_(): BOOLEAN,
        pa.int8(): SMALLINT,
        pa.int16(): SMALLINT,
        pa.int32(): INTEGER,
        pa.int64(): BIGINT,
        pa.uint8(): SMALLINT,
        pa.uint16(): INTEGER,
        pa.uint32(): BIGINT,
        pa.uint64(): decimal(20, 0),
        pa.float16(): REAL,
        pa.float32(): REAL,
        pa.float64(): DOUBLE,
        pa.string(): VARCHAR,
        pa.large_string(): VARCHAR,
        pa.string_view(): VARCHAR,
        pa.binary(): BLOB,
        pa.large_binary(): BLOB,
        pa.binary_view(): BLOB,
        pa.uuid(): UUID,
        pa.date32(): DATE,
        pa.date64(): DATE,
        pa.null(): VARCHAR,
    }
