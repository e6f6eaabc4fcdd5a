"""ORDER BY, LIMIT, and both at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.concat import concat_batches
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.grouping import key_codes, sort_by, validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    import numpy.typing as npt
    from coldb.engine.batch import Batch
    from coldb.engine.calls import SortKey
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.plan import Limit, Sort, TopN

__all__ = ["LimitOperator", "SortOperator", "TopNOperator", "in_order", "sort_codes", "sorted_rows"]


def sorted_rows(
    keys: Sequence[SortKey], batch: Batch, context: EvaluationContext
) -> npt.NDArray[np.intp]:
    """The numbers of the batch's rows in order; equal rows keep their order.

    Every key becomes a small integer that compares as the key should; together they are one number
    in mixed radix, which is sorted along with the row number.
    """
    return in_order([sort_codes(key, batch, context) for key in keys], batch.rows)


def in_order(
    columns: Sequence[tuple[npt.NDArray[np.int64], int]], rows: int
) -> npt.NDArray[np.intp]:
    """The numbers of the rows in ascending order of columns of codes, each with a bound on its codes."""
    if not columns:
        return np.arange(rows, dtype=np.intp)
    size = 1
    for _, radix in columns:
        size *= radix
    row_bits = max(rows - 1, 1).bit_length()
    if max(size - 1, 1).bit_length() + row_bits > 63:
        return np.lexsort([codes for codes, _ in reversed(columns)])
    cells = np.zeros(rows, dtype=np.int64)
    for codes, radix in columns:
        cells *= radix
        cells += codes
    return sort_by(cells, size)


def sort_codes(
    key: SortKey, batch: Batch, context: EvaluationContext
) -> tuple[npt.NDArray[Any], int]:
    """Codes that ascend in the wanted direction, NULLs where they are wanted, and a bound on them."""
    vector = evaluate(key.expression, batch, context).expanded(batch.rows)
    codes, radix = key_codes(vector, batch.rows, context.entry_codes, ordered=True)
    codes = codes.astype(np.int64, copy=False)
    valid = validity(vector)
    values = radix if valid is None else radix - 1
    if key.descending:
        codes = (values - 1) - codes
    if valid is None:
        return codes, radix
    if key.nulls_first:
        codes = codes + 1
        codes[~valid] = 0
    elif key.descending:
        codes[~valid] = values
    return codes, radix


class SortOperator(Operator):
    """Sorts all of its input."""

    plan: Sort

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        batch = concat_batches(list(self.inputs[0].batches(context)), self.plan.fields)
        yield finished(batch.select(sorted_rows(self.plan.keys, batch, context.evaluation)))


class TopNOperator(Operator):
    """The first rows in order: each batch gives its own candidates, and the best of those remain."""

    plan: TopN

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        yield finished(self._top(context))

    def _top(self, context: ExecutionContext) -> Batch:
        wanted = self.plan.offset + self.plan.count
        tasks = (self._candidates(task, wanted, context) for task in self.inputs[0].tasks(context))
        candidates = [
            batch for batch in context.pool.map_in_order(tasks) if batch is not None and batch.rows
        ]
        batch = concat_batches(candidates, self.plan.fields)
        order = sorted_rows(self.plan.keys, batch, context.evaluation)
        return batch.select(order[self.plan.offset : wanted])

    def _candidates(self, task: Task, wanted: int, context: ExecutionContext) -> Task:
        def run() -> Batch | None:
            batch = task()
            if batch is None or batch.rows <= wanted:
                return batch
            return batch.select(
                np.sort(sorted_rows(self.plan.keys, batch, context.evaluation)[:wanted])
            )

        return run


class LimitOperator(Operator):
    """Passes on a range of rows and stops its input when it has them."""

    plan: Limit

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for batch in self._limited(context):
            yield finished(batch)

    def _limited(self, context: ExecutionContext) -> Iterator[Batch]:
        to_skip, left = self.plan.offset, self.plan.count
        if left == 0:
            return
        for batch in self.inputs[0].batches(context):
            start = min(to_skip, batch.rows)
            to_skip -= start
            stop = batch.rows if left is None else min(batch.rows, start + left)
            if stop <= start:
                continue
            yield (
                batch if (start, stop) == (0, batch.rows) else batch.select(np.arange(start, stop))
            )
            if left is not None:
                left -= stop - start
                if left == 0:
                    return
