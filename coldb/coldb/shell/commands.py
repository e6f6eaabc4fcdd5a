"""The meta commands in one table: each is a decorated function, and the help is the table."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from coldb.shell.errors import Quit, ShellError
from coldb.shell.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from coldb.shell.session import Session

__all__ = ["COMMANDS", "Command", "Takes", "find_command", "run_command", "split_command"]

Takes: TypeAlias = Literal["nothing", "table", "file", "format", "switch", "number", "sql"]


@dataclass(frozen=True, slots=True)
class Command:
    """`names`: that of the help first. `takes`: the kind of argument, which completion offers."""

    names: tuple[str, ...]
    takes: Takes
    argument: str
    summary: str
    run: Callable[[Session, str], None]

    @property
    def usage(self) -> str:
        return f"{self.names[0]} {self.argument}".strip()


COMMANDS: list[Command] = []


def command(
    *names: str, summary: str, takes: Takes = "nothing", argument: str = ""
) -> Callable[[Callable[[Session, str], None]], Callable[[Session, str], None]]:
    """Enters the function in COMMANDS. It gets the session and the argument without quotes."""

    def enter(run: Callable[[Session, str], None]) -> Callable[[Session, str], None]:
        COMMANDS.append(Command(names, takes, argument, summary, run))
        return run

    return enter


def split_command(line: str) -> tuple[str, str]:
    """The name and the argument of a meta command; quotes around the argument are dropped."""
    name, _, argument = line.strip().partition(" ")
    argument = argument.strip().removesuffix(";").rstrip()
    if len(argument) >= 2 and argument[0] == argument[-1] and argument[0] in "'\"":
        argument = argument[1:-1]
    return name, argument


def find_command(name: str) -> Command:
    """The command of that name; raises ShellError with the nearest one."""
    by_name = {each: command for command in COMMANDS for each in command.names}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=1)
    hint = f"did you mean {near[0]}?" if near else "\\? lists them"
    raise ShellError(f"no command {name}; {hint}")


def run_command(session: Session, line: str) -> None:
    """Runs a line such as `\\d customer`; raises ShellError, Quit and what the command raises."""
    name, argument = split_command(line)
    found = find_command(name)
    if argument and found.takes == "nothing":
        raise ShellError(f"{name} takes no argument")
    found.run(session, argument)


# --- the commands ------------------------------------------------------------------------------


@command("\\?", ".help", summary="list the meta commands")
def _help(session: Session, _argument: str) -> None:
    rows = [(each.usage, " ".join(each.names[1:]), each.summary) for each in COMMANDS]
    widths = [max(len(row[at]) for row in rows) for at in (0, 1)]
    for usage, aliases, summary in rows:
        text = f"{usage:{widths[0]}}  {aliases:{widths[1]}}  {summary}"
        session.page.text.write(text + "\n")
    session.page.text.flush()


@command("\\q", ".quit", ".exit", summary="leave the shell (also Ctrl-D)")
def _quit(_session: Session, _argument: str) -> None:
    raise Quit


@command("\\dt", ".tables", summary="list the tables")
def _tables(session: Session, _argument: str) -> None:
    from coldb.shell.catalog import tables_overview

    session.show_table(tables_overview(session.connection.warehouse.snapshot()))


@command(
    "\\d",
    ".schema",
    takes="table",
    argument="[TABLE]",
    summary="describe a table or view, or list all of them",
)
def _describe(session: Session, argument: str) -> None:
    if not argument:
        _tables(session, "")
        return
    columns, notes = _described(session, argument)
    session.show_table(columns)
    if session.format == "table":
        session.page.text.write("".join(f"{note}\n" for note in notes))
        session.page.text.flush()


def _described(session: Session, name: str) -> tuple[pa.Table, list[str]]:
    """The columns of a table or view, and what else there is to say of it."""
    from coldb.engine.bind import Catalog, view_types
    from coldb.shell.catalog import (
        columns_overview,
        table_notes,
        view_columns_overview,
        view_notes,
    )

    snapshot = session.connection.warehouse.snapshot()
    catalog = Catalog(snapshot)
    view = catalog.view(name)
    if view is None:
        table = snapshot.table(name)
        return columns_overview(table), table_notes(table)
    return view_columns_overview(view, view_types(view, catalog)), view_notes(view)


@command("\\ds", ".sources", summary="list the sources that tables are filled from")
def _sources(session: Session, _argument: str) -> None:
    from coldb.shell.catalog import sources_overview

    session.show_table(sources_overview(session.connection.warehouse.snapshot()))


@command(
    "\\timing", ".timer", takes="switch", argument="[on|off]", summary="show what a statement took"
)
def _timing(session: Session, argument: str) -> None:
    session.timing = _switch(argument, session.timing)
    session.say(f"timing is {'on' if session.timing else 'off'}")


@command("\\x", ".vertical", takes="switch", argument="[on|off]", summary="show one line a value")
def _vertical(session: Session, argument: str) -> None:
    session.set_vertical(_switch(argument, session.format == "vertical"))
    session.say(f"format is {session.format}")


@command(
    "\\f", ".mode", takes="format", argument="[FORMAT]", summary="choose the format of results"
)
def _format(session: Session, argument: str) -> None:
    if argument:
        session.set_format(argument)
        session.say(f"format is {session.format}")
        return
    width = max(map(len, FORMATS))
    for each in FORMATS.values():
        mark = "*" if each.name == session.format else " "
        session.page.text.write(f"{mark} {each.name:{width}}  {each.summary}\n")
    session.page.text.flush()


@command(
    "\\o",
    ".output",
    takes="file",
    argument="[FILE]",
    summary="write results to a new file, or show them",
)
def _output(session: Session, argument: str) -> None:
    session.set_output(argument or None)


@command("\\i", ".read", takes="file", argument="FILE", summary="run the statements in a file")
def _read(session: Session, argument: str) -> None:
    if not argument:
        raise ShellError("\\i needs the name of a file")
    session.run_file(argument)


@command(
    "\\rows",
    ".maxrows",
    takes="number",
    argument="[N]",
    summary="show at most N rows on a terminal (0: all)",
)
def _max_rows(session: Session, argument: str) -> None:
    if argument:
        if not argument.isdecimal():
            raise ShellError(f"\\rows takes a number of rows, not {argument}")
        session.set_max_rows(int(argument) or None)
    session.say(f"at most {session.console.max_rows or 'all'} rows are shown")


@command("\\last", ".last", summary="show the last result again, without running it")
def _last(session: Session, _argument: str) -> None:
    session.show_table(_last_table(session))


@command("\\e", ".edit", summary="edit the last statement in $EDITOR")
def _edit(session: Session, _argument: str) -> None:
    from coldb.shell.editor import edited

    session.next_input = edited(session.last_query)


@command(
    ".compare",
    takes="sql",
    argument="[SQL]",
    summary="run a query, or the last one, on the source as well",
)
def _compare(session: Session, argument: str) -> None:
    from coldb.compare import Comparer
    from coldb.compare.terminal import show_comparisons

    query = argument or session.last_query
    if not query:
        raise ShellError(".compare needs a query, or one that was run before")
    with Comparer(session.connection) as comparer:
        show_comparisons([comparer.compare("query", query)], session.console.text)


def _switch(argument: str, now: bool) -> bool:
    """What on, off, or nothing (the other one) makes of a setting."""
    if argument not in ("", "on", "off"):
        raise ShellError(f'say on or off, not "{argument}"')
    return not now if not argument else argument == "on"


def _last_table(session: Session) -> pa.Table:
    if session.last is None or session.last.table is None:
        raise ShellError("there is no result yet")
    return session.last.table
