"""Aggregates for which the order of the rows matters: lists and percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.expressions import Constant
from coldb.engine.functions.aggregates.basic import same_type, value_type
from coldb.engine.functions.aggregates.definition import AggregateDefinition
from coldb_warehouse.types import BLOB, DOUBLE, INTERVAL, VARCHAR, Kind, array_of

if TYPE_CHECKING:
    from coldb.engine.functions.aggregates.definition import Typing
    from coldb_warehouse.types import Type

__all__ = ["DEFINITIONS"]


def _texts(arguments: tuple[Type, ...]) -> Typing | None:
    """Strings, or byte strings where either is one."""
    kinds = {argument.kind for argument in arguments} - {Kind.NULL}
    if not kinds <= {Kind.VARCHAR} and not kinds <= {Kind.BLOB}:
        return None
    type_ = BLOB if Kind.BLOB in kinds else VARCHAR
    return (type_, type_), type_


def _array(arguments: tuple[Type, ...]) -> Typing | None:
    element = value_type(arguments[0])
    return ((element,), array_of(element)) if element.kind is not Kind.ARRAY else None


def _continuous(arguments: tuple[Type, ...]) -> Typing | None:
    """Between two values there have to be others: numbers become DOUBLE."""
    value, fraction = arguments
    if not (value.is_numeric or value.kind is Kind.INTERVAL) or not _is_fraction(fraction):
        return None
    type_ = INTERVAL if value.kind is Kind.INTERVAL else DOUBLE
    return (type_, DOUBLE), type_


def _discrete(arguments: tuple[Type, ...]) -> Typing | None:
    value, fraction = arguments
    type_ = value_type(value)
    return ((type_, DOUBLE), type_) if _is_fraction(fraction) else None


def _is_fraction(argument: Type) -> bool:
    return argument.is_numeric or argument.kind is Kind.NULL


_STRING_AGG = AggregateDefinition(
    "string_agg",
    "string_agg",
    _texts,
    "two VARCHAR or two BLOB, the second to stand between the values",
    "the values in one string, in the order of an ORDER BY behind the arguments",
    "string_agg(x::VARCHAR, ', ' ORDER BY x)",
    least=2,
    most=2,
    order="given",
)
_CONTINUOUS = "a fraction, and WITHIN GROUP (ORDER BY a number or an INTERVAL)"
_DISCRETE = "a fraction, and WITHIN GROUP (ORDER BY anything)"

DEFINITIONS = (
    _STRING_AGG,
    AggregateDefinition(
        "listagg",
        "string_agg",
        _texts,
        "a string, and another to stand between the values",
        "the same as string_agg; the order may be given by WITHIN GROUP",
        "listagg(x::VARCHAR, ', ') WITHIN GROUP (ORDER BY x)",
        most=2,
        defaults=(Constant("", VARCHAR),),
        order="given",
    ),
    AggregateDefinition(
        "group_concat",
        "string_agg",
        _texts,
        "a string, and another to stand between the values",
        "the same as string_agg, with a comma between the values if nothing else is given",
        "group_concat(x::VARCHAR ORDER BY x)",
        most=2,
        defaults=(Constant(",", VARCHAR),),
        order="given",
    ),
    AggregateDefinition(
        "array_agg",
        "array_agg",
        _array,
        "anything but an array",
        "the values in an array, NULLs among them",
        "array_agg(x ORDER BY x DESC)",
        order="given",
    ),
    AggregateDefinition(
        "first",
        "first",
        same_type,
        "anything",
        "the value in the first row, be it NULL",
        "first(x ORDER BY x)",
        order="given",
    ),
    AggregateDefinition(
        "last",
        "last",
        same_type,
        "anything",
        "the value in the last row, be it NULL",
        "last(x ORDER BY x)",
        order="given",
    ),
    AggregateDefinition(
        "percentile_cont",
        "percentile_cont",
        _continuous,
        _CONTINUOUS,
        "the value below which that fraction of the values lies, between two of them if need be",
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
        order="within group",
    ),
    AggregateDefinition(
        "percentile_disc",
        "percentile_disc",
        _discrete,
        _DISCRETE,
        "the first of the values up to which there is at least that fraction of them",
        "percentile_disc(0.5) WITHIN GROUP (ORDER BY x)",
        order="within group",
    ),
    AggregateDefinition(
        "mode",
        "mode",
        same_type,
        "WITHIN GROUP (ORDER BY anything)",
        "the most frequent value; of several, the first",
        "mode() WITHIN GROUP (ORDER BY x)",
        least=0,
        most=0,
        order="within group",
    ),
    AggregateDefinition(
        "median",
        "percentile_cont",
        _continuous,
        "a number or an INTERVAL",
        "the value in the middle, or between the two in the middle",
        "median(x)",
        defaults=(Constant(0.5, DOUBLE),),
        order="ascending",
    ),
    AggregateDefinition(
        "quantile_cont",
        "percentile_cont",
        _continuous,
        "a number or an INTERVAL, and a fraction",
        "the same as percentile_cont, written as a plain call",
        "quantile_cont(x, 0.5)",
        least=2,
        most=2,
        order="ascending",
    ),
    AggregateDefinition(
        "quantile_disc",
        "percentile_disc",
        _discrete,
        "anything, and a fraction",
        "the same as percentile_disc, written as a plain call",
        "quantile_disc(x, 0.5)",
        least=2,
        most=2,
        order="ascending",
    ),
)
