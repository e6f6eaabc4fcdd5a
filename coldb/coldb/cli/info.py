"""`coldb info`: tables, columns, encodings, bytes, ratios."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from coldb.cli.output import format_option, show_table

if TYPE_CHECKING:
    from coldb_warehouse import TableInfo

__all__ = ["command"]


@click.command(name="info")
@click.argument("database", type=click.Path(), metavar="DB")
@click.argument("table", required=False)
@format_option
def command(database: str, table: str | None, format_: str) -> None:
    """Show how much room the tables of DB take, or the columns of one TABLE.

    The ratio says how many times smaller than plain values the data is.
    """
    from coldb_warehouse import Warehouse, describe

    with closing(Warehouse.open(database, read_only=True)) as warehouse:
        snapshot = warehouse.snapshot()
        name = snapshot.table(table).schema.name if table is not None else None
        tables = describe(snapshot)
    if name is None:
        _show_tables(tables, format_)
    else:
        _show_columns(next(each for each in tables if each.name == name), format_)


def _show_tables(tables: tuple[TableInfo, ...], format_: str) -> None:
    show_table(
        {
            "table": [table.name for table in tables],
            "kind": [table.kind.value for table in tables],
            "rows": [table.rows for table in tables],
            "columns": [len(table.columns) for table in tables],
            "segments": [table.segments for table in tables],
            "bytes": [table.nbytes for table in tables],
            "ratio": [_table_ratio(table) for table in tables],
        },
        format_,
    )


def _show_columns(table: TableInfo, format_: str) -> None:
    columns = table.columns
    show_table(
        {
            "column": [column.name for column in columns],
            "type": [str(column.type) for column in columns],
            "encodings": [", ".join(column.encodings) for column in columns],
            "domain": [column.domain or "" for column in columns],
            "nulls": [column.nulls for column in columns],
            "bytes": [column.nbytes for column in columns],
            "ratio": [column.ratio and round(column.ratio, 2) for column in columns],
        },
        format_,
    )


def _table_ratio(table: TableInfo) -> float | None:
    """None where the plain size of a column is not known."""
    plain = [column.plain_bytes for column in table.columns if column.plain_bytes is not None]
    if len(plain) < len(table.columns) or not table.nbytes:
        return None
    return round(sum(plain) / table.nbytes, 2)
