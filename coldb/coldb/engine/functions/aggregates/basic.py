"""Counts, sums, averages, extremes, truth values and bits.

A sum of BIGINT or DECIMAL and an average of exact numbers is DECIMAL with all 38 digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.calls import GROUPING_SET
from coldb.engine.functions.aggregates.definition import AggregateDefinition
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTERVAL,
    MAX_DECIMAL_DIGITS,
    VARCHAR,
    Kind,
    Type,
    decimal,
)

if TYPE_CHECKING:
    from coldb.engine.functions.aggregates.definition import Typing

__all__ = ["DEFINITIONS", "has_extremes", "same_type", "value_type"]

_AVERAGE_SCALE = 16


def value_type(argument: Type) -> Type:
    """The type of an argument that may be anything; an open literal is text."""
    return VARCHAR if argument.kind in (Kind.NULL, Kind.VARCHAR) else argument


def has_extremes(argument: Type) -> bool:
    """Whether PostgreSQL has a min and a max of the type."""
    return argument.kind not in (Kind.BOOLEAN, Kind.UUID)


def _count(arguments: tuple[Type, ...]) -> Typing | None:
    return (value_type(arguments[0]),), BIGINT


def _grouping(arguments: tuple[Type, ...]) -> Typing | None:
    return arguments, INTEGER


def _sum(arguments: tuple[Type, ...]) -> Typing | None:
    (argument,) = arguments
    match argument.kind:
        case Kind.SMALLINT | Kind.INTEGER:
            return arguments, BIGINT
        case Kind.BIGINT:
            return arguments, decimal(MAX_DECIMAL_DIGITS, 0)
        case Kind.DECIMAL:
            return arguments, decimal(MAX_DECIMAL_DIGITS, argument.scale)
        case Kind.REAL | Kind.DOUBLE:
            return arguments, argument
        case Kind.INTERVAL | Kind.TIME:
            return (INTERVAL,), INTERVAL
        case _:
            return None


def _average(arguments: tuple[Type, ...]) -> Typing | None:
    (argument,) = arguments
    if argument.is_float:
        return arguments, DOUBLE
    if argument.is_exact:
        return arguments, decimal(MAX_DECIMAL_DIGITS, max(_AVERAGE_SCALE, argument.scale))
    return ((INTERVAL,), INTERVAL) if argument.kind in (Kind.INTERVAL, Kind.TIME) else None


def _extreme(arguments: tuple[Type, ...]) -> Typing | None:
    type_ = value_type(arguments[0])
    return ((type_,), type_) if has_extremes(type_) else None


def _truth(arguments: tuple[Type, ...]) -> Typing | None:
    return ((BOOLEAN,), BOOLEAN) if arguments[0].kind in (Kind.BOOLEAN, Kind.NULL) else None


def _bits(arguments: tuple[Type, ...]) -> Typing | None:
    return (arguments, arguments[0]) if arguments[0].is_integer else None


def same_type(arguments: tuple[Type, ...]) -> Typing | None:
    """One argument, whose type is the result's."""
    type_ = value_type(arguments[0])
    return (type_,), type_


def _in_row_of_extreme(arguments: tuple[Type, ...]) -> Typing | None:
    wanted, ordering = map(value_type, arguments)
    return ((wanted, ordering), wanted) if has_extremes(ordering) else None


_SUMMED = "a number, an INTERVAL or a TIME"
_SORTED = "anything but a BOOLEAN and a UUID"
_ANYTHING = "anything"
_PAIR = "a value, and what to compare"

_ARG_MIN = AggregateDefinition(
    "arg_min",
    "arg_min",
    _in_row_of_extreme,
    _PAIR,
    "the value in the row where the second argument is smallest; rows with a NULL do not count",
    "arg_min(x, -x)",
    least=2,
    most=2,
    distinct="ignored",
)
_ARG_MAX = AggregateDefinition(
    "arg_max",
    "arg_max",
    _in_row_of_extreme,
    _PAIR,
    "the value in the row where the second argument is largest; rows with a NULL do not count",
    "arg_max(x, -x)",
    least=2,
    most=2,
    distinct="ignored",
)
_BOOL_AND = AggregateDefinition(
    "bool_and",
    "bool_and",
    _truth,
    "a BOOLEAN",
    "whether all values are true",
    "bool_and(x > 1)",
    distinct="ignored",
)

DEFINITIONS = (
    AggregateDefinition(
        "grouping",
        GROUPING_SET,
        _grouping,
        "expressions of GROUP BY",
        "a bit for each expression, set where ROLLUP, CUBE or GROUPING SETS leave it out of the group",
        "",
        never_null=True,
    ),
    AggregateDefinition(
        "count",
        "count",
        _count,
        _ANYTHING,
        "how many values there are; count(*) counts rows",
        "count(x)",
        never_null=True,
    ),
    AggregateDefinition(
        "approx_count_distinct",
        "count",
        _count,
        _ANYTHING,
        "how many different values there are, counted exactly",
        "approx_count_distinct(x)",
        distinct="always",
        never_null=True,
    ),
    AggregateDefinition("sum", "sum", _sum, _SUMMED, "the sum of the values", "sum(x)"),
    AggregateDefinition("avg", "avg", _average, _SUMMED, "the mean of the values", "avg(x)"),
    AggregateDefinition(
        "min",
        "min",
        _extreme,
        _SORTED,
        "the smallest value",
        "min(x)",
        distinct="ignored",
    ),
    AggregateDefinition(
        "max",
        "max",
        _extreme,
        _SORTED,
        "the largest value",
        "max(x)",
        distinct="ignored",
    ),
    _ARG_MIN,
    _ARG_MIN.alias("min_by"),
    _ARG_MAX,
    _ARG_MAX.alias("max_by"),
    AggregateDefinition(
        "any_value",
        "any_value",
        same_type,
        _ANYTHING,
        "one of the values, whichever; NULL only if there is no other",
        "any_value(x)",
        in_order="first_known",
        distinct="ignored",
    ),
    _BOOL_AND,
    _BOOL_AND.alias("every"),
    AggregateDefinition(
        "bool_or",
        "bool_or",
        _truth,
        "a BOOLEAN",
        "whether any value is true",
        "bool_or(x > 1)",
        distinct="ignored",
    ),
    AggregateDefinition(
        "bit_and",
        "bit_and",
        _bits,
        "an integer",
        "the bits that are set in all values",
        "bit_and(x)",
        distinct="ignored",
    ),
    AggregateDefinition(
        "bit_or",
        "bit_or",
        _bits,
        "an integer",
        "the bits that are set in any value",
        "bit_or(x)",
        distinct="ignored",
    ),
    AggregateDefinition(
        "bit_xor",
        "bit_xor",
        _bits,
        "an integer",
        "the bits that are set in an odd number of values",
        "bit_xor(x)",
    ),
)
