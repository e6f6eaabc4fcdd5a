"""`coldb compare`: queries on the warehouse and on its source, side by side."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

__all__ = ["command", "queries_in"]


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
    named = [(f"query {at}", sql) for at, sql in enumerate(queries, start=1)]
    for path in (*files, *sorted(reports.glob("*.sql") if reports else ())):
        named += queries_in(path)
    if not named:
        raise click.UsageError("give at least one query: -q SQL, -f FILE or --reports DIR")
    import coldb
    from coldb.compare import Comparison, compare_queries
    from coldb.compare.page import html_page
    from coldb.compare.terminal import show_comparisons

    with closing(coldb.connect(database, read_only=True, threads=threads)) as connection:
        results = list(compare_queries(connection, named, runs))
    show_comparisons(results, sys.stdout)
    if html is not None:
        title = f"{Path(database).name} and its source"
        html.write_text(html_page(results, title), encoding="utf-8")
    equal = all(isinstance(each, Comparison) and each.difference is None for each in results)
    return 0 if equal else 1


def queries_in(path: Path) -> list[tuple[str, str]]:
    """The queries of a file, each with a name: that of the file, and a number if there are more."""
    from coldb_grammar import split_statements

    from coldb.errors import translated

    with translated():
        parts = split_statements(path.read_text(encoding="utf-8"))
    name = path.stem.replace("_", " ").replace("-", " ")
    if len(parts) == 1:
        return [(name, parts[0][0])]
    return [(f"{name} {at}", sql) for at, (sql, _) in enumerate(parts, start=1)]
