"""Python functions on vectors: called once for each distinct combination of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.functions.exact import narrowed
from coldb.engine.vector import Vector
from coldb_warehouse.domain import code_dtype
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coldb.engine.vector import Mask

__all__ = ["all_valid", "map_distinct", "vector_of"]


def map_distinct(
    function: Callable[..., Any], arguments: tuple[Vector, ...], result: Type, rows: int
) -> Vector:
    """`function` of the physical values of each row; it may return None for NULL.

    Strict: rows with a NULL argument are left out. The result is a coded vector.
    """
    valid = all_valid(arguments)
    if valid is not None and not valid.all():
        present = np.flatnonzero(np.broadcast_to(valid, rows))
        found = _map_valid(
            function, tuple(each.take(present) for each in arguments), result, len(present)
        )
        codes = np.zeros(rows, dtype=found.data.dtype if len(present) else np.uint8)
        codes[present] = found.data
        domain = found.domain if len(present) else Vector.constant_of(result, None).expanded(1)
        return Vector(
            result, codes, np.broadcast_to(valid, rows), domain=domain, distinct_domain=False
        )
    return _map_valid(function, arguments, result, rows)


def _map_valid(
    function: Callable[..., Any], arguments: tuple[Vector, ...], result: Type, rows: int
) -> Vector:
    combined: npt.NDArray[np.int64] = np.zeros(rows, dtype=np.int64)
    columns: list[tuple[npt.NDArray[np.int64], list[Any]]] = []
    for argument in arguments:
        codes, values = _encoded(argument)
        columns.append((codes, values))
        if len(values) > 1:
            combined = np.unique(combined * len(values) + codes, return_inverse=True)[1]
    _, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    rows_of_entries = [
        [values[code] for code in np.broadcast_to(column, rows)[first].tolist()]
        for column, values in columns
    ]
    domain = vector_of([function(*entry) for entry in zip(*rows_of_entries, strict=True)], result)
    return Vector(
        result, codes.astype(code_dtype(len(first))), domain=domain, distinct_domain=False
    )


def _encoded(vector: Vector) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Codes and the distinct physical values that they stand for."""
    data = vector.plain().data
    if not isinstance(data, np.ndarray):
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(data)
        return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
    if data.dtype == object:
        numbers: dict[Any, int] = {}
        codes = np.array(
            [numbers.setdefault(value, len(numbers)) for value in data], dtype=np.int64
        )
        return codes, list(numbers)
    # Bit patterns, because -0.0 and 0.0 have different texts.
    bits = data.view(f"i{data.dtype.itemsize}") if data.dtype.kind == "f" else data
    distinct, codes = np.unique(bits, return_inverse=True)
    return codes, distinct.view(data.dtype).tolist()


def vector_of(values: Sequence[Any], type_: Type) -> Vector:
    """Physical values, None for NULL, as a plain vector."""
    valid = np.array([value is not None for value in values], dtype=np.bool_)
    nulls = None if valid.all() else valid
    if type_.kind is Kind.VARCHAR:
        import pyarrow as pa

        texts = ["" if value is None else value for value in values]
        return Vector(type_, pa.array(texts, type=pa.large_string()), nulls)
    if type_.kind in (Kind.DECIMAL, Kind.INTERVAL, Kind.NULL):
        objects = np.empty(len(values), dtype=object)
        missing = (0, 0, 0) if type_.kind is Kind.INTERVAL else 0
        for row, value in enumerate(values):
            objects[row] = missing if value is None else value
        return Vector(type_, narrowed(objects) if type_.kind is Kind.DECIMAL else objects, nulls)
    return Vector(
        type_,
        np.array([0 if value is None else value for value in values], dtype=type_.dtype),
        nulls,
    )


def all_valid(vectors: tuple[Vector, ...]) -> Mask | None:
    """Where no vector is NULL; None if none has NULLs; one entry if only constants have."""
    valid: Mask | None = None
    for vector in vectors:
        if vector.valid is not None:
            valid = vector.valid if valid is None else valid & vector.valid
    return valid
