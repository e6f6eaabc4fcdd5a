"""The values of rows in which a column says none, because they are older than the column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.errors import CatalogError
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.schema import Column

__all__ = ["check_initial", "initial_values"]


def check_initial(column: Column) -> None:
    """CatalogError if the initial value is none of the column's type, as types.py has values."""
    value, type = column.initial, column.type
    match value:
        case None:
            fits = True
        case str():
            fits = type.kind is Kind.VARCHAR and not (type.length and len(value) > type.length)
        case bytes():
            fits = type.kind is Kind.BLOB or (type.kind is Kind.UUID and len(value) == 16)
        case float():
            fits = type.is_float and _is_float_of(value, type)
        case bool():
            fits = type.kind is Kind.BOOLEAN
        case _:
            fits = type.is_discrete and _is_integer_of(value, type)
    if not fits:
        raise CatalogError(f'{value!r} is no {type}, and cannot be in column "{column.name}"')


def _is_float_of(value: float, type: Type) -> bool:
    with np.errstate(over="ignore"):
        kept = float(type.dtype.type(value))
    return kept == value or value != value


def _is_integer_of(value: int, type: Type) -> bool:
    if type.kind is Kind.BOOLEAN:
        return False
    if type.kind is Kind.DECIMAL:
        return bool(abs(value) < 10**type.precision)
    limits = np.iinfo(str(type.dtype))
    return int(limits.min) <= value <= int(limits.max)


def initial_values(column: Column, rows: int) -> tuple[Values, Mask | None]:
    """The initial value for each of so many rows, and which of them are not null."""
    value = column.initial
    valid = np.zeros(rows, np.bool_) if value is None else None
    if column.type.is_bytes:
        import pyarrow as pa

        return pa.repeat(pa.scalar(value or "", column.type.bytes_array), rows), valid
    is_wide = isinstance(value, int) and not -(1 << 63) <= value < 1 << 63
    dtype = np.dtype(object) if is_wide else column.type.dtype
    return np.full(rows, 0 if value is None else value, dtype), valid
