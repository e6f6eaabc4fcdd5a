"""What system tables say of types, in PostgreSQL's words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

__all__ = ["TYPE_FACTS", "TypeFacts", "facts_of", "numeric_precision", "type_modifier"]


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """`name` and `sql_name` as pg_type and information_schema have them; `size` in bytes, -1 where
    it varies; `category` as pg_type has it; `bits` are those of a binary number."""

    oid: int
    name: str
    sql_name: str
    size: int
    category: str
    bits: int | None = None


TYPE_FACTS = {
    Kind.BOOLEAN: TypeFacts(16, "bool", "boolean", 1, "B"),
    Kind.SMALLINT: TypeFacts(21, "int2", "smallint", 2, "N", 16),
    Kind.INTEGER: TypeFacts(23, "int4", "integer", 4, "N", 32),
    Kind.BIGINT: TypeFacts(20, "int8", "bigint", 8, "N", 64),
    Kind.DECIMAL: TypeFacts(1700, "numeric", "numeric", -1, "N"),
    Kind.REAL: TypeFacts(700, "float4", "real", 4, "N", 24),
    Kind.DOUBLE: TypeFacts(701, "float8", "double precision", 8, "N", 53),
    Kind.VARCHAR: TypeFacts(1043, "varchar", "character varying", -1, "S"),
    Kind.DATE: TypeFacts(1082, "date", "date", 4, "D"),
    Kind.TIME: TypeFacts(1083, "time", "time without time zone", 8, "D"),
    Kind.TIMESTAMP: TypeFacts(1114, "timestamp", "timestamp without time zone", 8, "D"),
    Kind.TIMESTAMPTZ: TypeFacts(1184, "timestamptz", "timestamp with time zone", 8, "D"),
    Kind.BLOB: TypeFacts(17, "bytea", "bytea", -1, "U"),
    Kind.UUID: TypeFacts(2950, "uuid", "uuid", 16, "U"),
    Kind.INTERVAL: TypeFacts(1186, "interval", "interval", 16, "T"),
    Kind.ARRAY: TypeFacts(2277, "anyarray", "ARRAY", -1, "A"),
    Kind.NULL: TypeFacts(705, "unknown", "unknown", -2, "X"),
}


def facts_of(type_: Type) -> TypeFacts:
    return TYPE_FACTS[type_.kind]


def numeric_precision(type_: Type) -> int | None:
    """The digits of a DECIMAL, the bits of another number."""
    return type_.precision if type_.kind is Kind.DECIMAL else facts_of(type_).bits


def type_modifier(type_: Type) -> int:
    """The number in which PostgreSQL keeps the length, or the precision and scale, of a type."""
    if type_.kind is Kind.DECIMAL:
        return ((type_.precision << 16) | type_.scale) + 4
    return type_.length + 4 if type_.length else -1
