"""The operator of window functions: it sorts once, and every call adds a column."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.calls import WHOLE_PARTITION
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.concat import concat_batches
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.execute.streaming import ExpressionSource
from coldb.engine.execute.windows import ranks, values
from coldb.engine.execute.windows.aggregates import aggregate_of_frames, aggregate_of_partitions
from coldb.engine.execute.windows.arrangement import arranged
from coldb.engine.execute.windows.call_rows import CallRows
from coldb.engine.expressions import FieldRef
from coldb.engine.grouping import group_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    from coldb.engine.calls import WindowCall
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.execute.windows.arrangement import Arrangement
    from coldb.engine.grouping import Groups
    from coldb.engine.plan import Window
    from coldb.engine.vector import Vector

__all__ = ["WINDOW_KERNELS", "WindowOperator"]

# The functions that are no aggregates.
WINDOW_KERNELS: dict[str, Callable[[CallRows], Vector]] = {**ranks.FUNCTIONS, **values.FUNCTIONS}


class WindowOperator(Operator):
    """Adds the columns of window calls to its input, whose rows stay in their order."""

    plan: Window

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        tasks: Iterable[Task] = self.inputs[0].tasks(context)
        if self.plan.most is not None:
            tasks = (partial(self._first_ranks, task, self.plan.most, context) for task in tasks)
        results = context.pool.map_in_order(tasks)
        batches = [batch for batch in results if batch is not None and batch.rows]
        batch = concat_batches(batches, self.plan.child.fields)
        if batch.rows:
            yield finished(self._with_results(batch, context))

    def _first_ranks(self, task: Task, most: int, context: ExecutionContext) -> Batch | None:
        """The rows of a batch that may be among the first of all."""
        batch = task()
        if batch is None or not batch.rows:
            return None
        ranks = _Rows(self.plan, batch, context).result(self.plan.calls[0]).values
        return batch.select(np.flatnonzero(ranks <= most))

    def _with_results(self, batch: Batch, context: ExecutionContext) -> Batch:
        rows = _Rows(self.plan, batch, context)
        sources: dict[int, ExpressionSource | VectorSource] = {
            field.id: ExpressionSource(FieldRef(field), batch, context.evaluation)
            for field in self.plan.child.fields
        }
        for field, call in zip(self.plan.results, self.plan.calls, strict=True):
            context.check()
            sources[field.id] = VectorSource(rows.result(call))
        return Batch(batch.rows, sources)


class _Rows:
    """The rows of the input, and the two ways to divide them: as groups, which is enough for calls
    that see whole partitions in any order, and sorted."""

    def __init__(self, plan: Window, batch: Batch, context: ExecutionContext) -> None:
        self._plan = plan
        self._batch = batch
        self._context = context

    def result(self, call: WindowCall) -> Vector:
        """The column of a call."""
        evaluation = self._context.evaluation
        kernel = WINDOW_KERNELS.get(call.function, aggregate_of_frames)
        if kernel is aggregate_of_frames and call.frame == WHOLE_PARTITION and not call.sort_keys:
            return aggregate_of_partitions(call, self._groups, self._batch, evaluation)
        keys = self._plan.order_by[: call.sort_keys]
        in_order = CallRows(
            call, self._arrangement, keys, self._sorted, evaluation, self._context.check
        )
        return kernel(in_order).take(self._places)

    @cached_property
    def _groups(self) -> Groups:
        evaluation, rows = self._context.evaluation, self._batch.rows
        keys = [
            evaluate(key, self._batch, evaluation).expanded(rows) for key in self._plan.partition_by
        ]
        return group_rows(keys, rows, evaluation.entry_codes)

    @cached_property
    def _arrangement(self) -> Arrangement:
        return arranged(self._plan, self._batch, self._context.evaluation)

    @cached_property
    def _sorted(self) -> Batch:
        return self._batch.select(self._arrangement.order)

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        """Where each row is in the order."""
        places = np.empty(self._batch.rows, dtype=np.intp)
        places[self._arrangement.order] = np.arange(self._batch.rows, dtype=np.intp)
        return places
