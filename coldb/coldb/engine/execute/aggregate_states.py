"""Aggregate functions as states that can be computed in parts and merged.

Each function turns the rows of a morsel into one partial state a group, merges the states of many
morsels by the same grouping, and finishes them into its result. A state is a tuple of vectors with
one entry a group. Sums of integers and decimals are exact at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.exact_sum import group_sum, narrow_sum
from coldb.engine.functions.registry import resolve
from coldb.engine.grouping import key_codes, validity
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, DOUBLE, Kind, Type, decimal

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.grouping import Groups

__all__ = ["AGGREGATE_STATES", "AggregateState", "State"]

State: TypeAlias = tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class AggregateState:
    """How one aggregate function works.

    `start(groups, argument)` makes partial states (the argument is plain or coded, never constant;
    None for count(*)), `merge(groups, state)` combines partial states of equal groups, and
    `finish(state, type)` gives the result.
    """

    start: Callable[[Groups, Vector | None], State]
    merge: Callable[[Groups, State], State]
    finish: Callable[[State, Type], Vector]


def _counted(groups: Groups, valid: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
    ids = groups.ids if valid is None else groups.ids[valid]
    return np.bincount(ids, minlength=groups.count).astype(np.int64, copy=False)


def _null_free(vector: Vector) -> Vector:
    """Zero in place of NULL, so that sums may run over every row."""
    if vector.valid is None:
        return vector
    values = vector.values.copy()
    values[~vector.valid] = 0
    bounds = None if vector.bounds is None else (min(vector.bounds[0], 0), max(vector.bounds[1], 0))
    return replace(vector.plain(), data=values, valid=None, bounds=bounds)


# --- count -------------------------------------------------------------------------------------


def _count(groups: Groups, argument: Vector | None) -> State:
    valid = None if argument is None else validity(argument)
    if groups.count == 1:
        rows = len(groups.ids) if valid is None else int(np.count_nonzero(valid))
        return (Vector(BIGINT, np.array([rows], dtype=np.int64)),)
    return (Vector(BIGINT, _counted(groups, valid)),)


def _merge_count(groups: Groups, state: State) -> State:
    return (Vector(BIGINT, group_sum(groups, state[0].values, None)),)


def _finish_first(state: State, type_: Type) -> Vector:
    return state[0] if state[0].type == type_ else replace(state[0].plain(), type=type_)


# --- sum and avg -------------------------------------------------------------------------------


def _sum_state(groups: Groups, argument: Vector | None) -> State:
    """The sums and how many values each is of."""
    assert argument is not None
    if groups.count == 1 and (total := narrow_sum(argument)) is not None:
        exact = decimal(38, argument.type.scale)
        return (Vector(exact, np.array([total])), _count(groups, argument)[0])
    plain = argument.plain()
    counts = _count(groups, plain)[0]
    values = _null_free(plain)
    if plain.type.is_float:
        return (
            Vector(DOUBLE, _float_sum(groups, values.values.astype(np.float64, copy=False))),
            counts,
        )
    sums = group_sum(groups, values.values, values.bounds)
    return (Vector(decimal(38, plain.type.scale), sums), counts)


def _float_sum(groups: Groups, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Sums in float64; infinity is an answer only where infinity was added."""
    with np.errstate(over="ignore", invalid="ignore"):
        if groups.count == 1:
            sums = np.array([values.sum()], dtype=np.float64)
        else:
            sums = np.bincount(groups.ids, values, groups.count).astype(np.float64)
    if np.isinf(sums).any() and not np.isinf(values).any():
        raise DataError("value out of range: overflow in sum()")
    return sums


def _merge_sum(groups: Groups, state: State) -> State:
    sums, counts = state
    merged_counts = _merge_count(groups, (counts,))[0]
    if sums.type.is_float:
        return (Vector(DOUBLE, _float_sum(groups, sums.values)), merged_counts)
    return (Vector(sums.type, group_sum(groups, sums.values, None)), merged_counts)


def _finish_sum(state: State, type_: Type) -> Vector:
    sums, counts = state
    values = sums.values
    valid = counts.values > 0
    if type_.is_float:
        with np.errstate(over="ignore"):
            narrowed = values.astype(type_.dtype)
        if np.isinf(narrowed).any() and not np.isinf(values).any():
            raise DataError("value out of range: overflow in sum()")
        return Vector(type_, narrowed, _none_if_all(valid))
    if type_.kind is Kind.BIGINT and values.dtype == object:
        raise DataError("bigint out of range in sum()")
    if values.dtype == object and any(abs(value) >= 10**38 for value in values.tolist()):
        raise DataError("numeric field overflow: sum() has more than 38 digits")
    return Vector(type_, values, _none_if_all(valid))


