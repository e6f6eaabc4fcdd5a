"""`coldb etl run`: loads the star."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from coldb.cli.etl.options import database_argument, opened, tables_option
from coldb.cli.output import format_option, show_table
from coldb.units import count, duration

if TYPE_CHECKING:
    from coldb_etl import RunReport

__all__ = ["command"]


@click.command(name="run")
@database_argument
@tables_option
@format_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(database: str, tables: tuple[str, ...], format_: str, quiet: bool) -> None:
    """Load the tables of DB from their sources: one view of each source, one commit, or nothing.

    A second run without a change in the sources changes nothing. Refused rows are kept: see
    `coldb etl rejects`.
    """
    from coldb_etl import run

    from coldb.cli.etl.progress import LoadProgress

    shows_progress = sys.stderr.isatty() and not quiet
    with (
        opened(database, read_only=False) as warehouse,
        LoadProgress() if shows_progress else nullcontext() as progress,
    ):
        report = run(warehouse, tables=tables or None, progress=progress)
    if report.loads:
        show_loads(report, format_)
    click.echo(summary(report), err=not sys.stdout.isatty())


def show_loads(report: RunReport, format_: str) -> None:
    """What became of the rows of each table."""
    loads = report.loads
    show_table(
        {
            "table": [load.table for load in loads],
            "read": [load.rows_read for load in loads],
            "loaded": [load.rows_loaded for load in loads],
            "rejected": [load.rows_rejected for load in loads],
            "unknown keys": [sum(load.keys_unknown.values()) for load in loads],
            "inferred": [sum(load.rows_inferred.values()) for load in loads],
            "seconds": [round(load.seconds, 3) for load in loads],
        },
        format_,
    )


def summary(report: RunReport) -> str:
    """The run in one line."""
    if report.is_unchanged:
        return f"unchanged: the sources are as at the last run ({duration(report.seconds)})"
    loaded = sum(load.rows_loaded for load in report.loads)
    rejected = sum(load.rows_rejected for load in report.loads)
    refused = f", {count(rejected, 'row')} rejected" if rejected else ""
    return (
        f"run {report.run}: {count(loaded, 'row')} loaded{refused} in {duration(report.seconds)}, "
        f"committed as version {report.version}"
    )
