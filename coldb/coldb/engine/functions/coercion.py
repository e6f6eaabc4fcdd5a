"""Which types turn into which, as in PostgreSQL: by themselves, on request, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.errors import ProgrammingError
from coldb_warehouse.types import MAX_DECIMAL_DIGITS, VARCHAR, Kind, Type, array_of, decimal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "as_decimal",
    "assignment_cast_allowed",
    "common_decimal",
    "common_type",
    "common_type_or_none",
    "explicit_cast_allowed",
    "implicit_cast_allowed",
]

_NUMERIC_RANK = {
    Kind.SMALLINT: 1,
    Kind.INTEGER: 2,
    Kind.BIGINT: 3,
    Kind.DECIMAL: 4,
    Kind.REAL: 5,
    Kind.DOUBLE: 6,
}

_INTEGER_DIGITS = {Kind.SMALLINT: 5, Kind.INTEGER: 10, Kind.BIGINT: 19}

_EXPLICIT_ONLY = frozenset(
    {
        (Kind.BOOLEAN, Kind.INTEGER),
        (Kind.INTEGER, Kind.BOOLEAN),
        (Kind.UUID, Kind.BLOB),
        (Kind.BLOB, Kind.UUID),
    }
)

_IMPLICIT = frozenset(
    {
        (Kind.DATE, Kind.TIMESTAMP),
        (Kind.DATE, Kind.TIMESTAMPTZ),
        (Kind.TIMESTAMP, Kind.TIMESTAMPTZ),
        (Kind.TIME, Kind.INTERVAL),
    }
)

_ON_ASSIGNMENT = frozenset(
    {
        (Kind.TIMESTAMP, Kind.DATE),
        (Kind.TIMESTAMP, Kind.TIME),
        (Kind.TIMESTAMPTZ, Kind.DATE),
        (Kind.TIMESTAMPTZ, Kind.TIME),
        (Kind.TIMESTAMPTZ, Kind.TIMESTAMP),
        (Kind.INTERVAL, Kind.TIME),
    }
)


def implicit_cast_allowed(source: Type, target: Type) -> bool:
    """Whether a value turns into `target` without being asked to."""
    if source.element is not None and target.element is not None:
        return source.element.kind in (target.element.kind, Kind.NULL)
    if source.kind is target.kind or source.kind is Kind.NULL:
        return True
    if source.is_numeric and target.is_numeric:
        return _NUMERIC_RANK[source.kind] < _NUMERIC_RANK[target.kind]
    return (source.kind, target.kind) in _IMPLICIT


def assignment_cast_allowed(source: Type, target: Type) -> bool:
    """Whether a value turns into `target` when it is stored in a column of that type."""
    if implicit_cast_allowed(source, target) or target.kind is Kind.VARCHAR:
        return True
    both_numeric = source.is_numeric and target.is_numeric
    return both_numeric or (source.kind, target.kind) in _ON_ASSIGNMENT


def explicit_cast_allowed(source: Type, target: Type) -> bool:
    """Whether CAST(source AS target) makes sense; single values may still fail."""
    if source.element is not None and target.element is not None:
        return explicit_cast_allowed(source.element, target.element)
    if implicit_cast_allowed(source, target) or Kind.VARCHAR in (source.kind, target.kind):
        return target.kind is not Kind.NULL
    if source.is_numeric and target.is_numeric:
        return True
    return (source.kind, target.kind) in _EXPLICIT_ONLY | _ON_ASSIGNMENT


def as_decimal(type_: Type) -> Type:
    """The DECIMAL that holds every value of an exact type."""
    return type_ if type_.kind is Kind.DECIMAL else decimal(_INTEGER_DIGITS[type_.kind], 0)


def common_type(types: Iterable[Type]) -> Type:
    """The type that the columns of a UNION, the branches of a CASE and the like agree on.

    NULL adapts to the others; nothing but NULLs is text, as in PostgreSQL. Raises ProgrammingError
    for types that do not go together.
    """
    common = Type(Kind.NULL)
    for type_ in types:
        merged = common_type_or_none(common, type_)
        if merged is None:
            raise ProgrammingError(f"{common} and {type_} have no common type: cast one of them")
        common = merged
    return VARCHAR if common.kind is Kind.NULL else common


def common_type_or_none(left: Type, right: Type) -> Type | None:
    """The common type of two, None if there is none; of two NULLs it is NULL."""
    if left == right or right.kind is Kind.NULL:
        return left
    if left.kind is Kind.NULL:
        return right
    if left.is_exact and right.is_exact and Kind.DECIMAL in (left.kind, right.kind):
        return common_decimal(as_decimal(left), as_decimal(right))
    if left.kind is Kind.VARCHAR and right.kind is Kind.VARCHAR:
        return VARCHAR
    if left.element is not None and right.element is not None:
        if not (implicit_cast_allowed(left, right) or implicit_cast_allowed(right, left)):
            return None
        element = common_type_or_none(left.element, right.element)
        return None if element is None else array_of(element)
    if implicit_cast_allowed(left, right):
        return right
    if implicit_cast_allowed(right, left):
        return left
    return None


def common_decimal(left: Type, right: Type) -> Type:
    """The type of all values of two DECIMAL types, as far as digits reach."""
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return decimal(min(MAX_DECIMAL_DIGITS, whole + scale), scale)
