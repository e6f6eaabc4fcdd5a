"""`coldb shell`: statements from a prompt, from -c, from files, or from a pipe."""

from __future__ import annotations

import io
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from coldb.shell.formats import FORMATS

if TYPE_CHECKING:
    from coldb.shell.session import Session

__all__ = ["command"]


@click.command(name="shell")
@click.argument("database", type=click.Path(), metavar="DB")
@click.option(
    "-c",
    "--command",
    "commands",
    multiple=True,
    metavar="SQL",
    help="Run this and end. Repeatable.",
)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Run this script and end; - is standard input. Repeatable.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="table",
    show_default=True,
    help="How results look.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write results to this file.",
)
@click.option("--read-only", is_flag=True, help="Refuse every change.")
@click.option("--timing/--no-timing", default=None, help="Show what each statement took.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads a query may use.")
@click.option("--memory-limit", metavar="SIZE", help="Memory for cached columns, such as 2GB.")
def command(
    database: str,
    commands: tuple[str, ...],
    files: tuple[str, ...],
    format_: str,
    output: str | None,
    read_only: bool,
    timing: bool | None,
    threads: int | None,
    memory_limit: str | None,
) -> None:
    """Run SQL on the database DB, a directory that is created if missing.

    Without -c and -f, statements come from a prompt, or from standard input when that is no
    terminal. A script ends at its first error, with status 1. Commands such as \\d work everywhere;
    \\? lists them. The database :memory: keeps nothing.
    """
    if commands and files:
        raise click.UsageError("use -c or -f, not both")
    import coldb
    from coldb.shell.errors import Quit
    from coldb.shell.page import standard_page
    from coldb.shell.session import Session

    with closing(
        coldb.connect(database, read_only=read_only, threads=threads, memory_limit=memory_limit)
    ) as connection:
        console = standard_page(sys.stdout)
        is_prompt = not commands and not files and sys.stdin.isatty() and console.is_terminal
        session = Session(connection, console, sys.stderr, format_)
        session.timing = is_prompt if timing is None else timing
        if output is not None:
            session.set_output(output)
        try:
            if is_prompt:
                from coldb.shell.repl import run_prompt

                run_prompt(session, database)
            else:
                _run_scripts(session, commands, files)
        except Quit:
            pass
        finally:
            session.close_output()


def _run_scripts(session: Session, commands: tuple[str, ...], files: tuple[str, ...]) -> None:
    for text in commands:
        session.run_lines(io.StringIO(text))
    for path in files:
        if path == "-":
            session.run_lines(sys.stdin, "standard input")
        else:
            session.run_file(path)
    if not commands and not files:
        session.run_lines(sys.stdin, "standard input")
