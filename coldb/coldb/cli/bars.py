"""Progress on standard error: bars for tables of rows, and for queries to compare."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from coldb.units import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.compare import Result
    from coldb.connection import Connection

__all__ = ["RowBars", "compared"]


class RowBars:
    """A bar for each table, in the order in which they are first heard of."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[rows]:>9} rows {task.fields[note]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def advance(self, table: str, rows: int, total: int | None, note: str = "") -> None:
        """Shows that so many rows of the table are done; `total` None means that nobody knows."""
        task = self._tasks.get(table)
        if task is None:
            task = self._tasks[table] = self._bars.add_task(table, rows="", note="")
        self._bars.update(task, completed=rows, total=total, rows=quantity(rows), note=note)


def compared(connection: Connection, queries: Sequence[tuple[str, str]], runs: int) -> list[Result]:
    """Compares the queries, with a bar of how many are done."""
    from coldb.compare import compare_queries

    columns = (TextColumn("{task.completed} of {task.total}"), BarColumn(bar_width=30))
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty())
    with bar:
        return list(bar.track(compare_queries(connection, queries, runs), total=len(queries)))
