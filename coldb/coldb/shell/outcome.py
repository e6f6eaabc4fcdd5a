"""Running one statement for the shell: all of its result, and what it took."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.interruptible import run_interruptibly

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from coldb.connection import Connection
    from coldb.session import Metrics

__all__ = ["Outcome", "run_statement"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement did. `table` is None if it has no result, `rowcount` -1 if none counts."""

    statement: str
    table: pa.Table | None
    rowcount: int
    seconds: float
    metrics: Metrics | None


def run_statement(
    connection: Connection, sql: str, waiting: Callable[[float], None] = lambda _seconds: None
) -> Outcome:
    """Executes and fetches, so that Ctrl-C cancels both; raises coldb.Error or Interrupted.

    `waiting` hears now and then how many seconds it has been running.
    """

    def work() -> Outcome:
        start = time.perf_counter()
        cursor = connection.execute(sql)
        table = cursor.arrow() if cursor.description is not None else None
        seconds = time.perf_counter() - start
        return Outcome(cursor.statement or "", table, cursor.rowcount, seconds, cursor.metrics)

    return run_interruptibly(work, connection.interrupt, waiting)
