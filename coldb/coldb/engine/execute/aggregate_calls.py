"""Aggregate calls over numbered groups: what FILTER, DISTINCT and ORDER BY do to the rows.

    aggregated(call, groups, batch, context)     the result of a call, one entry a group

is all that is needed where groups are seen whole. A call that `can_merge` can also be computed in
parts: `start_states` of each part's groups, `merge_states` of equal groups, `finish_states`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.sorting import sorted_rows
from coldb.engine.execute.states.state import Mergeable, WholeGroup
from coldb.engine.execute.states.table import AGGREGATE_STATES
from coldb.engine.grouping import Groups, group_rows, validity
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT, BOOLEAN

if TYPE_CHECKING:
    import numpy.typing as npt
    from coldb.engine.batch import Batch
    from coldb.engine.calls import AggregateCall
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.execute.states.state import Arguments, State
    from coldb.engine.vector import Mask

__all__ = ["aggregated", "can_merge", "finish_states", "merge_states", "start_states"]


def aggregated(
    call: AggregateCall, groups: Groups, batch: Batch, context: EvaluationContext
) -> Vector:
    """The result of a call for each group of the rows of a batch."""
    return finish_states(call, start_states(call, groups, batch, context))


def can_merge(call: AggregateCall) -> bool:
    """Whether groups may be computed in parts. Equal values in two parts are not DISTINCT."""
    return isinstance(AGGREGATE_STATES[call.function], Mergeable) and not call.distinct


def start_states(
    call: AggregateCall, groups: Groups, batch: Batch, context: EvaluationContext
) -> State:
    """The state of a call for each group of the rows of a batch."""
    computation = AGGREGATE_STATES[call.function]
    wanted = None
    if call.filter is not None:
        wanted = evaluate(call.filter, batch, context).expanded(batch.rows).is_true()
    if isinstance(computation, WholeGroup):
        return (_of_whole_groups(computation, call, groups, batch, wanted, context),)
    arguments = _arguments(call, batch, wanted, context)
    if call.distinct:
        wanted = _first_of_each(groups, arguments, wanted, batch.rows)
        arguments = tuple(_only(argument, wanted) for argument in arguments)
    if call.function == "count_star":
        # Rows are counted whatever is NULL in them.
        arguments = () if wanted is None else (Vector(BOOLEAN, wanted, wanted),)
    return computation.start(groups, arguments)


def merge_states(call: AggregateCall, groups: Groups, state: State) -> State:
    """The states of equal partial groups, made one; only for calls that `can_merge`."""
    computation = AGGREGATE_STATES[call.function]
    assert isinstance(computation, Mergeable)
    return computation.merge(groups, state)


def finish_states(call: AggregateCall, state: State) -> Vector:
    """The results."""
    computation = AGGREGATE_STATES[call.function]
    return state[0] if isinstance(computation, WholeGroup) else computation.finish(state, call.type)


# --- rows of a group that can be made in parts ---------------------------------------------------


def _arguments(
    call: AggregateCall, batch: Batch, wanted: Mask | None, context: EvaluationContext
) -> Arguments:
    """The arguments evaluated on the wanted rows alone, NULL on the others."""
    if wanted is None:
        return tuple(
            evaluate(argument, batch, context).expanded(batch.rows) for argument in call.arguments
        )
    rows = np.flatnonzero(wanted)
    place = np.zeros(batch.rows, dtype=np.intp)
    place[rows] = np.arange(len(rows), dtype=np.intp)
    some = batch.select(rows)
    arguments = []
    for expression in call.arguments:
        argument = evaluate(expression, some, context).expanded(len(rows))
        if len(rows):
            arguments.append(_only(argument.take(place), wanted))
        else:
            arguments.append(Vector.constant_of(argument.type, None).expanded(batch.rows))
    return tuple(arguments)


def _only(vector: Vector, wanted: Mask) -> Vector:
    """The vector with NULL in all rows but the wanted ones."""
    return replace(vector, valid=wanted if vector.valid is None else wanted & vector.valid)


def _first_of_each(groups: Groups, arguments: Arguments, wanted: Mask | None, rows: int) -> Mask:
    """One wanted row for each of the different arguments of each group."""
    keys = [Vector(BIGINT, np.ascontiguousarray(groups.ids), bounds=(0, max(groups.count - 1, 0)))]
    if wanted is not None:
        keys.append(Vector(BOOLEAN, wanted))
    keep = np.zeros(rows, dtype=np.bool_)
    keep[group_rows([*keys, *arguments], rows).first] = True
    return keep if wanted is None else keep & wanted


# --- rows of whole groups --------------------------------------------------------------------------


def _of_whole_groups(
    computation: WholeGroup,
    call: AggregateCall,
    groups: Groups,
    batch: Batch,
    wanted: Mask | None,
    context: EvaluationContext,
) -> Vector:
    """The result of a function over the rows that it wants, in the order that it wants."""
    if wanted is not None:
        batch, groups = _some_rows(batch, groups, np.flatnonzero(wanted))
    if call.order_by:
        batch, groups = _some_rows(batch, groups, sorted_rows(call.order_by, batch, context))
    arguments = _arguments(call, batch, None, context)
    keep = None if computation.keeps_nulls else validity(arguments[0])
    if call.distinct:
        keep = _first_of_each(groups, arguments, keep, batch.rows)
    if keep is not None:
        rows = np.flatnonzero(keep)
        arguments = tuple(argument.take(rows) for argument in arguments)
        groups = _groups_of(groups, rows)
    return computation.compute(groups, arguments, call.type)


def _some_rows(batch: Batch, groups: Groups, rows: npt.NDArray[np.intp]) -> tuple[Batch, Groups]:
    return batch.select(rows), _groups_of(groups, rows)


def _groups_of(groups: Groups, rows: npt.NDArray[np.intp]) -> Groups:
    """The same groups of some of the rows, of which a group may have none."""
    return Groups(groups.ids.take(rows), groups.count, first=np.zeros(0, dtype=np.intp))
