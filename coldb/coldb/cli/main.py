"""The command `coldb`: finds a command's module, runs it, turns errors into messages and statuses.

Status 0 is success, 1 an error that the user can read on stderr, 2 wrong usage, 130 Ctrl-C and 141
a reader that went away (what a Unix shell reports for SIGINT and SIGPIPE).
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, NoReturn

import click

from coldb.cli.lazy import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["coldb", "main", "run"]

ERROR, USAGE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141

coldb = LazyGroup(
    "coldb.cli",
    {
        "demo": "Make a shop, load its star, run its reports on both.",
        "shell": "Run SQL: at a prompt, from -c, a file, or a pipe.",
        "etl": "Fill a warehouse from its source.",
        "compare": "Run queries on the warehouse and on its source.",
        "check": "Read everything and verify it.",
        "backup": "Write a version into one file.",
        "restore": "Make a database of a backup.",
        "info": "Show tables, columns, encodings and bytes.",
    },
    name="coldb",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""An embedded star-schema warehouse.

    Start with `coldb demo`, or with `coldb etl discover YOUR.sqlite`.
    """,
)
coldb = click.version_option(message="coldb %(version)s", package_name="coldb")(coldb)


def main() -> NoReturn:
    """The entry point: runs the command line of this process and leaves it."""
    from coldb.shell.page import escape_what_streams_lack

    escape_what_streams_lack()
    warnings.showwarning = _show_warning
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit status; nothing is raised."""
    try:
        # Not coldb.main(...): it has ideas of its own about Ctrl-C and broken pipes.
        with coldb.make_context("coldb", list(arguments)) as context:
            status = coldb.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more when it ends, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        from coldb.shell.report import error_text

        if os.environ.get("COLDB_TRACEBACK"):
            raise
        click.echo(error_text(error), err=True)
        return ERROR
    return status if isinstance(status, int) else 0


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """A warning without the line of code that Python would show."""
    click.echo(f"warning: {message}", err=True)
