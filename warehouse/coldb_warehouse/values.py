"""Values in whichever array carries them: numpy for numbers, Arrow for bytes (see types.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Fixed, Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.types import Type

__all__ = ["all_valid", "blanked", "concatenate", "empty_values", "fixed_values", "take"]


def all_valid(masks: Sequence[Mask | None]) -> Mask | None:
    """Where all masks are True, not to be written to; None stands for True everywhere."""
    given = [mask for mask in masks if mask is not None]
    if len(given) < 2:
        return given[0] if given else None
    both: Mask = np.logical_and.reduce(given)
    return both


def take(values: Values, rows: npt.NDArray[np.integer[Any]]) -> Values:
    """The values of those rows. Of no values at all, every row is zero or empty."""
    if len(values) == 0:
        return _blanks(values, len(rows))
    if isinstance(values, np.ndarray):
        return values.take(rows)
    import pyarrow as pa

    return values.take(pa.array(rows))


def concatenate(parts: Sequence[Values]) -> Values:
    """All parts, at least one, in one array."""
    if len(parts) == 1:
        return parts[0]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if arrays:
        joined: npt.NDArray[Any] = np.concatenate(arrays)
        return joined
    import pyarrow as pa

    return pa.concat_arrays(parts)


def empty_values(type: Type) -> Values:
    """No values of a type that can be stored."""
    if not type.is_bytes:
        return np.empty(0, type.dtype)
    import pyarrow as pa

    return pa.array([], type.bytes_array)


def blanked(values: Values, valid: Mask) -> Values:
    """The values with empty strings in place of text that is not valid; numbers are left alone."""
    if isinstance(values, np.ndarray):
        return values
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(valid), values, pa.scalar("", values.type))


def fixed_values(form: Fixed, type: Type) -> npt.NDArray[Any]:
    """What the form stands for: stored values plus the reference, as the type's own dtype."""
    if form.stored.dtype == object or form.stored.dtype == type.dtype:
        return form.stored
    values: npt.NDArray[Any] = form.stored.astype(type.dtype)
    values += type.dtype.type(form.reference)
    return values


def _blanks(values: Values, rows: int) -> Values:
    if isinstance(values, np.ndarray):
        return np.zeros(rows, values.dtype)
    import pyarrow as pa

    return pa.array([""], values.type).take(pa.array(np.zeros(rows, np.int64)))
