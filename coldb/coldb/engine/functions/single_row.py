"""The check behind a sub-query that is used as a value: it may have one row, not more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.functions.definition import ScalarFunction
from coldb.errors import DataError

if TYPE_CHECKING:
    from coldb.engine.vector import Vector
    from coldb_warehouse.types import Type

__all__ = ["SINGLE_ROW"]


def _single_row(arguments: tuple[Vector, ...], type_: Type, rows: int) -> Vector:
    del type_, rows
    value, count = arguments
    several = count.values > 1
    if (several if count.valid is None else several & count.valid).any():
        raise DataError(
            "a sub-query used as a value returned more than one row: take one by LIMIT 1"
        )
    return value


SINGLE_ROW = ScalarFunction("single_row", _single_row, strict=False, can_fail=True)
"""single_row(value, number of rows): the value; DataError where the number is above one."""
