"""The tables that keep every run and every refused row, written in the commit of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from coldb_warehouse.schema import Column, TableKind, TableSchema
from coldb_warehouse.types import BIGINT, DOUBLE, TIMESTAMP, VARCHAR

from coldb_etl.errors import ModelError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from coldb_warehouse.writing.transaction import Transaction

    from coldb_etl.state import LoadedTable

__all__ = ["REJECTS", "RUNS", "log_rejects", "log_run"]

RUNS = TableSchema(
    "etl_runs",
    TableKind.PLAIN,
    (
        Column("run_id", BIGINT, nullable=False),
        Column("table_name", VARCHAR, nullable=False),
        Column("loaded_at", TIMESTAMP, nullable=False),
        Column("seconds", DOUBLE),
        Column("rows_read", BIGINT),
        Column("rows_loaded", BIGINT),
        Column("rows_rejected", BIGINT),
        Column("rows_inferred", BIGINT),
        Column("keys_unknown", BIGINT),
    ),
)

REJECTS = TableSchema(
    "etl_rejects",
    TableKind.PLAIN,
    (
        Column("run_id", BIGINT, nullable=False),
        Column("loaded_at", TIMESTAMP, nullable=False),
        Column("table_name", VARCHAR, nullable=False),
        Column("reason", VARCHAR),
        Column("row", VARCHAR),
    ),
)


def log_run(transaction: Transaction, tables: Mapping[str, LoadedTable]) -> None:
    """One row for each table of the run."""
    loads = list(tables.values())
    columns: list[list[object]] = [
        [load.run for load in loads],
        list(tables),
        [load.at for load in loads],
        [load.seconds for load in loads],
        [load.rows_read for load in loads],
        [load.rows_loaded for load in loads],
        [load.rows_rejected for load in loads],
        [sum(load.rows_inferred.values()) for load in loads],
        [sum(load.keys_unknown.values()) for load in loads],
    ]
    _append(transaction, RUNS, pa.table([pa.array(values) for values in columns], _names(RUNS)))


def log_rejects(
    transaction: Transaction,
    run: int,
    at: dt.datetime,
    rejected: Mapping[str, Sequence[pa.RecordBatch]],
) -> None:
    """The refused rows (`REJECTED` batches) of each table."""
    parts = []
    for table, batches in rejected.items():
        for batch in batches:
            same = [pa.repeat(pa.scalar(value), batch.num_rows) for value in (run, at, table)]
            columns = [*same, batch.column("reason"), batch.column("row")]
            parts.append(pa.table(columns, _names(REJECTS)))
    if parts:
        _append(transaction, REJECTS, pa.concat_tables(parts))


def _append(transaction: Transaction, schema: TableSchema, rows: pa.Table) -> None:
    snapshot = transaction.snapshot()
    if not snapshot.has_table(schema.name):
        transaction.create_table(schema)
    elif _names(snapshot.table(schema.name).schema) != _names(schema):
        raise ModelError(
            f'table "{schema.name}" is not as loads write it: rename or drop it, and run again'
        )
    transaction.append(schema.name, rows)


def _names(schema: TableSchema) -> list[str]:
    return [column.name for column in schema.columns]
