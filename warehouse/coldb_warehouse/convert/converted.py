"""What a conversion gives: values, and the rows that could not be converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_warehouse.errors import ConversionError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.types import Type

__all__ = [
    "Converted",
    "Failure",
    "Faults",
    "TooMixedError",
    "Values",
    "add_fault",
    "fraction_fault",
    "impossible",
    "mask_of",
    "numbers_of",
    "range_fault",
    "read_slowly",
]

_SLOW_ROWS = 1024

Values: TypeAlias = "npt.NDArray[Any] | pa.LargeStringArray | pa.LargeListArray"

Faults: TypeAlias = "dict[str, Mask]"
"""Rows that cannot be converted, by reason. Null rows may be among them, and do not count."""


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """Rows (ascending, from zero) that cannot be converted, and why.

    The reason is a phrase to follow the value: "does not fit in SMALLINT", "is not a date".
    """

    rows: npt.NDArray[np.int64]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """Values as types.py has them, `valid` (None when no row is null), and what failed.

    Null and failed rows hold zero or the empty string and are not valid.
    """

    values: Values
    valid: Mask | None
    failures: tuple[Failure, ...] = ()


class TooMixedError(Exception):
    """Some rows have to be read one way and most can be read a faster one: take fewer at a time."""


def read_slowly(rows: int) -> None:
    """Called before many rows are read because of a few; raises TooMixedError if it does not pay."""
    if rows > _SLOW_ROWS:
        raise TooMixedError


def add_fault(faults: Faults, reason: str, rows: Mask) -> None:
    """Notes rows under a reason, if there are any; a row keeps the first reason it was given."""
    for earlier in faults.values():
        rows = rows & ~earlier
    if rows.any():
        faults[reason] = faults[reason] | rows if reason in faults else rows


def mask_of(booleans: pa.BooleanArray) -> Mask:
    """An Arrow array of booleans as a mask; null counts as False."""
    mask: Mask = booleans.fill_null(False).to_numpy(zero_copy_only=False)
    return mask


def numbers_of(array: pa.Array) -> npt.NDArray[Any]:
    """An Arrow array of integers, floats or booleans in numpy; nulls become zero."""
    filled = array.fill_null(0) if array.null_count else array
    values: npt.NDArray[Any] = filled.to_numpy(zero_copy_only=False)
    return values


def impossible(source: pa.DataType, type: Type) -> ConversionError:
    """The error for an Arrow type of which no value is one of the type."""
    return ConversionError(f"values of Arrow type {source} cannot be converted to {type}")


def range_fault(type: Type) -> str:
    """The reason of values that are too large or too small."""
    return f"does not fit in {type}"


def fraction_fault(type: Type) -> str:
    """The reason of values with more digits after the point than the type keeps."""
    return f"has more than {type.scale} decimal places" if type.scale else "is not a whole number"
