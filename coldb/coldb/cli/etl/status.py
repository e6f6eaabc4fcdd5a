"""`coldb etl status`: how fresh the star is."""

from __future__ import annotations

import click

from coldb.cli.etl.options import database_argument, opened
from coldb.cli.output import format_option, show_table

__all__ = ["command"]


@click.command(name="status")
@database_argument
@format_option
def command(database: str, format_: str) -> None:
    """Tell of each table of DB when and how it was loaded, and whether its source has changed."""
    from coldb_etl import status

    with opened(database, read_only=True) as warehouse:
        found = status(warehouse)
    freshness = {source.name: source.freshness.value for source in found.sources}
    lasts = [table.last for table in found.tables]
    show_table(
        {
            "table": [table.name for table in found.tables],
            "rows": [table.rows for table in found.tables],
            "loaded at (UTC)": [last and last.at.isoformat(" ", "seconds") for last in lasts],
            "run": [last and last.run for last in lasts],
            "rejected": [last and last.rows_rejected for last in lasts],
            "source": [table.source for table in found.tables],
            "the source is": [freshness.get(table.source, "") for table in found.tables],
        },
        format_,
    )
    for source in found.sources:
        if source.problem:
            click.echo(f"source {source.name}: {source.problem}", err=True)
