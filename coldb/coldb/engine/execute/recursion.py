"""WITH RECURSIVE: a step is run over the rows of the step before until it gives none.

This is semi-naive evaluation (Bancilhon 1986): a step sees what is new, not everything there is. What
it reads besides is computed once, before the first step, and a round costs no planning: it runs the
same plan with other rows in its working table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import batch_of, renamed
from coldb.engine.execute.concat import concat_batches
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.grouping import group_rows
from coldb.engine.plan import (
    FrameScan,
    Lookup,
    OneRow,
    WorkingTable,
    children,
    with_children,
    working_tables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from coldb.engine.batch import Batch
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.expressions import Field
    from coldb.engine.plan import Plan, Recursive

__all__ = ["RecursiveOperator", "WorkingTableOperator"]


class WorkingTableOperator(Operator):
    """Gives the rows that are in a working table now."""

    plan: WorkingTable

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        rows, fields = context.working_tables[self.plan.number]
        yield finished(renamed(rows, fields, self.plan.fields))


class RecursiveOperator(Operator):
    """Runs the base once, and the step until it gives no more rows.

    `lower` makes operators for the step: they are used once, so each round needs new ones.
    """

    plan: Recursive

    def __init__(self, plan: Recursive, base: Operator, lower: Callable[[Plan], Operator]) -> None:
        super().__init__(plan, base)
        self._lower = lower

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        # Rounds are run as their rows are asked for, so a LIMIT ends a recursion that has no end.
        for rows in self._rounds(context):
            yield finished(rows)

    def _rounds(self, context: ExecutionContext) -> Iterator[Batch]:
        rows = self._result(self.inputs[0], context)
        step: Plan | None = None
        before: Batch | None = None
        while True:
            if not self.plan.all:
                rows = self._new_rows(before, rows)
                before = rows if before is None else self._together((before, rows))
            if not rows.rows:
                return
            yield rows
            context.check()
            self.metrics.add("rounds")
            if step is None:
                step = self._with_constant_parts(self.plan.step, context)
            context.working_tables[self.plan.number] = rows, self.plan.fields
            rows = self._result(self._lower(step), context)

    def _result(self, operator: Operator, context: ExecutionContext) -> Batch:
        """All rows of an operator under the fields of this node."""
        theirs = operator.plan.fields
        return renamed(_computed(operator, theirs, context), theirs, self.plan.fields)

    def _together(self, batches: tuple[Batch, ...]) -> Batch:
        return concat_batches(batches, self.plan.fields)

    def _new_rows(self, before: Batch | None, rows: Batch) -> Batch:
        """The different rows that were not there before, in the order in which they came."""
        known = 0 if before is None else before.rows
        both = rows if before is None else self._together((before, rows))
        groups = group_rows([both.column(field.id) for field in self.plan.fields], both.rows)
        is_new = np.ones(groups.count, dtype=np.bool_)
        is_new[groups.ids[:known]] = False
        return both.select(np.sort(groups.first.compress(is_new)))

    def _with_constant_parts(self, plan: Plan, context: ExecutionContext) -> Plan:
        """The step with every part that no round changes computed, in a working table of its own."""
        if isinstance(plan, OneRow | FrameScan | WorkingTable):
            return plan
        if self.plan.number not in working_tables(plan):
            rows = _computed(self._lower(plan), plan.fields, context)
            return WorkingTable(context.keep(rows, plan.fields), plan.fields)
        if isinstance(plan, Lookup):
            # The dimension is laid out by position, which takes a stored table.
            return with_children(
                plan, (self._with_constant_parts(plan.child, context), plan.dimension)
            )
        return with_children(
            plan, tuple(self._with_constant_parts(child, context) for child in children(plan))
        )


def _computed(operator: Operator, fields: tuple[Field, ...], context: ExecutionContext) -> Batch:
    """All rows of an operator, every column fetched."""
    whole = concat_batches(list(operator.batches(context)), fields)
    return batch_of({field.id: whole.column(field.id) for field in fields}, whole.rows)
