"""Putting the results of many tasks together, without decoding what they have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.vector import Vector, concat_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb.engine.expressions import Field
    from coldb.engine.vector import Data, Mask

__all__ = ["concat_batches", "concat_vectors", "empty_vector"]


def concat_batches(batches: Sequence[Batch], fields: Iterable[Field]) -> Batch:
    """One batch of all rows, in order, with the given fields fetched."""
    if len(batches) == 1:
        return batches[0]
    rows = sum(batch.rows for batch in batches)
    sources = {
        field.id: VectorSource(
            concat_vectors([batch.column(field.id).expanded(batch.rows) for batch in batches])
            if batches
            else empty_vector(field)
        )
        for field in fields
    }
    return Batch(rows, sources)


def empty_vector(field: Field) -> Vector:
    """No rows of a field's type."""
    return Vector.constant_of(field.type, None).expanded(0)


def concat_vectors(vectors: Sequence[Vector]) -> Vector:
    """The rows of all vectors, none of them constant. Codes stay codes when the domain is the same."""
    first = vectors[0]
    if len(vectors) == 1:
        return first
    if not _alike(vectors):
        vectors = [vector.plain() for vector in vectors]
        first = vectors[0]
    return replace(
        first,
        data=_concat_data(vectors),
        valid=_concat_valid(vectors),
        bounds=_common_bounds(vectors),
    )


def _alike(vectors: Sequence[Vector]) -> bool:
    """Whether the stored data mean the same in all vectors."""
    first = vectors[0]
    return all(
        vector.domain is first.domain
        and vector.reference == first.reference
        and isinstance(vector.data, np.ndarray)
        and isinstance(first.data, np.ndarray)
        and vector.data.dtype == first.data.dtype
        for vector in vectors[1:]
    )


def _concat_data(vectors: Sequence[Vector]) -> Data:
    if isinstance(vectors[0].data, np.ndarray):
        return np.concatenate([vector.data for vector in vectors])
    return concat_arrow([vector.data for vector in vectors])


def _concat_valid(vectors: Sequence[Vector]) -> Mask | None:
    if all(vector.valid is None for vector in vectors):
        return None
    return np.concatenate([vector.valid_mask for vector in vectors])


def _common_bounds(vectors: Sequence[Vector]) -> tuple[int, int] | None:
    low, high = None, None
    for vector in vectors:
        if vector.bounds is None:
            return None
        low = vector.bounds[0] if low is None else min(low, vector.bounds[0])
        high = vector.bounds[1] if high is None else max(high, vector.bounds[1])
    return None if low is None or high is None else (low, high)
