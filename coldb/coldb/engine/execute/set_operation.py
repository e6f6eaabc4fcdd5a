"""UNION, INTERSECT and EXCEPT, with and without ALL. Rows are equal when every column is, NULLs included."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import renamed
from coldb.engine.execute.concat import concat_batches
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.grouping import group_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coldb.engine.batch import Batch
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.plan import SetOperation
    from coldb.engine.vector import Indices

__all__ = ["SetOperationOperator"]


class SetOperationOperator(Operator):
    """Combines two inputs column by column."""

    plan: SetOperation

    def hint(self, field: int, values: CodeSet) -> None:
        place = next(i for i, own in enumerate(self.plan.fields) if own.id == field)
        for operator in self.inputs:
            operator.hint(operator.plan.fields[place].id, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        if self.plan.operator == "UNION" and self.plan.all:
            yield from self._renamed(context)
        else:
            yield finished(self._combined(context))

    def _renamed(self, context: ExecutionContext) -> Iterator[Task]:
        """The tasks of both inputs, with their columns under the fields of this node."""
        for operator in self.inputs:
            for task in operator.tasks(context):
                yield partial(self._renamed_task, task, operator)

    def _renamed_task(self, task: Task, operator: Operator) -> Batch | None:
        return self._rename(task(), operator)

    def _rename(self, batch: Batch | None, operator: Operator) -> Batch | None:
        if batch is None:
            return None
        return renamed(batch, operator.plan.fields, self.plan.fields)

    def _combined(self, context: ExecutionContext) -> Batch:
        sides = []
        for operator in self.inputs:
            whole = concat_batches(list(operator.batches(context)), operator.plan.fields)
            sides.append(renamed(whole, operator.plan.fields, self.plan.fields))
        left_rows = sides[0].rows
        both = concat_batches(sides, self.plan.fields)
        groups = group_rows([both.column(field.id) for field in self.plan.fields], both.rows)
        in_left = np.bincount(groups.ids[:left_rows], minlength=groups.count)
        in_right = np.bincount(groups.ids[left_rows:], minlength=groups.count)
        return both.select(self._chosen(groups.first, in_left, in_right))

    def _chosen(self, first: Indices, in_left: Indices, in_right: Indices) -> Indices:
        match self.plan.operator:
            case "UNION":
                return first
            case "INTERSECT" if self.plan.all:
                return np.repeat(first, np.minimum(in_left, in_right))
            case "INTERSECT":
                return first.compress((in_left > 0) & (in_right > 0))
            case "EXCEPT" if self.plan.all:
                return np.repeat(first, np.maximum(in_left - in_right, 0))
            case _:
                return first.compress((in_left > 0) & (in_right == 0))
