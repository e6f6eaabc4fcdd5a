"""Vectors in each of their forms, calls of functions by name, and values read back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.evaluate import EvaluationContext
from coldb.engine.expressions import Call, Cast, Constant, Expression, Field, FieldRef
from coldb.engine.functions import resolve
from coldb.engine.functions.distinct import vector_of
from coldb.engine.vector import Vector
from coldb_warehouse.domain import code_dtype
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "batch",
    "call",
    "coded",
    "column",
    "context",
    "narrow",
    "plain",
    "values_of",
    "with_nulls",
]


def context() -> EvaluationContext:
    return EvaluationContext({}, dt.datetime(2024, 2, 29, 12, 30, 15, 250_000))


def column(number: int, type_: Type) -> FieldRef:
    return FieldRef(Field(number, f"c{number}", type_))


def batch(*vectors: Vector) -> Batch:
    """A batch whose field i is the vector number i."""
    sources = {number: VectorSource(vector) for number, vector in enumerate(vectors)}
    return Batch(len(vectors[0]), sources)


def call(name: str, *arguments: Expression) -> Expression:
    """A function by name, its arguments cast to its parameters as the binder does it."""
    constants = tuple(each.value if isinstance(each, Constant) else None for each in arguments)
    found = resolve(name, tuple(each.type for each in arguments), constants)
    cast = tuple(
        each if each.type == parameter else Cast(each, parameter, implicit=True)
        for each, parameter in zip(arguments, found.parameters, strict=True)
    )
    return Call(found.function, cast, found.result)


# --- forms -------------------------------------------------------------------------------------


def plain(values: Sequence[Any], type_: Type) -> Vector:
    """Physical values, None for NULL."""
    return vector_of(values, type_)


def narrow(values: Sequence[int], type_: Type) -> Vector:
    """Unsigned integers above a reference, with their bounds."""
    low, high = min(values), max(values)
    data = np.array([value - low for value in values], dtype=np.uint64)
    small = data.astype(code_dtype(high - low + 1))
    return Vector(type_, small, reference=low, bounds=(low, high))


def coded(values: Sequence[Any], type_: Type, unused: Sequence[Any] = ()) -> Vector:
    """Codes into the distinct values, among which are some that no row has."""
    entries = list(unused)
    codes = []
    for value in values:
        places = [place for place, entry in enumerate(entries) if entry is value]
        if not places:
            places = [len(entries)]
            entries.append(value)
        codes.append(places[0])
    data = np.array(codes, dtype=code_dtype(len(entries)))
    return Vector(type_, data, domain=plain(entries, type_), distinct_domain=False)


def with_nulls(vector: Vector, valid: Sequence[bool]) -> Vector:
    """The vector with NULLs laid over some rows, whose data stay in place below them."""
    mask = np.array(valid, dtype=np.bool_)
    return Vector(
        vector.type, vector.data, mask, vector.domain, vector.reference, vector.bounds,
        distinct_domain=vector.distinct_domain,
    )  # fmt: skip


# --- back to values ----------------------------------------------------------------------------


def values_of(vector: Vector, rows: int) -> list[str | None]:
    """The rows as text that tells every difference: NULL is None, -0.0 is not 0.0."""
    vector = vector.expanded(rows).plain()
    assert len(vector) == rows
    _check_form(vector)
    data = vector.data
    listed = data.tolist() if isinstance(data, np.ndarray) else data.to_pylist()
    if vector.valid is None:
        return [repr(value) for value in listed]
    return [
        repr(value) if valid else None for value, valid in zip(listed, vector.valid, strict=True)
    ]


def _check_form(vector: Vector) -> None:
    """The array is of the type's dtype, and the values that count are within the bounds."""
    data = vector.data
    if vector.type.in_arrow:
        assert not isinstance(data, np.ndarray)
        if vector.type.is_bytes:
            assert data.type == vector.type.bytes_array
        return
    assert isinstance(data, np.ndarray)
    if vector.type.kind in (Kind.INTERVAL, Kind.NULL):
        return
    if data.dtype != object:
        assert data.dtype == vector.type.dtype
    else:
        assert vector.type.kind is Kind.DECIMAL
    if vector.bounds is not None:
        counted = data if vector.valid is None else data[vector.valid]
        low, high = vector.bounds
        assert all(low <= value <= high for value in counted.tolist())
