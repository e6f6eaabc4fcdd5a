"""A session of the shell: one connection, where results go and how they look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from coldb.shell.commands import run_command
from coldb.shell.errors import ShellError
from coldb.shell.formats import FORMATS, write
from coldb.shell.outcome import Outcome, run_statement
from coldb.shell.page import Page, file_page
from coldb.shell.patience import waiting_line
from coldb.shell.report import footer
from coldb.shell.script import Unit, is_meta, units

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from coldb.connection import Connection

__all__ = ["Session"]

MAX_SCRIPT_DEPTH = 16


@dataclass(slots=True)
class Session:
    """What the meta commands read and change.

    `console` is where the person looks, `page` where results go: the same until \\o names a file.
    """

    connection: Connection
    console: Page
    errors: TextIO
    format: str = "table"
    timing: bool = False
    page: Page = field(init=False)
    last: Outcome | None = None
    last_query: str = ""
    next_input: str = ""  # what the next prompt starts with: the text that \e edited
    _row_format: str = "table"  # what \x goes back to
    _results_on_page: int = 0
    _scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.console
        self._row_format = "table" if self.format == "vertical" else self.format

    # --- running ---------------------------------------------------------------------------

    def run(self, unit: Unit, script: str = "") -> None:
        """Runs a meta command, or each statement of a piece of SQL up to the first error.

        An error gets a note of its place when the unit comes from a script with a name.
        """
        line = unit.line
        try:
            if is_meta(unit.text):
                run_command(self, unit.text)
                return
            for statement in unit.statements():
                line = statement.line
                self.last_query = statement.sql
                # The lines before it, left empty, make an error count lines as the script does.
                placed = "\n" * (line - 1) + statement.sql
                with waiting_line(self.console) as waiting:
                    outcome = run_statement(self.connection, placed, waiting)
                self.show(outcome)
        except Exception as error:
            if script:
                error.add_note(f"{script}:{getattr(error, 'line', None) or line}")
            raise

    def run_lines(self, lines: Iterable[str], name: str = "") -> None:
        """Runs a script up to the first error."""
        for unit in units(lines):
            self.run(unit, name)

    def run_file(self, path: str) -> None:
        """Runs the script in a file; scripts may run scripts, but not without end."""
        if len(self._scripts) >= MAX_SCRIPT_DEPTH:
            raise ShellError(f"{path}: scripts are nested more than {MAX_SCRIPT_DEPTH} deep")
        self._scripts.append(path)
        try:
            with Path(path).open(encoding="utf-8") as lines:
                self.run_lines(lines, path)
        except UnicodeDecodeError as error:
            raise ShellError(f"{path} is not UTF-8 text: {error}") from error
        finally:
            self._scripts.pop()

    # --- showing ---------------------------------------------------------------------------

    def show(self, outcome: Outcome) -> None:
        """Writes the result to the page, and the footer where a person sees it."""
        if outcome.table is not None:
            self.last = outcome
            if outcome.statement.startswith("EXPLAIN") and self.format == "table":
                self._write_lines(outcome.table)
            else:
                self.show_table(outcome.table)
        self._show_footer(outcome)

    def show_table(self, table: pa.Table) -> None:
        """Writes a table in the session's format."""
        if not FORMATS[self.format].is_text:
            if self.page.is_terminal:
                raise ShellError(f"{self.format} is no text: name a file with \\o, or use a pipe")
            if self._results_on_page:
                raise ShellError(
                    f"{self.format} output holds one result: name another file with \\o"
                )
        self._results_on_page += 1
        write(self.format, table, self.page)
        self.page.text.flush()

    def say(self, text: str) -> None:
        """A line for a person; nothing where none is watching."""
        if self.console.is_terminal:
            self.console.text.write(text + "\n")
            self.console.text.flush()

    def _write_lines(self, table: pa.Table) -> None:
        lines = table.column(0).to_pylist()
        self.page.text.write("".join(f"{line}\n" for line in lines))
        self.page.text.flush()

    def _show_footer(self, outcome: Outcome) -> None:
        text = footer(outcome, self.timing)
        if self.console.is_terminal:
            self.say(self.console.styled(text, "dim"))
        elif self.timing:  # asked for in a script: beside the data, never in it
            self.errors.write(text + "\n")

    # --- settings --------------------------------------------------------------------------

    def set_format(self, name: str) -> None:
        if name not in FORMATS:
            raise ShellError(f'no format "{name}"; there are {", ".join(FORMATS)}')
        self.format = name
        if name != "vertical":
            self._row_format = name

    def set_vertical(self, on: bool) -> None:
        self.format = "vertical" if on else self._row_format

    def set_output(self, path: str | None) -> None:
        """Sends results to a new file, or with None back to the console."""
        page = self.console if path is None else file_page(path)
        self.close_output()
        self.page = page
        self._results_on_page = 0

    def close_output(self) -> None:
        if self.page is not self.console:
            self.page.text.close()
            self.page = self.console

    def set_max_rows(self, limit: int | None) -> None:
        on_console = self.page is self.console
        self.console = replace(self.console, max_rows=limit)
        if on_console:
            self.page = self.console
