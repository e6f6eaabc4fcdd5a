"""`coldb backup`: one version of a database as one file."""

from __future__ import annotations

import click

from coldb.units import count, size

__all__ = ["command"]


@click.command(name="backup")
@click.argument("database", type=click.Path(), metavar="DB")
@click.argument("archive", type=click.Path(), metavar="FILE")
def command(database: str, archive: str) -> None:
    """Write the newest version of the database DB into the new tar archive FILE.

    Nobody has to stop writing meanwhile.
    """
    from coldb_warehouse.backup import back_up

    written = back_up(database, archive)
    click.echo(f"version {written.version}: {count(written.files, 'file')}, {size(written.nbytes)}")
