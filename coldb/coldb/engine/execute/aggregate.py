"""GROUP BY: each morsel is grouped by itself, and the partial groups are grouped again.

The two levels use one mechanism: `grouping` numbers the groups, `aggregate_calls` computes or merges
a state for each. Grouping sets are a third level of it: a set is made from the groups of a larger one,
and only sets that no other contains look at the rows (Gray et al., "Data cube", 1997). Calls whose
states cannot be merged, such as those with DISTINCT, see all of the rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.batch import Batch, batch_of
from coldb.engine.calls import GROUPING_SET
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.aggregate_calls import (
    can_merge,
    finish_states,
    merge_states,
    start_states,
)
from coldb.engine.execute.concat import concat_batches, concat_vectors
from coldb.engine.execute.key_sets import hinted_field
from coldb.engine.execute.operator import Operator, finished
from coldb.engine.execute.table_aggregates import states_of_table
from coldb.engine.grouping import group_rows
from coldb.engine.vector import Vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from coldb.engine.calls import AggregateCall
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.code_sets import CodeSet
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.operator import Task
    from coldb.engine.execute.states.state import State
    from coldb.engine.plan import Aggregate

__all__ = ["AggregateOperator"]

# The numbers of the keys that a grouping set groups by.
KeySet: TypeAlias = frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """The groups of some rows: a vector for each key that they are grouped by, a state for each call."""

    count: int
    keys: Mapping[int, Vector]
    states: tuple[State, ...]


class AggregateOperator(Operator):
    """Groups and aggregates its input; gives one batch for each grouping set."""

    plan: Aggregate

    def hint(self, field: int, values: CodeSet) -> None:
        """Whole groups go, where the field is a key of all of them."""
        for number in self.plan.common_keys:
            is_key = self.plan.fields[number].id == field
            source = hinted_field(self.plan.keys[number]) if is_key else None
            if source is not None:
                self.inputs[0].hint(source.id, values)

    def make_tasks(self, context: ExecutionContext) -> Iterable[Task]:
        for batch in self._aggregate(context):
            yield finished(batch)

    def _aggregate(self, context: ExecutionContext) -> Iterator[Batch]:
        known = states_of_table(self.plan, context)
        if known is not None:
            self.metrics.add("answers of statistics", len(known))
            yield self._finish(Partial(1, {}, known), 0)
            return
        sets = self._sets()
        by_set = self._from_rows(_made_from_rows(sets, self._can_merge()), context)
        for keys in sorted(set(sets) - by_set.keys(), key=len, reverse=True):
            finer = min((by_set[other] for other in by_set if other > keys), key=_group_count)
            by_set[keys] = self._merge([finer], keys, context.evaluation)
        for number, keys in enumerate(sets):
            yield self._finish(by_set[keys], number)

    def _sets(self) -> list[KeySet]:
        if self.plan.sets is None:
            return [frozenset(range(len(self.plan.keys)))]
        return [frozenset(keys) for keys in self.plan.sets]

    def _calls(self) -> tuple[AggregateCall, ...]:
        """The calls that are computed; the number of its grouping set is known of every group."""
        return tuple(call for call in self.plan.aggregates if call.function != GROUPING_SET)

    def _can_merge(self) -> bool:
        return all(map(can_merge, self._calls()))

    # --- groups ---------------------------------------------------------------------------------

    def _from_rows(
        self, sets: Sequence[KeySet], context: ExecutionContext
    ) -> dict[KeySet, Partial]:
        """The groups of these sets, made in one pass over the input."""
        child = self.inputs[0]
        if self._can_merge():
            tasks = (partial(self._run, task, sets, context) for task in child.tasks(context))
            morsels = [parts for parts in context.pool.map_in_order(tasks) if parts is not None]
        else:
            rows = concat_batches(list(child.batches(context)), child.plan.fields)
            morsels = [self._partials(rows, sets, context.evaluation)]
        if not morsels:
            no_rows = concat_batches([], self.plan.child.fields)
            morsels = [self._partials(no_rows, sets, context.evaluation)]
        self.metrics.add("partial groups", sum(part.count for parts in morsels for part in parts))
        return {
            keys: parts[0] if len(parts) == 1 else self._merge(parts, keys, context.evaluation)
            for keys, parts in zip(sets, zip(*morsels, strict=True), strict=True)
        }

    def _run(
        self, task: Task, sets: Sequence[KeySet], context: ExecutionContext
    ) -> list[Partial] | None:
        batch = task()
        if batch is None or not batch.rows:
            return None
        return self._partials(batch, sets, context.evaluation)

    def _partials(
        self, batch: Batch, sets: Sequence[KeySet], context: EvaluationContext
    ) -> list[Partial]:
        keys = [evaluate(key, batch, context).expanded(batch.rows) for key in self.plan.keys]
        return [
            self._partial(batch, {number: keys[number] for number in sorted(chosen)}, context)
            for chosen in sets
        ]

    def _partial(
        self, batch: Batch, keys: Mapping[int, Vector], context: EvaluationContext
    ) -> Partial:
        groups = group_rows(list(keys.values()), batch.rows, context.entry_codes)
        states = tuple(start_states(call, groups, batch, context) for call in self._calls())
        of_groups = {number: key.take(groups.first) for number, key in keys.items()}
        return Partial(groups.count, of_groups, states)

    def _merge(
        self, partials: Sequence[Partial], keys: KeySet, context: EvaluationContext
    ) -> Partial:
        """Partial groups as the groups of a set, the same or a smaller one."""
        rows = sum(part.count for part in partials)
        columns = {
            number: concat_vectors([part.keys[number] for part in partials])
            for number in sorted(keys)
        }
        groups = group_rows(list(columns.values()), rows, context.entry_codes)
        states = []
        for number, call in enumerate(self._calls()):
            parts = zip(*(part.states[number] for part in partials), strict=True)
            together = tuple(concat_vectors(column) for column in parts)
            states.append(merge_states(call, groups, together))
        of_groups = {number: key.take(groups.first) for number, key in columns.items()}
        return Partial(groups.count, of_groups, tuple(states))

    # --- results --------------------------------------------------------------------------------

    def _finish(self, merged: Partial, number: int) -> Batch:
        """The rows of the grouping set of that number; keys that it leaves out are NULL."""
        fields = iter(self.plan.fields)
        columns: dict[int, Vector] = {}
        for key in range(len(self.plan.keys)):
            field = next(fields)
            left_out = Vector.constant_of(field.type, None)
            columns[field.id] = merged.keys.get(key, left_out)
        states = iter(merged.states)
        for call, field in zip(self.plan.aggregates, fields, strict=True):
            if call.function == GROUPING_SET:
                columns[field.id] = Vector.constant_of(call.type, number)
            else:
                columns[field.id] = finish_states(call, next(states))
        return batch_of(columns, merged.count)


def _made_from_rows(sets: Sequence[KeySet], can_merge: bool) -> list[KeySet]:
    """The sets that have to look at the rows, each once: all, or those that no other contains."""
    different = list(dict.fromkeys(sets))
    if not can_merge:
        return different
    return [keys for keys in different if not any(keys < other for other in different)]


def _group_count(groups: Partial) -> int:
    return groups.count
