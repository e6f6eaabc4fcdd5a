"""Queries that several places of a plan read, run once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coldb.engine.batch import Batch, batch_of
from coldb.engine.execute.operator import Operator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.execute.sieve import ColumnTest
    from coldb.engine.plan import Common, CommonScan

__all__ = ["CommonOperator", "CommonScanOperator"]


class CommonOperator(Operator):
    """Offers the rows of its first input to those who read them in its second one."""

    plan: Common

    def push_test(self, field: int, test: ColumnTest) -> bool:
        return self.inputs[1].push_test(field, test)

    def hint(self, field: int, values: CodeSet) -> None:
        self.inputs[1].hint(field, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        context.common.offer(self.plan.number, partial(self._run_query, context))
        yield from self.inputs[1].tasks(context)

    def _run_query(self, context: ExecutionContext) -> list[Batch]:
        tasks = (partial(self._computed, task) for task in self.inputs[0].tasks(context))
        return [batch for batch in context.pool.map_in_order(tasks) if batch is not None]

    def _computed(self, task: Task) -> Batch | None:
        """A batch with its columns fetched: whoever reads them is to see the same values."""
        batch = task()
        if batch is None or not batch.rows:
            return None
        return batch_of({f.id: batch.column(f.id) for f in self.plan.query.fields}, batch.rows)


class CommonScanOperator(Operator):
    """The batches of a common query, their columns under the fields of this node."""

    plan: CommonScan

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for batch in context.common.batches(self.plan.number):
            yield partial(self._renamed, batch)

    def _renamed(self, batch: Batch) -> Batch:
        sources = {
            own.id: batch.sources[source.id]
            for own, source in zip(self.plan.fields, self.plan.sources, strict=True)
        }
        return Batch(batch.rows, sources)
