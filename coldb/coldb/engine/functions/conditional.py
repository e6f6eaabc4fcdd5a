"""greatest and least: of any type, NULLs ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.coercion import common_type_or_none
from coldb.engine.functions.comparison import compare
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature
from coldb.engine.vector import Vector
from coldb_warehouse.types import INTEGER, NULL, VARCHAR, Kind, Type

if TYPE_CHECKING:
    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Mask

__all__ = ["DEFINITIONS"]


def _extreme(comparison: str) -> Kernel:
    """The argument for which `comparison` with the others holds."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        best = arguments[0].expanded(rows)
        for argument in arguments[1:]:
            other = argument.expanded(rows)
            wins = compare(comparison, other, best).expanded(rows).values
            if best.valid is not None:
                wins = wins | ~best.valid
            if other.valid is not None:
                wins = wins & other.valid
            best = _choose(wins, other, best, result)
        return best

    return kernel


def _choose(condition: Mask, chosen: Vector, otherwise: Vector, type_: Type) -> Vector:
    """`chosen` where the condition holds, else `otherwise`; NULL only where both are."""
    valid = None
    if chosen.valid is not None and otherwise.valid is not None:
        valid = chosen.valid | otherwise.valid
    if type_.in_arrow:
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = pc.if_else(pa.array(condition), chosen.strings, otherwise.strings)
        return Vector(type_, texts, valid)
    if type_.kind is Kind.INTERVAL:
        return Vector(type_, np.where(condition, chosen.data, otherwise.data), valid)
    return Vector(type_, np.where(condition, chosen.values, otherwise.values), valid)


def _alike(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    common: Type | None = NULL
    for argument in arguments:
        common = None if common is None else common_type_or_none(common, argument)
    if common is None or not arguments:
        return None
    common = VARCHAR if common.kind in (Kind.NULL, Kind.VARCHAR) else common
    return (common,) * len(arguments), common


def _count_nulls(counted: bool) -> Kernel:
    """How many arguments are NULL, or are not."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        count = np.zeros(rows, dtype=result.dtype)
        for argument in arguments:
            if argument.valid is not None:
                count += ~argument.valid
        return Vector(result, count if counted else len(arguments) - count)

    return kernel


def _anything(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    del constants
    return (tuple(VARCHAR if each == NULL else each for each in arguments), INTEGER)


DEFINITIONS = (
    *(
        Definition(
            ScalarFunction(name, _extreme(comparison), strict=False),
            Signature("(values of one type, ...)", _alike),
            f"{word} of the values that are not NULL",
            f"{name}(1, NULL, 3)",
        )
        for name, comparison, word in (("greatest", ">", "largest"), ("least", "<", "smallest"))
    ),
    Definition(
        ScalarFunction("num_nulls", _count_nulls(True), strict=False),
        Signature("(any, ...)", _anything),
        "how many arguments are NULL",
        "num_nulls(1, NULL, 'a')",
    ),
    Definition(
        ScalarFunction("num_nonnulls", _count_nulls(False), strict=False),
        Signature("(any, ...)", _anything),
        "how many arguments are not NULL",
        "num_nonnulls(1, NULL, 'a')",
    ),
)
