"""Each run of equal values once, with its length: what sorting makes of a column."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.encodings.encoding import bit_patterns

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import BlockShape, Stored

__all__ = ["RunLength"]

_HEAD = struct.Struct("<IB3x")  # runs, bytes a length


class RunLength:
    """Runs are told apart by bit pattern: -0.0 stays -0.0, and NaN forms runs.

        values  5 5 5 8 8 3      payload  runs 3, lengths 3 2 1, values 5 8 3

    Lengths take the 1, 2 or 4 bytes that the longest one needs.
    """

    id = 2
    name = "run_length"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        return _HEAD.size + shape.runs * (4 + shape.dtype.itemsize) if shape.rows else None

    def encode(self, values: Stored) -> memoryview:
        bits = bit_patterns(values)
        starts = np.flatnonzero(np.concatenate(([True], bits[1:] != bits[:-1])))
        lengths = np.diff(starts, append=len(values))
        lengths = lengths.astype(np.min_scalar_type(int(lengths.max())))
        head = _HEAD.pack(len(starts), lengths.itemsize)
        return memoryview(head + lengths.tobytes() + values[starts].tobytes())

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) < _HEAD.size:
            raise ValueError("the head is cut off")
        runs, width = _HEAD.unpack_from(payload)
        if width not in (1, 2, 4) or len(payload) != _HEAD.size + runs * (width + out.itemsize):
            raise ValueError(f"{runs} runs of {width} bytes do not take {len(payload)} bytes")
        lengths = np.frombuffer(payload, f"<u{width}", runs, _HEAD.size)
        if int(lengths.sum(dtype=np.uint64)) != len(out):
            raise ValueError(f"the runs are not {len(out)} rows long in all")
        values = np.frombuffer(payload, out.dtype, runs, _HEAD.size + runs * width)
        out[:] = np.repeat(values, lengths)
