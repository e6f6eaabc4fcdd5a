"""`coldb check`: reads everything and verifies it."""

from __future__ import annotations

import click

from coldb.units import count, size

__all__ = ["command"]


@click.command(name="check")
@click.argument("database", type=click.Path(), metavar="DB")
def command(database: str) -> int:
    """Read all of the database DB and verify it: checksums, statistics, codes, keys, order.

    Damage is listed on standard error, and the status is 1. Nothing is changed.
    """
    from coldb_warehouse import check

    report = check(database)
    for problem in report.problems:
        click.echo(f"damaged: {problem}", err=True)
    for leftover in report.leftovers:
        click.echo(f"left over, harmless: {leftover}")
    verdict = count(len(report.problems), "problem") if report.problems else "no damage"
    click.echo(
        f"version {report.version}: {verdict} in {count(report.tables, 'table')}, "
        f"{count(report.rows, 'row')}, {size(report.nbytes)}"
    )
    return 1 if report.problems else 0
