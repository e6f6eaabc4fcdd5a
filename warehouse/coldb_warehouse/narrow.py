"""Integers in fewer bytes: as unsigned distances above a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from coldb_warehouse.encodings import Stored

__all__ = ["narrow", "narrow_frame"]


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


def narrow(values: npt.NDArray[Any], low: int, high: int) -> tuple[Stored, int]:
    """Signed integers, all from low to high, in their frame; and its reference."""
    dtype, reference = narrow_frame(low, high, values.dtype)
    distances = values - values.dtype.type(reference) if reference else values
    return distances.astype(dtype, copy=False), reference
