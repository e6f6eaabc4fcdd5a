"""Several vectors put together as one: end to end, or each for its own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.vector import Vector, concat_arrow
from coldb_warehouse.domain import code_dtype

if TYPE_CHECKING:
    from coldb.engine.vector import Indices, Mask

__all__ = ["concatenated", "scattered"]


def concatenated(vectors: list[Vector]) -> Vector:
    """The values of vectors of one type, one after the other; a constant counts as one entry."""
    type_ = vectors[0].type
    valid: Mask | None = None
    if any(vector.valid is not None for vector in vectors):
        valid = np.concatenate([vector.valid_mask for vector in vectors])
    plain = [vector.plain().data for vector in vectors]
    if type_.in_arrow:
        return Vector(type_, concat_arrow(plain), valid)
    data: npt.NDArray[Any] = np.concatenate([np.asarray(part) for part in plain])
    return Vector(type_, data, valid, bounds=_bounds(vectors))


def scattered(pieces: list[tuple[Indices, Vector]], rows: int) -> Vector:
    """Vectors of one type for disjoint sets of rows that together are all rows, as one vector.

    If all are constants the result is coded: the code of a row says which of them it has.
    """
    vectors = [vector.plain() for _, vector in pieces]
    placed = [(indices, vector) for (indices, _), vector in zip(pieces, vectors, strict=True)]
    type_ = vectors[0].type
    if type_.in_arrow or all(vector.constant for vector in vectors):
        entries = concatenated(vectors)
        codes = np.empty(rows, dtype=code_dtype(len(entries)))
        start = 0
        for indices, vector in placed:
            size = len(vector)
            codes[indices] = start if vector.constant else np.arange(start, start + size)
            start += size
        return Vector(type_, codes, domain=entries, bounds=entries.bounds, distinct_domain=False)
    data = np.empty(rows, dtype=np.result_type(*(vector.values.dtype for vector in vectors)))
    nulls = any(vector.valid is not None for vector in vectors)
    valid: Mask | None = np.ones(rows, dtype=np.bool_) if nulls else None
    for indices, vector in placed:
        data[indices] = vector.values
        if valid is not None and vector.valid is not None:
            valid[indices] = vector.valid
    return Vector(type_, data, valid, bounds=_bounds(vectors))


def _bounds(vectors: list[Vector]) -> tuple[int, int] | None:
    """A range that holds all values, if each vector that has any knows one."""
    bounds = [vector.bounds for vector in vectors if vector.valid is None or vector.valid.any()]
    known = [each for each in bounds if each is not None]
    if not known or len(known) < len(bounds):
        return None
    return min(low for low, _ in known), max(high for _, high in known)
