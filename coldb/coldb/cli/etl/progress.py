"""A running load as bars on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from coldb.units import quantity

if TYPE_CHECKING:
    from coldb_etl import Progress as LoadState

__all__ = ["LoadProgress"]


class LoadProgress:
    """A bar for each table, in the order of loading; called with each state of the load."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[rows]:>9} rows {task.fields[speed]:>12}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[phase]}"),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, state: LoadState) -> None:
        if not state.table:
            return  # the commit is of all tables, and short
        task = self._tasks.get(state.table)
        if task is None:
            task = self._bars.add_task(state.table, rows="", speed="", phase="")
            self._tasks[state.table] = task
        self._bars.update(
            task,
            completed=state.rows,
            total=state.total,
            rows=quantity(state.rows),
            speed=f"{quantity(state.rows_per_second)} rows/s",
            phase="" if state.phase == "extract" else state.phase,
        )
