"""Integers in fewer bytes: as unsigned distances above a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Fixed
from coldb_warehouse.values import fixed_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.types import Type

__all__ = ["join_fixed", "narrow", "narrow_frame"]


def narrow_frame(low: int, high: int, dtype: np.dtype[Any]) -> tuple[np.dtype[Any], int]:
    """The dtype and the reference with which integers from low to high are kept.

    They stay in `dtype`, above 0, unless fewer bytes do. The reference is 0 where that costs no
    bytes, because readers then have nothing to add.
    """
    width = np.min_scalar_type(high - low)
    if width.itemsize >= dtype.itemsize:
        return dtype, 0
    if low >= 0 and np.min_scalar_type(high).itemsize == width.itemsize:
        return width, 0
    return width, low


def narrow(form: Fixed, low: int, high: int) -> Fixed:
    """Integers, all from low to high, narrowed before or not, in their frame."""
    # Those that are narrowed fit into fewer bytes than those of any type of theirs.
    widest = form.stored.dtype if form.stored.dtype.kind == "i" else np.dtype(np.int64)
    dtype, reference = narrow_frame(low, high, widest)
    return Fixed(_shifted(form, dtype, reference), reference)


def join_fixed(forms: Sequence[Fixed], type: Type) -> Fixed:
    """The values of all forms, at least one, above one reference; in as few bytes as suit them all."""
    first = forms[0]
    if len(forms) == 1:
        return first
    if all(
        form.stored.dtype == first.stored.dtype and form.reference == first.reference
        for form in forms
    ):
        return Fixed(np.concatenate([form.stored for form in forms]), first.reference)
    if any(form.stored.dtype.kind != "u" for form in forms):
        return Fixed(np.concatenate([fixed_values(form, type) for form in forms]))
    lows, highs = zip(*(_bounds(form) for form in forms if len(form.stored)), strict=True)
    dtype, reference = narrow_frame(min(lows), max(highs), type.dtype)
    joined = np.empty(sum(len(form.stored) for form in forms), dtype)
    start = 0
    for form in forms:
        part = joined[start : start + len(form.stored)]
        part[:] = _shifted(form, dtype, reference)
        start += len(part)
    return Fixed(joined, reference)


def _shifted(form: Fixed, dtype: np.dtype[Any], reference: int) -> npt.NDArray[Any]:
    """What is stored above another reference, in a dtype that holds it."""
    stored = form.stored.astype(dtype, copy=False)
    if form.reference == reference:
        return stored
    # Integers as wide as the frame wrap around to the right distance.
    shift = np.array((form.reference - reference) % 2**64, np.uint64).astype(dtype)
    shifted: npt.NDArray[Any] = stored + shift
    return shifted


def _bounds(form: Fixed) -> tuple[int, int]:
    """What the values can be at most, null rows included, whatever these hold."""
    return form.reference + int(form.stored.min()), form.reference + int(form.stored.max())
