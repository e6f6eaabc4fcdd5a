"""Decimals beyond int64: Python integers in memory, 128 bits of two's complement elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from coldb_warehouse.encodings import Stored

__all__ = ["WIDE", "from_wide", "narrow_objects", "to_wide"]

WIDE = np.dtype([("low", "<u8"), ("high", "<i8")])
"""One 128-bit integer: the low and the high half."""


def to_wide(values: npt.NDArray[np.object_]) -> Stored:
    """Python integers as WIDE. They must be within 128 bits."""
    wide = np.empty(len(values), WIDE)
    wide["low"] = values & 0xFFFF_FFFF_FFFF_FFFF
    wide["high"] = values >> 64
    return wide


def from_wide(wide: Stored) -> npt.NDArray[np.object_]:
    """WIDE as Python integers."""
    values: npt.NDArray[np.object_] = wide["high"].astype(object) << 64
    return values | wide["low"]


def narrow_objects(values: npt.NDArray[np.object_]) -> npt.NDArray[Any]:
    """Python integers as int64 if all of them fit, else as they are."""
    wide = to_wide(values)
    low = wide["low"].view(np.int64)
    return low.copy() if bool((wide["high"] == low >> 63).all()) else values
