"""Variances, correlations and regression lines: DOUBLE, where PostgreSQL has NUMERIC for exact numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.functions.aggregates.definition import AggregateDefinition
from coldb_warehouse.types import BIGINT, DOUBLE, Kind

if TYPE_CHECKING:
    from coldb.engine.functions.aggregates.definition import Typing
    from coldb_warehouse.types import Type

__all__ = ["DEFINITIONS"]


def _deviation(arguments: tuple[Type, ...]) -> Typing | None:
    return ((DOUBLE,), DOUBLE) if arguments[0].is_numeric else None


def _pair(arguments: tuple[Type, ...]) -> Typing | None:
    fits = all(argument.is_numeric or argument.kind is Kind.NULL for argument in arguments)
    return ((DOUBLE, DOUBLE), DOUBLE) if fits else None


def _pair_count(arguments: tuple[Type, ...]) -> Typing | None:
    return ((DOUBLE, DOUBLE), BIGINT) if _pair(arguments) else None


def _spread(name: str, function: str, summary: str) -> AggregateDefinition:
    return AggregateDefinition(name, function, _deviation, "a number", summary, f"{name}(x)")


def _of_pairs(name: str, summary: str) -> AggregateDefinition:
    counts = name == "regr_count"
    return AggregateDefinition(
        name,
        name,
        _pair_count if counts else _pair,
        "two numbers, y and x",
        summary,
        f"{name}(x * 2, x)",
        least=2,
        most=2,
        never_null=counts,
    )


DEFINITIONS = (
    _spread(
        "stddev_samp", "stddev_samp", "standard deviation of a sample; NULL for a single value"
    ),
    _spread("stddev", "stddev_samp", "the same as stddev_samp"),
    _spread("stddev_pop", "stddev_pop", "standard deviation of a whole population"),
    _spread("var_samp", "var_samp", "variance of a sample; NULL for a single value"),
    _spread("variance", "var_samp", "the same as var_samp"),
    _spread("var_pop", "var_pop", "variance of a whole population"),
    _of_pairs("corr", "correlation coefficient"),
    _of_pairs("covar_pop", "covariance of a whole population"),
    _of_pairs("covar_samp", "covariance of a sample"),
    _of_pairs("regr_avgx", "mean of x, of the pairs without a NULL"),
    _of_pairs("regr_avgy", "mean of y, of the pairs without a NULL"),
    _of_pairs("regr_count", "how many pairs are without a NULL"),
    _of_pairs("regr_intercept", "where the line that fits best crosses the y-axis"),
    _of_pairs("regr_r2", "square of the correlation coefficient"),
    _of_pairs("regr_slope", "slope of the line that fits best"),
    _of_pairs("regr_sxx", "sum of squares of x minus its mean"),
    _of_pairs("regr_sxy", "sum of products of x and y minus their means"),
    _of_pairs("regr_syy", "sum of squares of y minus its mean"),
)
