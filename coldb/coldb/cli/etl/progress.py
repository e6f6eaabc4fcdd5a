"""A running load as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.cli.bars import RowBars
from coldb.units import quantity

if TYPE_CHECKING:
    from coldb_etl import Progress

__all__ = ["LoadProgress"]


class LoadProgress(RowBars):
    """A bar for each table, in the order of loading; called with each state of the load."""

    def __call__(self, state: Progress) -> None:
        if not state.table:
            return  # the commit is of all tables, and short
        speed = f"{quantity(state.rows_per_second)} rows/s"
        note = speed if state.phase == "extract" else state.phase
        self.advance(state.table, state.rows, state.total, f"{note:>12}")
