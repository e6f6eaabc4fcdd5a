"""Aggregate functions: what they are called, what they take, what they give.

How they are computed is the executor's business; the two meet in the names. Types follow PostgreSQL
as far as types of fixed size can: a sum of BIGINT or DECIMAL and an average of exact numbers is
DECIMAL with all 38 digits; variances of exact numbers are DOUBLE, where PostgreSQL has NUMERIC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from coldb.errors import ProgrammingError
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    MAX_DECIMAL_DIGITS,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

__all__ = ["AggregateTyping", "aggregate_names", "is_aggregate", "resolve_aggregate"]

_AVERAGE_SCALE = 16


@dataclass(frozen=True, slots=True)
class AggregateTyping:
    """An aggregate for a given argument, which is to be cast to `parameter`.

    `distinct_matters` is false where DISTINCT changes nothing; `never_null` holds for counts.
    """

    function: str
    parameter: Type
    result: Type
    distinct_matters: bool = True
    never_null: bool = False


_Typing: TypeAlias = Callable[[Type], tuple[Type, Type] | None]


def _sum(argument: Type) -> tuple[Type, Type] | None:
    match argument.kind:
        case Kind.SMALLINT | Kind.INTEGER:
            return argument, BIGINT
        case Kind.BIGINT:
            return argument, decimal(MAX_DECIMAL_DIGITS, 0)
        case Kind.DECIMAL:
            return argument, decimal(MAX_DECIMAL_DIGITS, argument.scale)
        case Kind.REAL | Kind.DOUBLE:
            return argument, argument
        case _:
            return None


def _average(argument: Type) -> tuple[Type, Type] | None:
    if argument.is_float:
        return argument, DOUBLE
    if argument.is_exact:
        return argument, decimal(MAX_DECIMAL_DIGITS, max(_AVERAGE_SCALE, argument.scale))
    return None


def _deviation(argument: Type) -> tuple[Type, Type] | None:
    return (DOUBLE, DOUBLE) if argument.is_numeric else None


def _extreme(argument: Type) -> tuple[Type, Type] | None:
    if argument.kind is Kind.VARCHAR:
        return argument, VARCHAR
    return (
        (argument, argument)
        if argument.is_numeric or argument.kind in (Kind.DATE, Kind.TIMESTAMP)
        else None
    )


def _truth(argument: Type) -> tuple[Type, Type] | None:
    return (BOOLEAN, BOOLEAN) if argument.kind is Kind.BOOLEAN else None


def _count(argument: Type) -> tuple[Type, Type] | None:
    return argument, BIGINT


@dataclass(frozen=True, slots=True)
class _Aggregate:
    function: str
    typing: _Typing
    takes: str
    distinct_matters: bool = True


_NUMBERS = "a number"

_AGGREGATES: dict[str, _Aggregate] = {
    "count": _Aggregate("count", _count, "anything"),
    "sum": _Aggregate("sum", _sum, _NUMBERS),
    "avg": _Aggregate("avg", _average, _NUMBERS),
    "min": _Aggregate(
        "min", _extreme, "a number, a string, a date or a timestamp", distinct_matters=False
    ),
    "max": _Aggregate(
        "max", _extreme, "a number, a string, a date or a timestamp", distinct_matters=False
    ),
    "bool_and": _Aggregate("bool_and", _truth, "a BOOLEAN", distinct_matters=False),
    "bool_or": _Aggregate("bool_or", _truth, "a BOOLEAN", distinct_matters=False),
    "every": _Aggregate("bool_and", _truth, "a BOOLEAN", distinct_matters=False),
    "stddev": _Aggregate("stddev_samp", _deviation, _NUMBERS),
    "stddev_samp": _Aggregate("stddev_samp", _deviation, _NUMBERS),
    "stddev_pop": _Aggregate("stddev_pop", _deviation, _NUMBERS),
    "variance": _Aggregate("var_samp", _deviation, _NUMBERS),
    "var_samp": _Aggregate("var_samp", _deviation, _NUMBERS),
    "var_pop": _Aggregate("var_pop", _deviation, _NUMBERS),
}


def is_aggregate(name: str) -> bool:
    """Whether a function of that name is an aggregate."""
    return name in _AGGREGATES


def aggregate_names() -> tuple[str, ...]:
    """The names that can be called, for completion and suggestions."""
    return tuple(sorted(_AGGREGATES))


def resolve_aggregate(name: str, argument: Type) -> AggregateTyping:
    """The aggregate of that name for an argument of a type; NULL stands for an open literal.

    Raises ProgrammingError if the type does not fit.
    """
    aggregate = _AGGREGATES[name]
    if argument.kind is Kind.NULL:
        argument = BOOLEAN if aggregate.typing is _truth else VARCHAR
    typing = aggregate.typing(argument)
    if typing is None:
        raise ProgrammingError(f"{name} takes {aggregate.takes}, not {argument}")
    return AggregateTyping(
        aggregate.function,
        *typing,
        aggregate.distinct_matters,
        never_null=aggregate.function == "count",
    )
