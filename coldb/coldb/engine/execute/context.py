"""What a running statement shares: threads, the cancel flag, the snapshot, counters."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from coldb.engine.evaluate import EvaluationContext
from coldb.engine.execute.columns import ColumnReader
from coldb.errors import InterruptError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa
    from coldb.engine.batch import Batch
    from coldb.engine.expressions import Field
    from coldb.engine.files.parquet_files import ParquetFiles
    from coldb_warehouse import Snapshot

__all__ = ["Cancellation", "ExecutionContext", "OperatorMetrics", "WorkerPool"]

T = TypeVar("T")


class Cancellation:
    """A flag that any thread may raise; running tasks look at it between blocks."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        self._event.set()

    def check(self) -> None:
        if self._event.is_set():
            raise InterruptError("the statement was cancelled")


class WorkerPool:
    """Threads of one connection, started when first needed. numpy releases the GIL inside its loops."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._executor: ThreadPoolExecutor | None = None

    def map_in_order(self, tasks: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Runs the tasks and yields their results in the order of the tasks.

        At most two tasks a thread are in flight, which bounds what waits in memory. Order makes
        answers independent of the number of threads.
        """
        if self.threads == 1:
            for task in tasks:
                yield task()
            return
        iterator = iter(tasks)
        # One task alone (a small table, a last step) is not worth the trip to another thread.
        first = next(iterator, None)
        if first is None:
            return
        second = next(iterator, None)
        if second is None:
            yield first()
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self.threads, thread_name_prefix="coldb")
        waiting = deque([self._executor.submit(first), self._executor.submit(second)])
        try:
            for task in iterator:
                if len(waiting) >= 2 * self.threads:
                    yield waiting.popleft().result()
                waiting.append(self._executor.submit(task))
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Nothing of a statement goes on after it: what has begun is waited for, the rest never begins.
            wait([future for future in waiting if not future.cancel()])

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None


@dataclass(slots=True)
class OperatorMetrics:
    """What one operator did. `seconds` include its inputs' on the same thread; counters are its own."""

    rows: int = 0
    batches: int = 0
    seconds: float = 0.0
    counters: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, amount: int = 1) -> None:
        self.counters[name] = self.counters.get(name, 0) + amount


class CommonResults:
    """What the common queries of a plan give, each run when somebody first reads it.

    That is the thread of the statement, as are all who make tasks: no lock is needed.
    """

    def __init__(self) -> None:
        self._runs: dict[int, Callable[[], list[Batch]]] = {}
        self._batches: dict[int, list[Batch]] = {}

    def offer(self, number: int, run: Callable[[], list[Batch]]) -> None:
        """`run` gives the rows of the common query of that number."""
        self._runs[number] = run

    def batches(self, number: int) -> list[Batch]:
        """The rows of a common query."""
        if number not in self._batches:
            self._batches[number] = self._runs[number]()
        return self._batches[number]


class ExecutionContext:
    """One execution of one plan."""

    def __init__(
        self,
        snapshot: Snapshot,
        frames: dict[str, pa.Table | ParquetFiles],
        pool: WorkerPool,
        cancellation: Cancellation,
        now: dt.datetime,
        block_rows: int,
    ) -> None:
        self.snapshot = snapshot
        self.reader = ColumnReader(snapshot)
        self._past: dict[Snapshot, ColumnReader] = {}
        self.frames = frames
        self.pool = pool
        self.block_rows = block_rows
        self.cancellation = cancellation
        self.evaluation = EvaluationContext(domain_results={}, now=now)
        self.common = CommonResults()
        self.working_tables: dict[int, tuple[Batch, tuple[Field, ...]]] = {}
        self.lock = threading.Lock()
        self.started = time.perf_counter()
        self.rows_read = 0
        self.blocks = 0
        self.blocks_pruned = 0

    @property
    def bytes_read(self) -> int:
        """Bytes of stored columns, as they are in memory, that were tested or fetched."""
        return sum(reader.bytes_read for reader in (self.reader, *self._past.values()))

    def reader_at(self, past: Snapshot | None) -> ColumnReader:
        """The reader of an older version; of the statement's own for None."""
        if past is None:
            return self.reader
        with self.lock:
            return self._past.setdefault(past, ColumnReader(past))

    def keep(self, rows: Batch, fields: tuple[Field, ...]) -> int:
        """Puts rows into a working table; gives its number, one that no plan has."""
        number = -1 - len(self.working_tables)
        self.working_tables[number] = rows, fields
        return number

    def check(self) -> None:
        self.cancellation.check()
