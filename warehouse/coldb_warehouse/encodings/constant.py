"""One value for the whole block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse.encodings.encoding import Runs

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored
    from coldb_warehouse.encodings.shape import BlockShape

__all__ = ["Constant"]


class Constant:
    """The value, once.

    values  7 7 7 7      payload  7
    """

    id = 1
    name = "constant"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return shape.dtype.itemsize if shape.runs == 1 else None

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        return memoryview(values[:1].tobytes())

    def decode(self, payload: memoryview, out: Stored) -> None:
        out[:] = self.runs(payload, out.dtype, len(out)).values

    def runs(self, payload: memoryview, dtype: np.dtype[Any], rows: int) -> Runs:
        if len(payload) != dtype.itemsize:
            raise ValueError(f"a constant takes {dtype.itemsize} bytes, not {len(payload)}")
        return Runs(np.frombuffer(payload, dtype), np.array([rows]))
