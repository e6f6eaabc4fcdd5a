"""`coldb compare`: queries on the warehouse and on its source, side by side."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="compare")
@click.argument("database", type=click.Path(exists=True, file_okay=False), metavar="DB")
@click.option("-q", "--query", "queries", multiple=True, metavar="SQL", help="A query. Repeatable.")
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file with one query or several. Repeatable.",
)
@click.option(
    "--reports",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A directory of such files, which end in .sql.",
)
@click.option(
    "--runs", type=click.IntRange(min=1), default=5, show_default=True, help="Runs of each query."
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the comparison as a page as well.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Threads that coldb may use.")
def command(
    database: str,
    queries: tuple[str, ...],
    files: tuple[Path, ...],
    reports: Path | None,
    runs: int,
    html: Path | None,
    threads: int | None,
) -> int:
    """Run queries on the warehouse DB and on the source it was filled from.

    Shows what both took, and whether the answers are equal: status 1 unless all are. A query may
    read every table that is declared with FROM SOURCE.
    """
    import coldb
    from coldb.cli.bars import compared
    from coldb.compare import all_equal
    from coldb.compare.page import html_page
    from coldb.compare.queries import queries_in, reports_in
    from coldb.compare.terminal import show_comparisons

    named = [(f"query {at}", sql) for at, sql in enumerate(queries, start=1)]
    for path in files:
        named += queries_in(path)
    if reports is not None:
        named += reports_in(reports)
    if not named:
        raise click.UsageError("give at least one query: -q SQL, -f FILE or --reports DIR")

    with closing(coldb.connect(database, read_only=True, threads=threads)) as connection:
        results = compared(connection, named, runs)
    show_comparisons(results, sys.stdout)
    if html is not None:
        title = f"{Path(database).name} and its source"
        html.write_text(html_page(results, title), encoding="utf-8")
    return 0 if all_equal(results) else 1
