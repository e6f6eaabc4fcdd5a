"""The rows that the load refused: the source has them, the warehouse does not.

A comparison leaves them out on the source, too. Otherwise every sum over dirty data would differ,
for a reason that `coldb etl rejects` tells better.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from coldb_etl.rejects import rejects
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.types import Type
    from coldb_warehouse.warehouse import Warehouse

__all__ = ["key_first", "refused_rows"]


def refused_rows(warehouse: Warehouse, schema: TableSchema) -> list[tuple[object, ...]]:
    """The rows of a table that its last load refused, values in the order of `key_first`."""
    types = {column.name: column.type for column in schema.columns}
    rows = (json.loads(reject.row) for reject in rejects(warehouse, schema.name))
    return [
        tuple(_as_stored(row.get(name), types[name]) for name in key_first(schema)) for row in rows
    ]


def key_first(schema: TableSchema) -> tuple[str, ...]:
    """The columns of a table, its primary key in front: by it a row is found fast."""
    names = [column.name for column in schema.columns]
    return (*schema.primary_key, *(name for name in names if name not in schema.primary_key))


def _as_stored(text: str | None, kind: Type) -> object:
    """The value as the source holds it: a number if the column has numbers and the text is one."""
    if text is None or not (kind.is_numeric or kind.kind is Kind.BOOLEAN):
        return text
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
