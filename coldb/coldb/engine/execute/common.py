"""Queries that several places of a plan read, run once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coldb.engine.batch import Batch
from coldb.engine.execute.operator import Operator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.execute.sieve import ColumnTest
    from coldb.engine.plan import Common, CommonScan
    from coldb.engine.vector import Indices, Vector

__all__ = ["CommonOperator", "CommonScanOperator"]


class CommonOperator(Operator):
    """Offers the rows of its first input to those who read them in its second one."""

    plan: Common

    def push_test(self, field: int, test: ColumnTest) -> bool:
        return self.inputs[1].push_test(field, test)

    def hint(self, field: int, values: CodeSet) -> None:
        self.inputs[1].hint(field, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        query, rows = self.inputs
        context.common.offer(self.plan.number, lambda: list(query.batches(context)))
        yield from rows.tasks(context)


class CommonScanOperator(Operator):
    """The batches of a common query, their columns under the fields of this node."""

    plan: CommonScan

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for batch in context.common.batches(self.plan.number):
            yield partial(self._renamed, batch)

    def _renamed(self, batch: Batch) -> Batch:
        sources = {
            own.id: BatchSource(batch, source.id)
            for own, source in zip(self.plan.fields, self.plan.sources, strict=True)
        }
        return Batch(batch.rows, sources)


class BatchSource:
    """A column of a batch, which fetches it once for all who ask."""

    __slots__ = ("batch", "field")

    def __init__(self, batch: Batch, field: int) -> None:
        self.batch = batch
        self.field = field

    def fetch(self, selection: Indices | None) -> Vector:
        return self.batch.fetch(self.field, selection)
