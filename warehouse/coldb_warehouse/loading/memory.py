"""How many rows of a load may be in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.loading.spill import SpilledRows
from coldb_warehouse.reading.cache import default_limit

if TYPE_CHECKING:
    from coldb_warehouse.loading.intake import Intake
    from coldb_warehouse.loading.runs import Runs
    from coldb_warehouse.settings import Settings

__all__ = ["LoadMemory"]

_BATCH_ROWS = 1 << 17
_RUN_SHARE = 4  # of the memory one part in so many for rows; to sort them takes as much again
_RANGE_SHARE = 2
_ORDER_BYTES = 48  # a row that is sorted: its key in a word or two, and its number
_COPIES = 6  # of a column, while three threads gather and encode one each
_KEY_BYTES = 64  # a key that is compared with all others, a column


class LoadMemory:
    """The shares of `memory_limit`, or the `run_rows` of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._limit = default_limit() if settings.memory_limit is None else settings.memory_limit
        self._run_rows = settings.run_rows
        self.batch_rows = min(_BATCH_ROWS, settings.run_rows or _BATCH_ROWS)

    def is_full_with(self, intake: Intake) -> bool:
        """Whether what has been taken in should be sorted and spilled."""
        if self._run_rows is not None:
            return intake.rows >= self._run_rows
        return intake.nbytes >= self._limit // _RUN_SHARE

    def rows_of_a_range(self, runs: Runs) -> int:
        """How many rows may be merged at a time."""
        if self._run_rows is not None:
            return self._run_rows
        spilled = [run for run in runs.runs if isinstance(run, SpilledRows)]
        widest = max((run.nbytes // run.count + 1 for run in spilled), default=0)
        return self._limit // _RANGE_SHARE // (_ORDER_BYTES + _COPIES * widest)

    def parts_of_keys(self, runs: Runs) -> int:
        """Into how many parts keys are divided to find those that are repeated."""
        most = self._limit // _RANGE_SHARE // _KEY_BYTES
        if self._run_rows is not None:
            most = self._run_rows
        return max(-(-runs.count // max(most, 1)), 1)
