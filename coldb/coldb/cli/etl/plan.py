"""`coldb etl plan`: what a run would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coldb.cli.etl.options import database_argument, opened, tables_option
from coldb.cli.output import format_option, show_table

if TYPE_CHECKING:
    from coldb_etl import TablePlan

__all__ = ["command"]


@click.command(name="plan")
@database_argument
@tables_option
@format_option
def command(database: str, tables: tuple[str, ...], format_: str) -> int:
    """Say what `coldb etl run` would do with the tables of DB, in its order, and do nothing.

    Problems are listed on standard error; with any, the status is 1.
    """
    from coldb_etl import plan

    with opened(database, read_only=True) as warehouse:
        found = plan(warehouse, tables=tables or None)
    show_table(
        {
            "table": [each.schema.name for each in found.tables],
            "source": [each.schema.filling.source for each in found.tables if each.schema.filling],
            "rows": [each.rows for each in found.tables],
            "replaces": [each.rows_now for each in found.tables],
            "missing keys": [_policies(each) for each in found.tables],
            "unused columns": [
                ", ".join(each.matching.extra) if each.matching else "" for each in found.tables
            ],
        },
        format_,
    )
    for problem in found.problems:
        click.echo(f"problem: {problem}", err=True)
    return 1 if found.problems else 0


def _policies(table: TablePlan) -> str:
    """What happens to rows whose keys are not found: `store: reject, product: unknown`."""
    return ", ".join(f"{key.table}: {key.on_missing.value}" for key in table.foreign_keys)
