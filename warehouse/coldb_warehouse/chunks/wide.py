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

_INT64 = np.iinfo(np.int64)


def to_wide(values: npt.NDArray[Any]) -> Stored:
    """Integers as WIDE. Python integers must be within 128 bits."""
    wide = np.empty(len(values), WIDE)
    if values.dtype == object:
        wide["low"] = values & 0xFFFF_FFFF_FFFF_FFFF
        wide["high"] = values >> 64
    else:
        signed = values.astype(np.int64, copy=False)
        wide["low"] = signed.view(np.uint64)
        wide["high"] = signed >> 63
    return wide


def from_wide(wide: Stored) -> npt.NDArray[Any]:
    """WIDE as int64 if all values fit, else as Python integers."""
    low = wide["low"].view(np.int64)
    if bool((wide["high"] == low >> 63).all()):
        return low.copy()
    objects: npt.NDArray[Any] = (wide["high"].astype(object) << 64) | wide["low"].astype(object)
    return objects


def narrow_objects(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Python integers as int64 if all of them fit; other arrays as they are."""
    if values.dtype != object:
        return values
    fits = len(values) == 0 or (values.min() >= _INT64.min and values.max() <= _INT64.max)
    return values.astype(np.int64) if fits else values
