"""Integers in exactly as many bits as their range needs: a frame of reference, packed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.encodings.bit_planes import pack, packed_bytes, unpack
from coldb_warehouse.encodings.shape import bit_patterns

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored
    from coldb_warehouse.encodings.shape import BlockShape

__all__ = ["BitPacking"]

_HEAD = struct.Struct("<QQB7x")  # reference modulo 2**64, divisor, bits a row


class BitPacking:
    """value = reference + divisor * multiple; the multiples are packed into bit planes.

    The divisor makes prices that end in 00 no longer than they would be without.

        values  1000 1300 1200      payload  reference 1000, divisor 100, 2 bits each, 0 3 2
    """

    id = 6
    name = "bit_packing"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return None if shape.width is None else _HEAD.size + packed_bytes(shape.rows, shape.width)

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        assert shape.low is not None
        assert shape.width is not None
        multiples = bit_patterns(values)
        if shape.low:
            multiples = multiples - np.array(shape.low).astype(multiples.dtype)
        if shape.divisor > 1:
            multiples = multiples // multiples.dtype.type(shape.divisor)
        head = _HEAD.pack(shape.low % 2**64, shape.divisor, shape.width)
        return memoryview(head + pack(multiples, shape.width))

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) < _HEAD.size or out.dtype.kind not in "biu":
            raise ValueError("the head is cut off, or values are no integers")
        reference, divisor, width = _HEAD.unpack_from(payload)
        if divisor == 0 or width > 8 * out.itemsize:
            raise ValueError(f"multiples of {divisor} in {width} bits are no {out.dtype}")
        if len(payload) != _HEAD.size + packed_bytes(len(out), width):
            raise ValueError(f"{len(out)} rows of {width} bits do not take {len(payload)} bytes")
        values = bit_patterns(out)
        unpack(payload[_HEAD.size :], width, values)
        if divisor != 1:
            values *= np.uint64(divisor).astype(values.dtype)
        if reference:
            values += np.uint64(reference).astype(values.dtype)
