"""What every operator is: a maker of tasks.

A task is a function of no arguments that computes one batch (or None, when nothing is left of it).
Operators that work row by row wrap the tasks of their input, so that a whole pipeline from scan to
partial aggregate runs as one task, on one thread, over one morsel of rows (Leis et al. 2014).
Operators that need all of their input run its tasks on the pool and go on with the results, always in
the order of the tasks: answers do not depend on the number of threads. They do so while they make
their own tasks, which happens on the thread of the statement: a task never waits for another task,
so any number of them can share the pool.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.execute.context import OperatorMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from coldb.engine.batch import Batch
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.sieve import ColumnTest
    from coldb.engine.plan import Plan

__all__ = ["Operator", "Task", "finished"]

Task: TypeAlias = "Callable[[], Batch | None]"


def finished(batch: Batch | None) -> Task:
    """A task whose batch is there already."""
    return lambda: batch


class Operator(ABC):
    """One node of a running plan. An operator is made for one execution and used once."""

    def __init__(self, plan: Plan, *inputs: Operator) -> None:
        self.plan = plan
        self.inputs = inputs
        self.metrics = OperatorMetrics()

    @abstractmethod
    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        """The work of this operator and of everything below it.

        Whatever needs all of the input is done between the tasks, by the thread that asks for them.
        """

    def push_test(self, field: int, test: ColumnTest) -> bool:
        """Takes over a test on the stored integers of a field, if this operator can run it cheaper.

        Called before `make_tasks`. False: the caller has to test by itself.
        """
        return False

    def hint(self, field: int, values: CodeSet) -> None:  # noqa: B027 - most can do nothing with it
        """Nobody needs rows in which a field of integers has none of these values, NULLs included.

        Called before `make_tasks`. An operator that can leave such rows out cheaply may do so.
        """

    def tasks(self, context: ExecutionContext) -> Iterator[Task]:
        """`make_tasks`, with cancellation checked and time and rows counted."""
        making = iter(self.make_tasks(context))
        while True:
            started = time.perf_counter()
            task = next(making, None)
            elapsed = time.perf_counter() - started
            with context.lock:
                self.metrics.seconds += elapsed
            if task is None:
                return
            yield self._measured(task, context)

    def batches(self, context: ExecutionContext) -> Iterator[Batch]:
        """Runs everything on the pool; batches of no rows are left out."""
        for batch in context.pool.map_in_order(self.tasks(context)):
            if batch is not None and batch.rows:
                yield batch

    def _measured(self, task: Task, context: ExecutionContext) -> Task:
        metrics = self.metrics

        def run() -> Batch | None:
            context.check()
            started = time.perf_counter()
            batch = task()
            elapsed = time.perf_counter() - started
            with context.lock:
                metrics.seconds += elapsed
                if batch is not None:
                    metrics.batches += 1
                    metrics.rows += batch.rows
            return batch

        return run
