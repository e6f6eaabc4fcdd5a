"""`coldb etl discover`: a proposed model of a source."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="discover")
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="SOURCE")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the model to this file.",
)
@click.option("--name", metavar="NAME", help="What to call the source; else by its file.")
def command(source: Path, output: Path | None, name: str | None) -> None:
    """Look at the database SOURCE and propose its star: facts, dimensions, hierarchies, a calendar.

    The proposal is SQL with comments, to be read, changed, and run with `coldb shell DB -f FILE`.
    """
    from coldb_etl import discover

    model = discover(source, name=name)
    if output is None:
        click.echo(model, nl=False)
    else:
        output.write_text(model, encoding="utf-8")
