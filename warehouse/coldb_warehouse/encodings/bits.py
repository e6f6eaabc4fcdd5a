"""Booleans, eight to a byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import BlockShape, Stored

__all__ = ["Bits"]


class Bits:
    """The first row is the lowest bit of the first byte; bits after the last row are zero.

    values  1 0 1 1 0 0 0 0  1      payload  0x0d 0x01
    """

    id = 4
    name = "bits"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return (shape.rows + 7) // 8 if shape.dtype.kind == "b" else None

    def encode(self, values: Stored) -> memoryview:
        return np.packbits(values, bitorder="little").data

    def decode(self, payload: memoryview, out: Stored) -> None:
        if out.dtype.kind != "b" or len(payload) != (len(out) + 7) // 8:
            raise ValueError(f"{len(out)} booleans do not take {len(payload)} bytes")
        packed = np.frombuffer(payload, np.uint8)
        out[:] = np.unpackbits(packed, count=len(out), bitorder="little").view(np.bool_)