def _none_if_all(valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    return None if valid.all() else valid


def _finish_avg(state: State, type_: Type) -> Vector:
    sums, counts = state
    valid = counts.values > 0
    safe = np.maximum(counts.values, 1)
    if type_.is_float:
        return Vector(type_, sums.values / safe, _none_if_all(valid))
    division = resolve("/", (sums.type, decimal(38, 0)))
    divisor = Vector(decimal(38, 0), safe)
    quotient = division.function.kernel((sums, divisor), division.result, len(safe))
    return replace(quotient, type=type_, valid=_none_if_all(valid))


# --- min and max -------------------------------------------------------------------------------


def _extreme(largest: bool) -> Callable[[Groups, Vector | None], State]:
    def start(groups: Groups, argument: Vector | None) -> State:
        assert argument is not None
        return (extreme_of(groups, argument, largest),)

    return start


def _merge_extreme(largest: bool) -> Callable[[Groups, State], State]:
    def merge(groups: Groups, state: State) -> State:
        return (extreme_of(groups, state[0], largest),)

    return merge


def extreme_of(groups: Groups, argument: Vector, largest: bool) -> Vector:
    """The smallest or largest value of each group; NULL where there is none."""
    valid = validity(argument)
    if groups.count == 0:
        return argument
    if not len(argument):
        return Vector.constant_of(argument.type, None).expanded(groups.count)
    codes, size = key_codes(argument, len(argument), ordered=True)
    if largest:
        codes = (size - 1) - codes.astype(np.int64)
    if valid is not None:
        codes[~valid] = size
    rows = _first_by_code(groups, codes, size + 1)
    picked = argument.take(rows)
    return picked if valid is None else replace(picked, valid=_none_if_all(valid.take(rows)))


def _first_by_code(groups: Groups, codes: npt.NDArray[Any], size: int) -> npt.NDArray[np.intp]:
    """In each group, a row with the smallest code."""
    if groups.count == 1:
        return np.array([int(np.argmin(codes))], dtype=np.intp)
    order, starts = groups.ordered()
    row_bits = max(len(codes) - 1, 1).bit_length()
    if max(size - 1, 1).bit_length() + row_bits <= 63:
        packed = (codes.astype(np.int64) << row_bits).take(order) | order
        return np.minimum.reduceat(packed, starts) & ((1 << row_bits) - 1)
    by_both = np.lexsort((codes, groups.ids))
    return by_both.take(starts)


# --- variance ----------------------------------------------------------------------------------


def _variance_state(groups: Groups, argument: Vector | None) -> State:
    """Count, mean and sum of squared deviations: merged after Chan, Golub, LeVeque 1979."""
    assert argument is not None
    plain = argument.plain()
    counts = _counted(groups, plain.valid)
    values = _null_free(plain).values.astype(np.float64)
    if plain.type.kind is Kind.DECIMAL:
        values = values / 10.0**plain.type.scale
    means = np.bincount(groups.ids, weights=values, minlength=groups.count) / np.maximum(counts, 1)
    deviations = (values - means.take(groups.ids)) ** 2
    if plain.valid is not None:
        deviations[~plain.valid] = 0.0
    squares = np.bincount(groups.ids, weights=deviations, minlength=groups.count)
    return (Vector(BIGINT, counts), Vector(DOUBLE, means), Vector(DOUBLE, squares))


def _merge_variance(groups: Groups, state: State) -> State:
    counts, means, squares = (vector.values for vector in state)
    total = group_sum(groups, counts, None)
    weighted = np.bincount(groups.ids, weights=means * counts, minlength=groups.count)
    mean = weighted / np.maximum(total, 1)
    spread = squares + counts * (means - mean.take(groups.ids)) ** 2
    merged = np.bincount(groups.ids, weights=spread, minlength=groups.count)
    return (Vector(BIGINT, total), Vector(DOUBLE, mean), Vector(DOUBLE, merged))


def _finish_variance(sample: bool, root: bool) -> Callable[[State, Type], Vector]:
    def finish(state: State, type_: Type) -> Vector:
        counts, squares = state[0].values, state[2].values
        divisor = counts - 1 if sample else counts
        result = squares / np.maximum(divisor, 1)
        if root:
            result = np.sqrt(result)
        return Vector(type_, result.astype(type_.dtype), _none_if_all(divisor > 0))

    return finish


def _variance(sample: bool, root: bool) -> AggregateState:
    return AggregateState(_variance_state, _merge_variance, _finish_variance(sample, root))


_MIN = AggregateState(_extreme(False), _merge_extreme(False), _finish_first)
_MAX = AggregateState(_extreme(True), _merge_extreme(True), _finish_first)
_COUNT = AggregateState(_count, _merge_count, _finish_first)

# Every aggregate function; bool_and and bool_or are min and max, since FALSE sorts before TRUE.
AGGREGATE_STATES: dict[str, AggregateState] = {
    "count_star": _COUNT,
    "count": _COUNT,
    "sum": AggregateState(_sum_state, _merge_sum, _finish_sum),
    "avg": AggregateState(_sum_state, _merge_sum, _finish_avg),
    "min": _MIN,
    "max": _MAX,
    "bool_and": _MIN,
    "bool_or": _MAX,
    "var_samp": _variance(sample=True, root=False),
    "var_pop": _variance(sample=False, root=False),
    "stddev_samp": _variance(sample=True, root=True),
    "stddev_pop": _variance(sample=False, root=True),
}
