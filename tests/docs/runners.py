"""How examples run: SQL as the shell runs it, Python in one namespace a page, commands in a shell."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

from coldb.shell.errors import ShellError
from coldb.shell.report import error_text
from coldb.shell.script import units
from coldb.shell.session import Session

import coldb
from benchmarks.ddl import without_star
from tests.shell.pages import memory_page, shown

if TYPE_CHECKING:
    import psycopg

__all__ = ["ConsoleRunner", "PostgresRunner", "PythonRunner", "SqlRunner"]


# What transcripts show for the directory that they ran in.
SHOWN_DIRECTORY = "/srv/warehouse"


class SqlRunner:
    """The statements of a page share one database in memory."""

    def __init__(self) -> None:
        self._connection = coldb.connect(":memory:", threads=1)

    def run(self, sql: str) -> str:
        """What the shell writes: the results, and in its place the first error."""
        page = memory_page()
        session = Session(self._connection, page, io.StringIO())
        for unit in units(io.StringIO(sql)):
            try:
                session.run(unit)
            except (coldb.Error, ShellError) as error:
                page.text.write(error_text(error) + "\n")
        return shown(page)

    def close(self) -> None:
        self._connection.close()


class PostgresRunner:
    """The same statements in PostgreSQL, less what it has no words for, written as coldb writes."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection.pgconn

    def run(self, sql: str) -> str:
        result = self._connection.exec_(without_star(sql).encode())
        if result.error_message:
            message = result.error_message.decode().splitlines()[0]
            return message.replace("ERROR:  ", "error: ") + "\n"
        if not result.nfields:
            return f"{(result.command_status or b'').decode()}\n"
        texts = [
            [result.get_value(row, at) for at in range(result.nfields)]
            for row in range(result.ntuples)
        ]
        cells = [["NULL" if text is None else text.decode() for text in row] for row in texts]
        names = [(result.fname(at) or b"").decode() for at in range(result.nfields)]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        lines = [
            " │ ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (names, *cells)
        ]
        rule = "─┼─".join("─" * width for width in widths)
        return "".join(f" {line}\n" for line in lines).replace("\n", f"\n─{rule}─\n", 1)


class PythonRunner:
    """The scripts of a page share one namespace; what they print is their output."""

    def __init__(self) -> None:
        self._names: dict[str, object] = {"__name__": "__main__"}

    def run(self, script: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(script, "<example>", "exec"), self._names)
        return printed.getvalue()


class ConsoleRunner:
    """Commands as typed at a prompt: `$ ` begins one, `> ` goes on with it; the rest is output."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        scripts = sysconfig.get_path("scripts")
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join((scripts, os.path.dirname(sys.executable), os.environ["PATH"])),
            "PYTHONIOENCODING": "utf-8",
        }

    def run(self, transcript: str) -> str:
        """The transcript again, with the output that the commands have now."""
        written = []
        for command in _commands(transcript):
            result = subprocess.run(
                ["bash", "-c", command],
                cwd=self._directory,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                check=False,
                timeout=120,
            )
            output = result.stdout.replace(self._directory, SHOWN_DIRECTORY)
            typed = "$ " + command.replace("\n", "\n> ")
            written.append(f"{typed}\n{output}".rstrip("\n") + "\n")
        return "".join(written)


def _commands(transcript: str) -> list[str]:
    commands: list[str] = []
    for line in transcript.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif re.match(r"> ?", line) and commands:
            commands[-1] += "\n" + line[2:]
    return commands
