"""Reading JSON that nobody vouches for: each value is what it must be, or a ValueError says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "count",
    "flag",
    "integer",
    "mapping",
    "names",
    "number_from_json",
    "number_to_json",
    "optional_text",
    "text",
]


def number_to_json(number: float | None) -> int | str | None:
    return number.hex() if isinstance(number, float) else number


def number_from_json(value: Any) -> int | float | None:
    if isinstance(value, str):
        return float.fromhex(value)
    return None if value is None else integer(value)


def names(values: Any) -> tuple[str, ...]:
    return tuple(text(value) for value in values)


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def optional_text(value: Any) -> str | None:
    return None if value is None else text(value)


def count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{value!r} is no count")
    return value


def integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 << 63 <= value < 1 << 63:
        raise ValueError(f"{value!r} is no integer")
    return value


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is no object")
    return value
