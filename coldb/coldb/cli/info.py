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
            "ratio": [_rounded(table.ratio) for table in tables],
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
            "sorted": [column.is_sorted for column in columns],
            "nulls": [column.nulls for column in columns],
            "blocks": [column.blocks for column in columns],
            "bytes": [column.nbytes for column in columns],
            "ratio": [_rounded(column.ratio) for column in columns],
        },
        format_,
    )


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 2)
