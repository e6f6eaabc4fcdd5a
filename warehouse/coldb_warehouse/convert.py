"""Arrow arrays to values of a type, exactly or not at all, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy.typing as npt

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from coldb_warehouse.chunk import Mask
    from coldb_warehouse.types import Type

__all__ = ["Converted", "Failure", "Values", "from_arrow", "to_arrow"]

Values: TypeAlias = "npt.NDArray[Any] | pa.LargeStringArray"


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """Rows (ascending, from zero) that cannot be converted, and why: a phrase to follow the value,
    such as "does not fit in SMALLINT" or "is not a date"."""

    rows: npt.NDArray[np.int64]
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """Values as types.py has them, `valid` (None when no row is null), and what could not be converted.

    Null and failed rows hold zero or the empty string and are not valid.
    """

    values: Values
    valid: Mask | None
    failures: tuple[Failure, ...] = ()


def from_arrow(array: pa.Array | pa.ChunkedArray, type: Type) -> Converted:
    """Values of `type` that equal those of `array`.

    Any Arrow type from which an exact conversion makes sense is taken: integers, floats and decimals
    for one another, strings for everything, dates and timestamps of any unit, dictionaries, nulls.
    Text is read as PostgreSQL's casts read it. Raises ConversionError if no value could ever be
    converted (a struct for an INTEGER).
    """
    raise NotImplementedError


def to_arrow(values: Values, valid: Mask | None, type: Type) -> pa.Array:
    """Values of `type` as an Arrow array of `type.to_arrow()`. The inverse of `from_arrow`."""
    raise NotImplementedError
