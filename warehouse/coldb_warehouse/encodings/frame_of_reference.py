"""Integers as small distances above the smallest of the block."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import BlockShape, Stored

__all__ = ["FrameOfReference"]

_HEAD = struct.Struct("<QB7x")  # reference modulo 2**64, bytes a distance


class FrameOfReference:
    """Whole bytes, because numpy can use them as they are.

    values  1003 1000 1250      payload  reference 1000, 1 byte each, 3 0 250
    """

    id = 3
    name = "frame_of_reference"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        if shape.low is None or shape.high is None:
            return None
        return _HEAD.size + shape.rows * np.min_scalar_type(shape.high - shape.low).itemsize

    def encode(self, values: Stored) -> memoryview:
        low = values.min()
        width = np.min_scalar_type(int(values.max()) - int(low)).itemsize
        distances = (values - low).astype(
            f"<u{width}"
        )  # exact, though signed values may wrap around
        return memoryview(_HEAD.pack(int(low) % 2**64, width) + distances.tobytes())

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) < _HEAD.size or out.dtype.kind not in "iu":
            raise ValueError("the head is cut off, or values are no integers")
        reference, width = _HEAD.unpack_from(payload)
        if width not in (1, 2, 4, 8) or len(payload) != _HEAD.size + len(out) * width:
            raise ValueError(
                f"{len(out)} distances of {width} bytes do not take {len(payload)} bytes"
            )
        out[:] = np.frombuffer(payload, f"<u{width}", offset=_HEAD.size)
        out += np.uint64(reference).astype(out.dtype)
