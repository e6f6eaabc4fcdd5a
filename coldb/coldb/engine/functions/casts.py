"""CAST: vectors of one type to another, with PostgreSQL's rounding and errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from coldb.engine.arrays import array_vector, elements
from coldb.engine.functions.coercion import (
    common_type,
    explicit_cast_allowed,
    implicit_cast_allowed,
)
from coldb.engine.functions.dates.calendar import DAY, FIRST_DAY, LAST_TIMESTAMP_DAY
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.functions.literals import (
    float_to_scaled,
    literal_cast,
    physical_from_python,
    python_from_physical,
    text_of,
)
from coldb.engine.functions.numbers.exact import (
    POWERS,
    bounds_of,
    declared_bounds,
    exact_vector,
    out_of_range,
    rescale,
    rows_where,
    within,
)
from coldb.engine.vector import Vector
from coldb.errors import DataError, ProgrammingError
from coldb_warehouse.convert.binary import blob_text, uuid_text
from coldb_warehouse.types import VARCHAR, Kind, Type

__all__ = [
    "cast",
    "cast_can_fail",
    "common_type",
    "explicit_cast_allowed",
    "implicit_cast_allowed",
    "literal_cast",
    "physical_from_python",
    "python_from_physical",
]

_EXACT_DOUBLES = 2**53
_UUID_BYTES = 16
_EXACT_POWER = 22
"""10**22 is the largest power of ten that a double holds exactly."""


def cast(vector: Vector, type_: Type) -> Vector:
    """The values as `type_`; NULL stays NULL. DataError for a value that does not fit."""
    if vector.type == type_:
        return vector
    if not explicit_cast_allowed(vector.type, type_):
        raise ProgrammingError(f"cannot cast {vector.type} to {type_}")
    if vector.type.kind is Kind.NULL:
        return replace(
            Vector.constant_of(type_, None).expanded(len(vector)), constant=vector.constant
        )
    vector = vector if vector.domain is None else vector.plain()
    if _same_values(vector.type, type_):
        return replace(vector, type=type_)
    if vector.type.element is not None and type_.element is not None:
        return _elements_cast(vector, type_.element)
    source = vector.plain()
    result = _converted(source, type_)
    if source.constant:
        result = replace(result.plain(), constant=True)
    if source.valid is None:
        return result
    return replace(
        result, valid=source.valid if result.valid is None else source.valid & result.valid
    )


def _elements_cast(vector: Vector, type_: Type) -> Vector:
    offsets, flat = elements(vector)
    if vector.valid is not None:
        # What null rows hold has no meaning, and must not fail.
        counts = vector.valid.repeat(np.diff(offsets))
        flat = replace(flat, valid=counts if flat.valid is None else flat.valid & counts)
    result = array_vector(offsets, cast(flat, type_), vector.valid)
    return replace(result, constant=vector.constant)


def cast_can_fail(source: Type, target: Type) -> bool:
    """Whether the cast of some value raises DataError."""
    if (
        target.kind is Kind.VARCHAR
        or source.kind in (Kind.NULL, Kind.BOOLEAN)
        or _same_values(source, target)
    ):
        return False
    if source.element is not None and target.element is not None:
        return cast_can_fail(source.element, target.element)
    return not (source.is_exact and target.kind is Kind.DOUBLE)


def _same_values(source: Type, target: Type) -> bool:
    """Whether data stays as it is, in whatever narrow form it is."""
    if source.kind is Kind.VARCHAR and target.kind is Kind.VARCHAR:
        if target.trimmed and not source.trimmed:
            return False
        return target.length == 0 or 0 < source.length <= target.length
    if {source.kind, target.kind} == {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
        return True  # the zone of the session is UTC
    if not (source.is_exact and target.is_exact):
        return False
    return source.scale == target.scale and within(declared_bounds(source), declared_bounds(target))


def _converted(vector: Vector, type_: Type) -> Vector:
    source = vector.type
    if source.kind is Kind.VARCHAR and type_.kind is not Kind.VARCHAR:
        return map_distinct(lambda text: literal_cast(text, type_), (vector,), type_, len(vector))
    match type_.kind:
        case Kind.BOOLEAN:
            return Vector(type_, vector.values != 0)
        case Kind.SMALLINT | Kind.INTEGER | Kind.BIGINT | Kind.DECIMAL:
            return _to_exact(vector, type_)
        case Kind.REAL | Kind.DOUBLE:
            return _to_float(vector, type_)
        case Kind.VARCHAR:
            return _to_text(vector, type_)
        case Kind.DATE:
            return Vector(type_, (vector.values // DAY).astype(type_.dtype))
        case Kind.TIME:
            return _to_time(vector, type_)
        case Kind.INTERVAL:
            return map_distinct(lambda time: (0, 0, time), (vector,), type_, len(vector))
        case Kind.BLOB:
            return Vector(type_, vector.strings)
        case Kind.UUID:
            return _to_uuid(vector, type_)
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            days = vector.values.astype(np.int64)
            if rows_where((days < FIRST_DAY) | (days > LAST_TIMESTAMP_DAY), (vector,)):
                raise DataError(f"date out of range for {type_}")
            return Vector(type_, days * DAY)
        case _:
            raise ProgrammingError(f"cannot cast {source} to {type_}")


def _to_time(vector: Vector, type_: Type) -> Vector:
    """The time of day of a timestamp; of an interval, what is beyond whole days."""
    if vector.type.kind is Kind.INTERVAL:
        return map_distinct(lambda interval: interval[2] % DAY, (vector,), type_, len(vector))
    return Vector(type_, vector.values % DAY)


def _to_uuid(vector: Vector, type_: Type) -> Vector:
    import pyarrow.compute as pc

    fits = pc.equal(pc.binary_length(vector.strings), _UUID_BYTES)
    if rows_where(~np.asarray(fits, dtype=np.bool_), (vector,)):
        raise DataError(f"a UUID has {_UUID_BYTES} bytes, and the BLOB has not")
    return Vector(type_, pc.if_else(fits, vector.strings, type_.blank))


def _to_exact(vector: Vector, type_: Type) -> Vector:
    if vector.type.is_float:
        return (
            _rounded_float(vector, type_) if type_.is_integer else _float_to_decimal(vector, type_)
        )
    if vector.type.kind is Kind.BOOLEAN:
        return Vector(type_, vector.values.astype(type_.dtype))
    data, bounds = rescale(vector.values, type_.scale - vector.type.scale, bounds_of(vector))
    return exact_vector(data, type_, (vector,), bounds)


def _rounded_float(vector: Vector, type_: Type) -> Vector:
    """Floats to integers, rounding half to even."""
    low, high = declared_bounds(type_)
    rounded = np.rint(vector.values.astype(np.float64))
    fits = (rounded >= low) & (rounded < float(high + 1))
    if not fits.all():
        if rows_where(~fits, (vector,)):
            raise out_of_range(type_)
        rounded = np.where(fits, rounded, 0)
    return Vector(type_, rounded.astype(type_.dtype))


def _float_to_decimal(vector: Vector, type_: Type) -> Vector:
    """Rounds half away from zero, in the decimal text of the float.

    Where the scaled float is clearly not half-way between two integers, its nearest integer is the
    answer; the other rows take the slow path by way of text.
    """
    with np.errstate(all="ignore"):
        scaled = vector.values.astype(np.float64) * float(POWERS[type_.scale])
        nearest = np.rint(scaled)
        from_half = np.abs(np.abs(scaled - nearest) - 0.5)
        digits = 1e-5 if vector.type.kind is Kind.REAL else 1e-14
        clear = from_half > np.abs(scaled) * digits
        clear &= np.abs(scaled) < min(float(POWERS[type_.precision]), _EXACT_DOUBLES)
    data = np.where(clear, nearest, 0).astype(np.int64)
    slow = np.flatnonzero(~clear if vector.valid is None else ~clear & vector.valid)
    if not len(slow):
        return Vector(type_, data)
    part = map_distinct(
        lambda value: float_to_scaled(value, vector.type, type_),
        (vector.take(slow),),
        type_,
        len(slow),
    ).values
    data = data.astype(np.result_type(data.dtype, part.dtype))
    data[slow] = part
    return Vector(type_, data)


def _to_float(vector: Vector, type_: Type) -> Vector:
    if vector.type.kind is not Kind.DECIMAL:
        with np.errstate(all="ignore"):
            data = vector.values.astype(type_.dtype)
        if vector.type.is_float:
            _check_narrowed_floats(vector, data)
        return Vector(type_, data)
    scaled = vector.values
    divisor = POWERS[vector.type.scale]
    if scaled.dtype == object or vector.type.scale > _EXACT_POWER:
        quotient = np.array([int(value) / divisor for value in scaled], dtype=np.float64)
        return Vector(type_, quotient.astype(type_.dtype))
    quotient = scaled / float(divisor)
    # Only a division of two exact doubles is correctly rounded.
    large = np.flatnonzero((scaled > _EXACT_DOUBLES) | (scaled < -_EXACT_DOUBLES))
    if len(large) and vector.type.scale:
        quotient[large] = [value / divisor for value in scaled[large].tolist()]
    return Vector(type_, quotient.astype(type_.dtype))


def _check_narrowed_floats(vector: Vector, data: Any) -> None:
    """DOUBLE to REAL must neither overflow to infinity nor vanish to zero."""
    if rows_where(np.isinf(data) & ~np.isinf(vector.values), (vector,)):
        raise DataError("value out of range: overflow")
    if rows_where((data == 0) & (vector.values != 0), (vector,)):
        raise DataError("value out of range: underflow")


def _to_text(vector: Vector, type_: Type) -> Vector:
    import pyarrow as pa
    import pyarrow.compute as pc

    source = vector.type
    if source.is_integer:
        texts = Vector(VARCHAR, pa.array(vector.values).cast(pa.large_string()))
    elif source.kind is Kind.VARCHAR:
        texts = vector
    elif source.kind is Kind.BLOB:
        texts = Vector(VARCHAR, blob_text(vector.strings))
    elif source.kind is Kind.UUID:
        texts = Vector(VARCHAR, uuid_text(vector.strings))
    else:
        texts = map_distinct(lambda value: text_of(value, source), (vector,), VARCHAR, len(vector))
    if type_.length:
        texts = Vector(type_, pc.utf8_slice_codeunits(texts.strings, 0, type_.length))
    if type_.trimmed:
        texts = Vector(type_, pc.ascii_rtrim(texts.strings, " "))
    return replace(texts, type=type_)
