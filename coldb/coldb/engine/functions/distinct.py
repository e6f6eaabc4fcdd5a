"""Python functions on vectors: called once for each distinct combination of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.functions.numbers.exact import narrowed
from coldb.engine.vector import Vector
from coldb_warehouse.domain import code_dtype
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from coldb.engine.functions.definition import Kernel
    from coldb.engine.vector import Mask

__all__ = ["all_valid", "map_distinct", "map_nullable", "of_rows", "vector_of"]


def of_rows(function: Callable[..., Any]) -> Kernel:
    """A kernel from a function of the physical values of one row."""
    return lambda arguments, result, rows: map_distinct(function, arguments, result, rows)


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


def map_nullable(
    function: Callable[..., Any], arguments: tuple[Vector, ...], result: Type, rows: int
) -> Vector:
    """The same for a function that takes None for NULL."""
    return _map_encoded(function, [_encoded_with_null(each) for each in arguments], result, rows)


def _encoded_with_null(vector: Vector) -> tuple[npt.NDArray[np.int64], list[Any]]:
    codes, values = _encoded(vector)
    if vector.valid is None:
        return codes, values
    return np.where(vector.valid, codes, len(values)), [*values, None]


def _map_valid(
    function: Callable[..., Any], arguments: tuple[Vector, ...], result: Type, rows: int
) -> Vector:
    return _map_encoded(function, [_encoded(argument) for argument in arguments], result, rows)


def _map_encoded(
    function: Callable[..., Any],
    columns: list[tuple[npt.NDArray[np.int64], list[Any]]],
    result: Type,
    rows: int,
) -> Vector:
    combined: npt.NDArray[np.int64] = np.zeros(rows, dtype=np.int64)
    for codes, values in columns:
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
    if vector.type.kind is Kind.ARRAY:
        from coldb.engine.arrays import tuples_of

        return _numbered(tuples_of(vector))
    if not isinstance(data, np.ndarray):
        import pyarrow.compute as pc

        encoded = pc.dictionary_encode(data)
        return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
    if data.dtype == object:
        return _numbered(data)
    # Bit patterns, because -0.0 and 0.0 have different texts.
    bits = data.view(f"i{data.dtype.itemsize}") if data.dtype.kind == "f" else data
    distinct, codes = np.unique(bits, return_inverse=True)
    return codes, distinct.view(data.dtype).tolist()


def _numbered(values: Iterable[Any]) -> tuple[npt.NDArray[np.int64], list[Any]]:
    numbers: dict[Any, int] = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values]
    return np.array(codes, dtype=np.int64), list(numbers)


def vector_of(values: Sequence[Any], type_: Type) -> Vector:
    """Physical values, None for NULL, as a plain vector."""
    valid = np.array([value is not None for value in values], dtype=np.bool_)
    nulls = None if valid.all() else valid
    if type_.element is not None:
        from coldb.engine.arrays import arrays_of

        return arrays_of(values, type_.element)
    filled = [type_.blank if value is None else value for value in values]
    if type_.is_bytes:
        import pyarrow as pa

        return Vector(type_, pa.array(filled, type=type_.bytes_array), nulls)
    if type_.kind in (Kind.DECIMAL, Kind.INTERVAL, Kind.NULL):
        objects = np.empty(len(values), dtype=object)
        for row, value in enumerate(filled):
            objects[row] = value
        return Vector(type_, narrowed(objects) if type_.kind is Kind.DECIMAL else objects, nulls)
    return Vector(type_, np.array(filled, dtype=type_.dtype), nulls)


def all_valid(vectors: tuple[Vector, ...]) -> Mask | None:
    """Where no vector is NULL; None if none has NULLs; one entry if only constants have."""
    valid: Mask | None = None
    for vector in vectors:
        if vector.valid is not None:
            valid = vector.valid if valid is None else valid & vector.valid
    return valid
