"""Vectors of arrays: taken apart into one vector of all elements, and put together.

A kernel on arrays works on the elements of all rows at once: `elements` gives them with the offsets
at which rows begin, and `array_vector` is the way back. Single arrays are tuples of physical values,
None for NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.assemble import concatenated
from coldb.engine.grouping import key_codes
from coldb.engine.vector import Vector
from coldb_warehouse.lists import elements_of, lists_of
from coldb_warehouse.types import array_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from coldb.engine.vector import Mask
    from coldb_warehouse.types import Type

__all__ = ["array_keys", "array_vector", "arrays_of", "elements", "tuples_of"]


def elements(vector: Vector) -> tuple[npt.NDArray[np.int64], Vector]:
    """Offsets (one more than rows, from 0) and the elements of all rows, those of null rows included."""
    element = vector.type.element
    assert element is not None
    offsets, values, valid = elements_of(vector.arrays, element)
    return offsets, Vector(element, values, valid)


def array_vector(
    offsets: npt.NDArray[np.int64], elements: Vector, valid: Mask | None = None
) -> Vector:
    """The arrays elements[offsets[i]:offsets[i + 1]]; `valid` tells which arrays are not NULL."""
    plain = elements.plain()
    lists = lists_of(offsets, plain.data, plain.valid, plain.type)
    return Vector(array_of(plain.type), lists, valid)


def arrays_of(values: Sequence[tuple[Any, ...] | None], element: Type) -> Vector:
    """Tuples of physical values, None for NULL, as a vector."""
    from coldb.engine.functions.distinct import vector_of  # which compares arrays by this module

    sizes = [0 if value is None else len(value) for value in values]
    offsets = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    flat = [entry for value in values if value is not None for entry in value]
    valid = np.array([value is not None for value in values], dtype=np.bool_)
    return array_vector(offsets, vector_of(flat, element), None if valid.all() else valid)


def tuples_of(vector: Vector) -> list[tuple[Any, ...]]:
    """The inverse of `arrays_of`; what it gives for NULL has no meaning."""
    offsets, flat = elements(vector)
    data = flat.data.tolist() if isinstance(flat.data, np.ndarray) else flat.data.to_pylist()
    if flat.valid is not None:
        data = [value if filled else None for value, filled in zip(data, flat.valid, strict=True)]
    bounds = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    return [tuple(data[start:stop]) for start, stop in bounds]


def array_keys(vectors: Sequence[Vector]) -> list[pa.LargeBinaryArray]:
    """Bytes for each array of each vector that compare as the arrays do: by the first elements that
    differ, NULL above all others and equal to itself, then by length.

    An element becomes its rank among all of them, written big end first.
    """
    import pyarrow as pa

    parts = [elements(vector) for vector in vectors]
    together = concatenated([flat for _, flat in parts])
    ranks, _ = key_codes(together, len(together), ordered=True)
    text = ranks.astype(">u8")
    keys = []
    start = 0
    for offsets, flat in parts:
        own = text[start : start + len(flat)]
        places = pa.py_buffer(offsets * text.itemsize)
        keys.append(
            pa.LargeBinaryArray.from_buffers(
                pa.large_binary(), len(offsets) - 1, [None, places, pa.py_buffer(own.copy())]
            )
        )
        start += len(flat)
    return keys
