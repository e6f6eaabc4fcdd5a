"""Arrays that a thread uses again and again for intermediate results.

A fresh array of half a megabyte comes from the operating system page by page, which costs more than
the comparison that fills it. What is taken here is valid until the same thread takes the same slot.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["scratch"]

_local = threading.local()


def scratch(slot: str, rows: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An uninitialised array of this thread, for one use at a time of each slot and dtype."""
    arrays: dict[tuple[str, Any], npt.NDArray[Any]] | None = getattr(_local, "arrays", None)
    if arrays is None:
        arrays = _local.arrays = {}
    key = (slot, np.dtype(dtype))
    array = arrays.get(key)
    if array is None or len(array) < rows:
        array = arrays[key] = np.empty(rows, dtype=dtype)
    return array[:rows]
