"""Functions of the sorted values of a group: percentiles and the most frequent value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.states.lists import in_groups
from coldb.engine.execute.states.state import WholeGroup, none_if_all
from coldb.engine.functions.registry import resolve
from coldb.engine.grouping import key_codes
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import DOUBLE, INTERVAL, Kind

if TYPE_CHECKING:
    from coldb.engine.execute.states.state import Arguments
    from coldb.engine.grouping import Groups
    from coldb.engine.vector import Mask
    from coldb_warehouse.types import Type

__all__ = ["FUNCTIONS"]


def _percentile_cont(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    """Between the two values around the place that the fraction says, by how near it is to each."""
    values, fractions = arguments
    order, offsets = in_groups(groups)
    counts = np.diff(offsets)
    if not len(order):
        return Vector.constant_of(type_, None).expanded(groups.count)
    fraction, known = _fraction_of_groups(fractions, order, offsets)
    place = fraction * np.maximum(counts - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.ceil(place).astype(np.int64)
    starts = np.where(counts > 0, offsets[:-1], 0)
    low = values.take(order.take(starts + below)).plain()
    high = values.take(order.take(starts + above)).plain()
    valid = none_if_all((counts > 0) & known)
    if type_.kind is Kind.INTERVAL:
        return replace(_between_intervals(low, high, place - below), valid=valid)
    with np.errstate(invalid="ignore", over="ignore"):
        weighted = low.values + (place - below) * (high.values - low.values)
    return Vector(type_, np.where(below == above, low.values, weighted), valid)


def _between_intervals(low: Vector, high: Vector, share: npt.NDArray[np.float64]) -> Vector:
    rows = len(share)

    def apply(operator: str, left: Vector, right: Vector) -> Vector:
        operation = resolve(operator, (left.type, right.type))
        return operation.function.kernel((left, right), INTERVAL, rows)

    part = apply("*", apply("-", high, low), Vector(DOUBLE, share))
    return apply("+", low, part)


def _percentile_disc(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    """The first value up to which there are as many as the fraction says."""
    values, fractions = arguments
    order, offsets = in_groups(groups)
    counts = np.diff(offsets)
    if not len(order):
        return Vector.constant_of(type_, None).expanded(groups.count)
    fraction, known = _fraction_of_groups(fractions, order, offsets)
    place = np.maximum(np.ceil(fraction * counts).astype(np.int64) - 1, 0)
    starts = np.where(counts > 0, offsets[:-1], 0)
    picked = values.take(order.take(starts + place))
    return replace(picked, valid=none_if_all((counts > 0) & known))


def _fraction_of_groups(
    fractions: Vector, order: npt.NDArray[np.intp], offsets: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], Mask]:
    """The fraction that each group asks for, which is the same in all of its rows, and where it is
    not NULL."""
    starts = np.where(np.diff(offsets) > 0, offsets[:-1], 0)
    of_groups = fractions.take(order.take(starts)).plain()
    values: npt.NDArray[np.float64] = of_groups.values
    known = np.ones(len(values), np.bool_) if of_groups.valid is None else of_groups.valid
    wrong = known & ~((values >= 0) & (values <= 1))
    if wrong.any():
        raise DataError(f"percentile value {values[wrong][0]:g} is not between 0 and 1")
    return np.where(known, values, 0.0), known


def _mode(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    """The value that is there most often; of several, the one that comes first."""
    (values,) = arguments
    order, offsets = in_groups(groups)
    if not len(order):
        return Vector.constant_of(type_, None).expanded(groups.count)
    codes, _ = key_codes(values, len(values))
    codes, ids = codes.take(order), groups.ids.take(order)
    is_start = np.ones(len(order), dtype=np.bool_)
    is_start[1:] = (codes[1:] != codes[:-1]) | (ids[1:] != ids[:-1])
    runs = np.flatnonzero(is_start)
    lengths = np.diff(np.append(runs, len(order)))
    # Of each group the longest run, and of equally long ones the first, ends up in front.
    by_length = np.lexsort((-lengths, ids.take(runs)))
    found, first = np.unique(ids.take(runs), return_index=True)
    place = np.zeros(groups.count, dtype=np.int64)
    place[found] = runs.take(by_length.take(first))
    return replace(values.take(order.take(place)), valid=none_if_all(np.diff(offsets) > 0))


FUNCTIONS = {
    "percentile_cont": WholeGroup(_percentile_cont),
    "percentile_disc": WholeGroup(_percentile_disc),
    "mode": WholeGroup(_mode),
}
