"""`coldb restore`: a database from its backup."""

from __future__ import annotations

import click

from coldb.units import count, size

__all__ = ["command"]


@click.command(name="restore")
@click.argument("archive", type=click.Path(), metavar="FILE")
@click.argument("database", type=click.Path(), metavar="DB")
def command(archive: str, database: str) -> None:
    """Make the database DB, where nothing may be yet, of what `coldb backup` wrote into FILE.

    All of it is checked; if anything is damaged, nothing is left at DB.
    """
    from coldb_warehouse.backup import restore

    restored = restore(archive, database)
    click.echo(
        f"version {restored.version}: {count(restored.files, 'file')}, {size(restored.nbytes)}"
    )
