"""The query on the source for just the rows and keys that the last load accepted.

A query on the star and the same query on its source can only agree if both see the same rows. Here
each table's filling is narrowed to what was loaded: rejected rows are left out by their primary key,
and keys that were not found are NULL, as their policy made them.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from coldb_warehouse.convert import from_arrow
from coldb_warehouse.schema import Filling, MissingKey

from coldb_etl.model import filling_of, modelled_tables
from coldb_etl.names import quote_identifier, quote_literal, subquery
from coldb_etl.rejects import rejected_rows
from coldb_etl.state import State

if TYPE_CHECKING:
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import Column, ForeignKey, TableSchema

__all__ = ["accepted_tables"]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def accepted_tables(snapshot: Snapshot) -> dict[str, TableSchema]:
    """All tables by name; the queries of those that lost rows or keys in their last load narrowed.

    The SQL added is that of every database source. It cannot tell everything: rejected rows of a
    table without a primary key stay, and those whose key was there twice; inferred rows are not added.
    """
    tables = {table.name: table for table in snapshot.tables}
    state = State.of(snapshot)
    for table in modelled_tables(snapshot):  # referenced tables first
        last = state.tables.get(table.name)
        if last is not None and (last.rows_rejected or last.keys_unknown):
            filling = filling_of(table)
            query = _accepted_query(table, snapshot, tables)
            tables[table.name] = replace(table, filling=Filling(filling.source, query))
    return tables


def _accepted_query(table: TableSchema, snapshot: Snapshot, tables: dict[str, TableSchema]) -> str:
    columns = {column.name: _place(column.name) for column in table.columns}
    for key in table.foreign_keys:
        if key.on_missing is MissingKey.UNKNOWN:
            is_found = f"{_tuple(key.columns)} IN ({_keys_of(key, tables[key.table])})"
            for name in key.columns:
                columns[name] = f"CASE WHEN {is_found} THEN {_place(name)} END"
    selected = ", ".join(f"{sql} AS {quote_identifier(name)}" for name, sql in columns.items())
    query = f"SELECT {selected} FROM {subquery(filling_of(table).query)}"
    rejected = _rejected_keys(table, snapshot)
    if rejected:
        # Not NOT IN, which looks through the whole list for a NULL.
        is_rejected = f"{_tuple(table.primary_key)} IN (VALUES {', '.join(rejected)})"
        query += f" WHERE CASE WHEN {is_rejected} THEN 0 ELSE 1 END = 1"
    return query


def _keys_of(key: ForeignKey, table: TableSchema) -> str:
    columns = ", ".join(_place(name) for name in key.referenced)
    return f"SELECT {columns} FROM {subquery(filling_of(table).query)}"


def _rejected_keys(table: TableSchema, snapshot: Snapshot) -> list[str]:
    """The primary keys of rejected rows as rows of VALUES, without those that were loaded too."""
    if not table.primary_key:
        return []
    rows = [
        json.loads(row) for row in rejected_rows(snapshot, table.name).column("row").to_pylist()
    ]
    columns = [table.column(name) for name in table.primary_key]
    texts = [pa.array([row.get(c.name) for row in rows], pa.string()) for c in columns]
    keys = [from_arrow(array, c.type) for array, c in zip(texts, columns, strict=True)]
    valid = np.ones(len(rows), np.bool_)
    for key in keys:
        valid &= True if key.valid is None else key.valid
    loaded = snapshot.table(table.name).positions_of([key.values for key in keys], valid)
    literals = [
        [_literal(text, column) for text in array.to_pylist()]
        for array, column in zip(texts, columns, strict=True)
    ]
    kept = dict.fromkeys(
        key
        for key, at in zip(zip(*literals, strict=True), loaded.tolist(), strict=True)
        if at < 0 and None not in key
    )
    return [f"({', '.join(key)})" for key in kept]


def _literal(text: str | None, column: Column) -> str | None:
    if text is None or (column.type.is_numeric and _NUMBER.fullmatch(text)):
        return text
    return quote_literal(text)


def _place(column: str) -> str:
    return f"q.{quote_identifier(column)}"


def _tuple(columns: tuple[str, ...]) -> str:
    places = ", ".join(map(_place, columns))
    return places if len(columns) == 1 else f"({places})"
