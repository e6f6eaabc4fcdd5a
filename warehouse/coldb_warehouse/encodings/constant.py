"""One value for the whole block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import BlockShape, Stored

__all__ = ["Constant"]


class Constant:
    """The value, once.

    values  7 7 7 7      payload  7
    """

    id = 1
    name = "constant"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return shape.dtype.itemsize if shape.runs == 1 else None

    def encode(self, values: Stored) -> memoryview:
        return memoryview(values[:1].tobytes())

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) != out.itemsize:
            raise ValueError(f"a constant takes {out.itemsize} bytes, not {len(payload)}")
        out[:] = np.frombuffer(payload, out.dtype)
