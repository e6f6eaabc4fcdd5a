"""The rows that the load refused: the source has them, the warehouse does not.

A comparison leaves them out on the source, too. Otherwise every sum over dirty data would differ, for
a reason that `coldb etl rejects` tells better.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.types import Type

    from coldb.connection import Connection

__all__ = ["key_first", "refused_rows"]

# Every refused row of the last load of a table, kept by the load as a JSON object of texts.
_LAST_LOAD = """
SELECT "row" FROM etl_rejects
WHERE table_name = :name
  AND run_id = (SELECT max(run_id) FROM etl_runs WHERE table_name = :name)
"""


def refused_rows(connection: Connection, schema: TableSchema) -> list[tuple[object, ...]]:
    """The refused rows of a table, values in the order of `key_first`."""
    snapshot = connection.warehouse.snapshot()
    if not (snapshot.has_table("etl_rejects") and snapshot.has_table("etl_runs")):
        return []
    kept = connection.execute(_LAST_LOAD, {"name": schema.name}).fetchall()
    types = {column.name: column.type for column in schema.columns}
    return [
        tuple(_as_stored(values.get(name), types[name]) for name in key_first(schema))
        for values in (json.loads(row) for (row,) in kept)
    ]


def key_first(schema: TableSchema) -> tuple[str, ...]:
    """The columns of a table, its primary key in front: by it a row is found fast."""
    names = [column.name for column in schema.columns]
    return (*schema.primary_key, *(name for name in names if name not in schema.primary_key))


def _as_stored(text: str | None, kind: Type) -> object:
    """The value as the source holds it: a number where the column has numbers and the text is one."""
    if text is None or not kind.is_numeric:
        return text
    try:
        return int(text) if kind.is_integer else float(text)
    except ValueError:
        return text
