"""count, sum and avg. Sums of integers and decimals are exact at every step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.exact_sum import group_sum, narrow_sum
from coldb.engine.execute.states.state import (
    Mergeable,
    counted,
    finish_first,
    merged_counts,
    none_if_all,
    valid_in_all,
)
from coldb.engine.functions.registry import resolve
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, DOUBLE, INTERVAL, Kind, decimal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.execute.states.state import Arguments, State
    from coldb.engine.grouping import Groups
    from coldb_warehouse.types import Type

__all__ = ["COUNT", "FUNCTIONS"]


# Months, days and microseconds; those leave as nanoseconds.
_INTERVAL_LIMITS = (1 << 31, 1 << 31, (1 << 63) // 1000)


def _null_free(vector: Vector) -> Vector:
    """Zero in place of NULL, so that sums may run over every row."""
    if vector.valid is None:
        return vector
    values = vector.values.copy()
    values[~vector.valid] = 0
    bounds = None if vector.bounds is None else (min(vector.bounds[0], 0), max(vector.bounds[1], 0))
    return replace(vector.plain(), data=values, valid=None, bounds=bounds)


# --- count -------------------------------------------------------------------------------------


def _count(groups: Groups, arguments: Arguments) -> State:
    return (Vector(BIGINT, counted(groups, valid_in_all(arguments))),)


def _merge_count(groups: Groups, state: State) -> State:
    return (merged_counts(groups, state[0]),)


# --- sum and avg -------------------------------------------------------------------------------


def _sum_state(groups: Groups, arguments: Arguments) -> State:
    """The sums and how many values each is of."""
    (argument,) = arguments
    if groups.count == 1 and (total := narrow_sum(argument)) is not None:
        exact = decimal(38, argument.type.scale)
        return (Vector(exact, np.array([total])), _count(groups, arguments)[0])
    plain = argument.plain()
    counts = _count(groups, (plain,))[0]
    if plain.type.kind is Kind.INTERVAL:
        return (_interval_sum(groups, plain), counts)
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


def _interval_sum(groups: Groups, intervals: Vector) -> Vector:
    """Months, days and microseconds each by themselves, as PostgreSQL adds intervals."""
    data = intervals.data
    valid = intervals.valid
    groups_of_values = groups if valid is None else replace(groups, ids=groups.ids[valid])
    values = data if valid is None else data[valid]
    parts = np.array([tuple(value) for value in values], dtype=np.int64).reshape(-1, 3)
    by_part = [group_sum(groups_of_values, parts[:, part], None).tolist() for part in range(3)]
    for sums, limit in zip(by_part, _INTERVAL_LIMITS, strict=True):
        if not all(-limit <= value < limit for value in sums):
            raise DataError("interval out of range in sum()")
    return Vector(INTERVAL, _objects(zip(*by_part, strict=True), groups.count))


def _objects(values: Iterable[object], count: int) -> npt.NDArray[np.object_]:
    result = np.empty(count, dtype=object)
    for row, value in enumerate(values):
        result[row] = value
    return result


def _merge_sum(groups: Groups, state: State) -> State:
    sums, counts = state
    merged = merged_counts(groups, counts)
    if sums.type.kind is Kind.INTERVAL:
        return (_interval_sum(groups, sums), merged)
    if sums.type.is_float:
        return (Vector(DOUBLE, _float_sum(groups, sums.values)), merged)
    return (Vector(sums.type, group_sum(groups, sums.values, None)), merged)


def _finish_sum(state: State, type_: Type) -> Vector:
    sums, counts = state
    valid = none_if_all(counts.values > 0)
    if type_.kind is Kind.INTERVAL:
        return replace(sums, valid=valid)
    values = sums.values
    if type_.is_float:
        with np.errstate(over="ignore"):
            narrowed = values.astype(type_.dtype)
        if np.isinf(narrowed).any() and not np.isinf(values).any():
            raise DataError("value out of range: overflow in sum()")
        return Vector(type_, narrowed, valid)
    if type_.kind is Kind.BIGINT and values.dtype == object:
        raise DataError("bigint out of range in sum()")
    if values.dtype == object and any(abs(value) >= 10**38 for value in values.tolist()):
        raise DataError("numeric field overflow: sum() has more than 38 digits")
    return Vector(type_, values, valid)


def _finish_avg(state: State, type_: Type) -> Vector:
    sums, counts = state
    valid = none_if_all(counts.values > 0)
    safe = np.maximum(counts.values, 1)
    if type_.is_float:
        return Vector(type_, sums.values / safe, valid)
    divisor = Vector(decimal(38, 0), safe)
    if type_.kind is Kind.INTERVAL:
        divisor = Vector(DOUBLE, safe.astype(np.float64))
    division = resolve("/", (sums.type, divisor.type))
    quotient = division.function.kernel((sums, divisor), division.result, len(safe))
    return replace(quotient, type=type_, valid=valid)


COUNT = Mergeable(_count, _merge_count, finish_first)

FUNCTIONS = {
    "count_star": COUNT,
    "count": COUNT,
    "sum": Mergeable(_sum_state, _merge_sum, _finish_sum),
    "avg": Mergeable(_sum_state, _merge_sum, _finish_avg),
}
