"""Variances, correlations and regression lines, from counts, means and sums of squared deviations.

The states are merged after Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for
computing sample variances" (1979), so that large values with small differences keep their digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.states.state import (
    Mergeable,
    counted,
    merged_counts,
    none_if_all,
    valid_in_all,
)
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, DOUBLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.execute.states.state import Arguments, State
    from coldb.engine.grouping import Groups
    from coldb.engine.vector import Mask
    from coldb_warehouse.types import Type

__all__ = ["FUNCTIONS"]

Floats: TypeAlias = "npt.NDArray[np.float64]"


# --- one variable ------------------------------------------------------------------------------


def _variance_state(groups: Groups, arguments: Arguments) -> State:
    """Count, mean and sum of squared deviations."""
    valid = valid_in_all(arguments)
    counts = counted(groups, valid)
    (values,) = _floats(arguments, valid)
    means, deviations = _centred(groups, values, counts, valid)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = _checked(_sum(groups, deviations**2), values)
    return (Vector(BIGINT, counts), Vector(DOUBLE, means), Vector(DOUBLE, squares))


def _floats(arguments: Arguments, valid: Mask | None) -> list[Floats]:
    """The arguments, zero where one of them is NULL."""
    columns = [argument.values for argument in arguments]
    return columns if valid is None else [np.where(valid, values, 0.0) for values in columns]


def _sum(groups: Groups, values: Floats) -> Floats:
    sums = np.bincount(groups.ids, weights=values, minlength=groups.count)
    return sums.astype(np.float64, copy=False)


def _centred(
    groups: Groups, values: Floats, counts: npt.NDArray[np.int64], valid: Mask | None
) -> tuple[Floats, Floats]:
    """The mean of each group, and how far each row is from it."""
    weights = np.ones(len(values)) if valid is None else valid.astype(np.float64)
    means = _means(groups, values, weights, counts)
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = values - means.take(groups.ids)
    if valid is not None:
        deviations[~valid] = 0.0
    return means, deviations


def _means(
    groups: Groups,
    values: Floats,
    weights: npt.NDArray[np.float64] | npt.NDArray[np.int64],
    totals: npt.NDArray[np.int64],
) -> Floats:
    """Weighted means. Offsets from one value of each group are averaged, so that the mean of equal
    values is exactly this value, and their variance zero."""
    origins = np.zeros(groups.count)
    counting = weights > 0
    origins[groups.ids[counting]] = values[counting]
    divisors = np.maximum(totals, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        offsets = (values - origins.take(groups.ids)) * weights
        means = origins + _sum(groups, offsets) / divisors
        if not np.isfinite(means).all():
            means = np.where(np.isfinite(means), means, _sum(groups, values * weights) / divisors)
    return means


def _checked(sums: Floats, values: Floats) -> Floats:
    """Refuses sums that are out of the range of DOUBLE, unless a value was no number to begin with."""
    if not np.isfinite(sums).all() and np.isfinite(values).all():
        raise DataError("value out of range: overflow in an aggregate of DOUBLE")
    return sums


def _merge_variance(groups: Groups, state: State) -> State:
    counts, means, squares = (vector.values for vector in state)
    total = merged_counts(groups, state[0])
    mean = _means(groups, means, counts, total.values)
    with np.errstate(over="ignore", invalid="ignore"):
        spread = squares + counts * (means - mean.take(groups.ids)) ** 2
        merged = _checked(_sum(groups, spread), squares)
    return (total, Vector(DOUBLE, mean), Vector(DOUBLE, merged))


def _variance(*, sample: bool, root: bool) -> Mergeable:
    def finish(state: State, type_: Type) -> Vector:
        counts, squares = state[0].values, state[2].values
        divisor = counts - 1 if sample else counts
        result = squares / np.maximum(divisor, 1)
        if root:
            result = np.sqrt(result)
        return Vector(type_, result.astype(type_.dtype), none_if_all(divisor > 0))

    return Mergeable(_variance_state, _merge_variance, finish)


# --- two variables -----------------------------------------------------------------------------


def _pair_state(groups: Groups, arguments: Arguments) -> State:
    """Count, both means, and the sums of squares and of products of the deviations of y and x."""
    valid = valid_in_all(arguments)
    counts = counted(groups, valid)
    ys, xs = _floats(arguments, valid)
    mean_y, from_y = _centred(groups, ys, counts, valid)
    mean_x, from_x = _centred(groups, xs, counts, valid)
    with np.errstate(over="ignore", invalid="ignore"):
        products = (from_y**2, from_x**2, from_y * from_x)
        sums = [_checked(_sum(groups, each), np.concatenate((ys, xs))) for each in products]
    return (Vector(BIGINT, counts), *(Vector(DOUBLE, each) for each in (mean_y, mean_x, *sums)))


def _merge_pairs(groups: Groups, state: State) -> State:
    counts, means_y, means_x, *sums = (vector.values for vector in state)
    total = merged_counts(groups, state[0])
    mean_y = _means(groups, means_y, counts, total.values)
    mean_x = _means(groups, means_x, counts, total.values)
    with np.errstate(over="ignore", invalid="ignore"):
        off_y, off_x = means_y - mean_y.take(groups.ids), means_x - mean_x.take(groups.ids)
        products = (off_y**2, off_x**2, off_y * off_x)
        merged = [
            _checked(_sum(groups, sum_ + counts * product), sum_)
            for sum_, product in zip(sums, products, strict=True)
        ]
    return (total, *(Vector(DOUBLE, each) for each in (mean_y, mean_x, *merged)))


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The finished state of groups of pairs: how many, both means, sums of squares and products."""

    n: Floats
    mean_y: Floats
    mean_x: Floats
    syy: Floats
    sxx: Floats
    sxy: Floats


