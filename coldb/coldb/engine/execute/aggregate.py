"""GROUP BY: each morsel is grouped by itself, and the partial groups are grouped again.

The two levels use one mechanism: `grouping` numbers the groups, `aggregate_states` computes or merges
a state for each. Only DISTINCT aggregates need to see all of the rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch, batch_of
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.aggregate_states import AGGREGATE_STATES, State
from coldb.engine.execute.concat import concat_batches, concat_vectors
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.execute.table_aggregates import states_of_table
from coldb.engine.grouping import Groups, group_rows
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT, BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.plan import Aggregate, AggregateCall
    from coldb.engine.vector import Mask

__all__ = ["AggregateOperator"]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """The groups of some rows: key vectors and, for each aggregate, a state."""

    count: int
    keys: tuple[Vector, ...]
    states: tuple[State, ...]


class AggregateOperator(Operator):
    """Groups and aggregates its input."""

    plan: Aggregate

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        yield finished(self._aggregate(context))

    def _aggregate(self, context: ExecutionContext) -> Batch:
        known = states_of_table(self.plan, context)
        if known is not None:
            self.metrics.add("answers of statistics", len(known))
            return self._finish(Partial(1, (), known))
        if any(call.distinct for call in self.plan.aggregates):
            partials = [self._over_all_rows(context)]
        else:
            tasks = (partial(self._run, task, context) for task in self.inputs[0].tasks(context))
            partials = [part for part in context.pool.map_in_order(tasks) if part is not None]
        if not partials:
            partials = [self._partial(_no_rows(self.plan), context.evaluation)]
        merged = partials[0]
        if len(partials) > 1:
            merged = self._merge(partials, context.evaluation)
        self.metrics.add("partial groups", sum(part.count for part in partials))
        return self._finish(merged)

    def _run(self, task: Task, context: ExecutionContext) -> Partial | None:
        batch = task()
        return (
            self._partial(batch, context.evaluation) if batch is not None and batch.rows else None
        )

    def _partial(self, batch: Batch, context: EvaluationContext) -> Partial:
        keys = [evaluate(key, batch, context).expanded(batch.rows) for key in self.plan.keys]
        groups = group_rows(keys, batch.rows, context.entry_codes)
        states = tuple(_start(call, groups, batch, context) for call in self.plan.aggregates)
        return Partial(groups.count, tuple(key.take(groups.first) for key in keys), states)

    def _over_all_rows(self, context: ExecutionContext) -> Partial:
        batches = list(self.inputs[0].batches(context))
        return self._partial(
            concat_batches(batches, self.inputs[0].plan.fields), context.evaluation
        )

    def _merge(self, partials: Sequence[Partial], context: EvaluationContext) -> Partial:
        rows = sum(part.count for part in partials)
        keys = [
            concat_vectors(column) for column in zip(*(part.keys for part in partials), strict=True)
        ]
        groups = group_rows(keys, rows, context.entry_codes)
        states = []
        for call, parts in zip(
            self.plan.aggregates, zip(*(part.states for part in partials), strict=True), strict=True
        ):
            together = tuple(concat_vectors(column) for column in zip(*parts, strict=True))
            states.append(AGGREGATE_STATES[call.function].merge(groups, together))
        return Partial(groups.count, tuple(key.take(groups.first) for key in keys), tuple(states))

    def _finish(self, merged: Partial) -> Batch:
        results = [
            AGGREGATE_STATES[call.function].finish(state, call.type)
            for call, state in zip(self.plan.aggregates, merged.states, strict=True)
        ]
        columns = dict(
            zip((field.id for field in self.plan.fields), (*merged.keys, *results), strict=True)
        )
        return batch_of(columns, merged.count)


def _no_rows(plan: Aggregate) -> Batch:
    """An input of no rows, typed by the input's fields."""
    return concat_batches([], plan.child.fields)


def _start(call: AggregateCall, groups: Groups, batch: Batch, context: EvaluationContext) -> State:
    """The states of one aggregate over a batch. A FILTER makes the argument NULL where it is not true."""
    state = AGGREGATE_STATES[call.function]
    wanted = None
    if call.filter is not None:
        wanted = evaluate(call.filter, batch, context).expanded(batch.rows).is_true()
    if not call.arguments:
        return state.start(groups, None if wanted is None else _marks(wanted))
    if wanted is None:
        argument = evaluate(call.arguments[0], batch, context).expanded(batch.rows)
    else:
        argument = _where(call, batch, wanted, context)
    if call.distinct:
        argument = _first_of_each(groups, argument, batch.rows)
    return state.start(groups, argument)


def _marks(wanted: Mask) -> Vector:
    return Vector(BOOLEAN, wanted, wanted)


def _where(call: AggregateCall, batch: Batch, wanted: Mask, context: EvaluationContext) -> Vector:
    """The argument evaluated on the wanted rows alone, NULL on the others."""
    rows = np.flatnonzero(wanted)
    argument = evaluate(call.arguments[0], batch.select(rows), context).expanded(len(rows))
    if not len(rows):
        return Vector.constant_of(argument.type, None).expanded(batch.rows)
    place = np.zeros(batch.rows, dtype=np.intp)
    place[rows] = np.arange(len(rows), dtype=np.intp)
    spread = argument.take(place)
    valid = wanted if spread.valid is None else wanted & spread.valid
    return replace(spread, valid=valid)


def _first_of_each(groups: Groups, argument: Vector, rows: int) -> Vector:
    """The argument with every repetition of a value within its group made NULL."""
    group = Vector(BIGINT, np.ascontiguousarray(groups.ids), bounds=(0, max(groups.count - 1, 0)))
    pairs = group_rows([group, argument], rows)
    keep = np.zeros(rows, dtype=np.bool_)
    keep[pairs.first] = True
    valid = keep if argument.valid is None else keep & argument.valid
    return replace(argument, valid=valid)
