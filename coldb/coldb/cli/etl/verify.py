"""`coldb etl verify`: is the star what its sources are?"""

from __future__ import annotations

import click

from coldb.cli.etl.options import database_argument, opened, tables_option
from coldb.cli.output import format_option, show_table
from coldb.units import count

__all__ = ["command"]


@click.command(name="verify")
@database_argument
@tables_option
@format_option
def command(database: str, tables: tuple[str, ...], format_: str) -> int:
    """Read the sources of DB again and compare them with what is stored, row by row.

    Status 1 if anything differs. Rows that a load would refuse do not count as different.
    """
    from coldb_etl import verify

    with opened(database, read_only=True) as warehouse:
        checks = verify(warehouse, tables=tables or None)
    differing = [[c.column for c in check.columns if not c.is_equal] for check in checks]
    show_table(
        {
            "table": [check.table for check in checks],
            "in the source": [check.rows_source for check in checks],
            "refused": [check.rows_refused for check in checks],
            "inferred": [check.rows_inferred for check in checks],
            "stored": [check.rows_warehouse for check in checks],
            "equal": ["yes" if check.is_equal else "NO" for check in checks],
            "differing columns": [", ".join(columns) for columns in differing],
        },
        format_,
    )
    unequal = sum(not check.is_equal for check in checks)
    if unequal:
        click.echo(f"{count(unequal, 'table')} differ from their source", err=True)
    return 1 if unequal else 0
