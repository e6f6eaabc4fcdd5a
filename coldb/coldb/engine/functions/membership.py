"""`x IN (constants)`: which rows hold one of a set of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.arrays import tuples_of
from coldb.engine.functions.comparison import interval_totals
from coldb.engine.vector import Vector, single_entry
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from coldb.engine.vector import Mask

__all__ = ["ValueSet"]

_FEW = 4
"""Up to so many values, comparing with each is faster than searching."""


class ValueSet:
    """Physical values of one type, prepared for look-up. NULL is not among them."""

    __slots__ = ("type", "values")

    def __init__(self, values: tuple[Any, ...], type_: Type) -> None:
        self.type = type_
        self.values = self._prepared(values)

    def _prepared(self, values: tuple[Any, ...]) -> Any:
        match self.type.kind:
            case Kind.VARCHAR | Kind.BLOB | Kind.UUID:
                import pyarrow as pa

                return pa.array(values, type=self.type.bytes_array)
            case Kind.INTERVAL:
                singles = [Vector(self.type, single_entry(self.type, value)) for value in values]
                return {int(interval_totals(single)[0]) for single in singles}
            case Kind.ARRAY:
                return set(values)
            case Kind.REAL | Kind.DOUBLE:
                return np.array(values, dtype=self.type.dtype)
            case _:
                return sorted({int(value) for value in values})

    def contains(self, vector: Vector) -> Mask:
        """For each entry of a plain or narrow vector, whether it is among the values."""
        match self.type.kind:
            case Kind.VARCHAR | Kind.BLOB | Kind.UUID:
                import pyarrow.compute as pc

                members = pc.is_in(vector.strings, value_set=self.values)
                return np.asarray(members, dtype=np.bool_)
            case Kind.INTERVAL:
                return _in_set(interval_totals(vector), self.values)
            case Kind.ARRAY:
                return _in_set(tuples_of(vector), self.values)
            case Kind.REAL | Kind.DOUBLE:
                found = np.isin(vector.values, self.values)
                return found | np.isnan(vector.values) if np.isnan(self.values).any() else found
            case _:
                return self._contains_integer(vector)

    def _contains_integer(self, vector: Vector) -> Mask:
        data = vector.data
        assert isinstance(data, np.ndarray)
        if data.dtype == object:
            return _in_set(data, set(self.values))
        if data.dtype.kind == "b":
            data = data.view(np.uint8)
        limits = np.iinfo(data.dtype)
        candidates = [value - vector.reference for value in self.values]
        candidates = [value for value in candidates if limits.min <= value <= limits.max]
        if len(candidates) <= _FEW:
            found = np.zeros(len(data), dtype=np.bool_)
            for value in candidates:
                found |= data == data.dtype.type(value)
            return found
        wanted = np.array(candidates, dtype=data.dtype)
        if data.dtype.kind == "u" and data.dtype.itemsize <= 2:
            table = np.zeros(limits.max + 1, dtype=np.bool_)
            table[wanted] = True
            members: Mask = table[data]
            return members
        return np.isin(data, wanted)


def _in_set(data: Any, values: set[Any]) -> Mask:
    return np.fromiter((value in values for value in data), dtype=np.bool_, count=len(data))
