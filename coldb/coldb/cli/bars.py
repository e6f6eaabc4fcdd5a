"""Progress on standard error: bars for tables of rows, and a count of pieces of work."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from coldb.units import quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RowBars", "waiting"]


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


@contextmanager
def waiting(pieces: int) -> Iterator[Callable[[str], None]]:
    """A bar for pieces of work while the block runs; call the result when one is done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (TextColumn("{task.completed} of {task.total}"), BarColumn(bar_width=30))
    console = Console(stderr=True)
    with Progress(
        *columns, TextColumn("{task.description}"), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=pieces)
        yield lambda name: bar.update(task, advance=1, description=name)