def _of_pairs(result: Callable[[_Pairs], Floats], *, least: int = 1) -> Mergeable:
    """A function of groups of at least so many pairs; NULL for others, and where it is NaN because
    the values of a group do not differ."""

    def finish(state: State, type_: Type) -> Vector:
        counts = state[0].values
        pairs = _Pairs(counts.astype(np.float64), *(vector.values for vector in state[1:]))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values = result(pairs)
            undefined = np.isnan(values) & ~np.isnan(pairs.syy + pairs.sxx)
        valid = (counts >= least) & ~undefined
        return Vector(type_, np.where(valid, values, 0).astype(type_.dtype), none_if_all(valid))

    return Mergeable(_pair_state, _merge_pairs, finish)


def _correlation(pairs: _Pairs) -> Floats:
    correlation: Floats = pairs.sxy / (np.sqrt(pairs.sxx) * np.sqrt(pairs.syy))
    return correlation.clip(-1.0, 1.0)


def _r_squared(pairs: _Pairs) -> Floats:
    explained = pairs.sxy**2 / (pairs.sxx * pairs.syy)
    return np.where((pairs.syy == 0) & (pairs.sxx != 0), 1.0, explained)


def _slope(pairs: _Pairs) -> Floats:
    return pairs.sxy / pairs.sxx


def _intercept(pairs: _Pairs) -> Floats:
    return pairs.mean_y - pairs.mean_x * _slope(pairs)


FUNCTIONS = {
    "var_samp": _variance(sample=True, root=False),
    "var_pop": _variance(sample=False, root=False),
    "stddev_samp": _variance(sample=True, root=True),
    "stddev_pop": _variance(sample=False, root=True),
    "corr": _of_pairs(_correlation),
    "covar_pop": _of_pairs(lambda pairs: pairs.sxy / pairs.n),
    "covar_samp": _of_pairs(lambda pairs: pairs.sxy / (pairs.n - 1), least=2),
    "regr_avgx": _of_pairs(lambda pairs: pairs.mean_x),
    "regr_avgy": _of_pairs(lambda pairs: pairs.mean_y),
    "regr_count": _of_pairs(lambda pairs: pairs.n, least=0),
    "regr_intercept": _of_pairs(_intercept),
    "regr_r2": _of_pairs(_r_squared),
    "regr_slope": _of_pairs(_slope),
    "regr_sxx": _of_pairs(lambda pairs: pairs.sxx),
    "regr_sxy": _of_pairs(lambda pairs: pairs.sxy),
    "regr_syy": _of_pairs(lambda pairs: pairs.syy),
}
