"""Values as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored
    from coldb_warehouse.encodings.shape import BlockShape

__all__ = ["Plain"]


class Plain:
    """The little-endian bytes of the values. Plain blocks throughout are read with no copy."""

    id = 5
    name = "plain"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return shape.rows * shape.dtype.itemsize

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        return values.view(np.uint8).data

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) != out.nbytes:
            raise ValueError(
                f"{len(out)} values of {out.itemsize} bytes do not take {len(payload)}"
            )
        out[:] = np.frombuffer(payload, out.dtype)
