"""`coldb etl rejects`: the rows that were refused."""

from __future__ import annotations

import click

from coldb.cli.etl.options import database_argument, opened
from coldb.cli.output import format_option, show_table

__all__ = ["command"]


@click.command(name="rejects")
@database_argument
@click.option("-t", "--table", metavar="TABLE", help="Only those of this table.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="At most so many; 0 for all.",
)
@format_option
def command(database: str, table: str | None, limit: int, format_: str) -> None:
    """Show the rows that the last load of each table of DB refused, each with its reason.

    Those of all loads are in the table etl_rejects.
    """
    from coldb_etl import rejects

    with opened(database, read_only=True) as warehouse:
        found = rejects(warehouse, table, limit or None)
    show_table(
        {
            "table": [reject.table for reject in found],
            "reason": [reject.reason for reject in found],
            "row": [reject.row for reject in found],
        },
        format_,
    )
