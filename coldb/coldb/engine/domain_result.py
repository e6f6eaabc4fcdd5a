"""What an expression is for each entry of a domain, and how a coded column looks it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.assemble import concatenated
from coldb.engine.vector import Vector
from coldb_warehouse.domain import code_dtype
from coldb_warehouse.types import BOOLEAN

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression
    from coldb.engine.vector import Mask

__all__ = ["DomainResult"]


@dataclass(frozen=True, slots=True, eq=False)
class DomainResult:
    """`values` has one entry for each of `domain`; None if some entry raised, so that rows decide.

    The expression and the domain are kept because results are found by their identities.
    """

    expression: Expression
    domain: Vector
    values: Vector | None

    def look_up(self, column: Vector, for_null: Vector) -> Vector:
        """The values for a column of that domain; `for_null` is the constant for its NULLs."""
        assert self.values is not None
        if not len(self.domain):
            return for_null
        if self.values.type == BOOLEAN:
            return self._look_up_boolean(column, for_null)
        null_is_null = for_null.valid is not None and not for_null.valid[0]
        if column.valid is None or null_is_null:
            return _coded(column.data, column.valid, self.values)
        size = len(self.domain)
        codes = np.where(column.valid, column.data, size).astype(code_dtype(size + 1))
        return _coded(codes, None, concatenated([self.values, for_null]))

    def _look_up_boolean(self, column: Vector, for_null: Vector) -> Vector:
        assert self.values is not None
        codes = column.data
        found = _members(self.values.values, codes)
        valid = None if self.values.valid is None else self.values.valid[codes]
        if column.valid is None:
            return Vector(BOOLEAN, found, valid)
        if for_null.valid is not None and not for_null.valid[0]:
            return Vector(BOOLEAN, found, column.valid if valid is None else valid & column.valid)
        found = np.where(column.valid, found, for_null.values[0])
        return Vector(BOOLEAN, found, None if valid is None else valid | ~column.valid)


def _coded(codes: Any, valid: Mask | None, domain: Vector) -> Vector:
    return Vector(
        domain.type, codes, valid, domain=domain, bounds=domain.bounds, distinct_domain=False
    )


def _members(table: Mask, codes: Any) -> Mask:
    """table[codes]; for one range of codes a comparison is faster than the look-up."""
    size = int(np.count_nonzero(table))
    if size in (0, len(table)):
        return np.full(len(codes), size > 0)
    first = int(table.argmax())
    # The domain may have more entries than the codes' type can count: then its end is out of reach.
    last = min(first + size, len(table)) - 1
    largest = int(np.iinfo(codes.dtype).max)
    if first > largest:
        return np.zeros(len(codes), dtype=np.bool_)
    if size == 1:
        return np.asarray(codes == first)
    if codes.dtype.kind == "u" and bool(table[first : first + size].all()):
        # Codes below `first` wrap around to large ones.
        reach = min(last, largest) - first
        return np.asarray(codes - codes.dtype.type(first) <= codes.dtype.type(reach))
    found: Mask = table[codes]
    return found
