"""Integers as differences from the value before: keys in order, sequences, slow counters."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.encodings.bit_packing import BitPacking
from coldb_warehouse.encodings.shape import BlockShape, bit_patterns, shape_of, steps_of

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored

__all__ = ["Delta"]

_HEAD = struct.Struct("<Q")  # the first value modulo 2**64
_PACKING = BitPacking()


class Delta:
    """The first value, then the differences, bit-packed above the smallest of them.

    Differences wrap around at the width of the dtype, and so do the sums that undo them.

        values  7 8 9 10      payload  7, differences of 0 bits above 1
    """

    id = 7
    name = "delta"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        if shape.steps is None:
            return None
        low, high = shape.steps
        steps = BlockShape(shape.dtype, shape.rows - 1, shape.runs, shape.rows, low, high)
        packed = _PACKING.estimate_bytes(steps)
        return None if packed is None else _HEAD.size + packed

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        steps = steps_of(values)
        first = int(bit_patterns(values)[0])
        return memoryview(_HEAD.pack(first) + _PACKING.encode(steps, shape_of(steps)))

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) < _HEAD.size or out.dtype.kind not in "iu" or len(out) < 2:
            raise ValueError("the first value is cut off, or values are no integers")
        values = bit_patterns(out)
        _PACKING.decode(payload[_HEAD.size :], values[1:])
        values[0] = np.uint64(_HEAD.unpack_from(payload)[0]).astype(values.dtype)
        np.cumsum(values, dtype=values.dtype, out=values)
