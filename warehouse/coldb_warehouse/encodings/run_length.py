"""Each run of equal values once, with its length: what sorting makes of a column."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse.encodings.encoding import Runs
from coldb_warehouse.encodings.nested import nested_bytes, read_nested, write_nested
from coldb_warehouse.encodings.shape import BlockShape, run_starts

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored

__all__ = ["RunLength"]

_HEAD = struct.Struct("<I4x")  # runs
_LENGTH = np.dtype("<u4")


class RunLength:
    """Runs are told apart by bit pattern: -0.0 stays -0.0, and NaN forms runs.

        values  5 5 5 8 8 3      payload  runs 3, lengths 3 2 1, values 5 8 3

    Lengths and values are themselves encoded as suits them.
    """

    id = 2
    name = "run_length"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        if shape.rows == 0:
            return None
        runs = shape.runs
        lengths = BlockShape(_LENGTH, runs, runs, runs, 1, shape.longest_run)
        values = BlockShape(
            shape.dtype, runs, runs, runs, shape.low, shape.high, shape.divisor, None
        )
        return _HEAD.size + nested_bytes(lengths) + nested_bytes(values) + 14  # to multiples of 8

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        starts = run_starts(values)
        lengths = np.diff(starts, append=len(values)).astype(_LENGTH)
        head = _HEAD.pack(len(starts))
        return memoryview(head + write_nested(lengths) + write_nested(values[starts]))

    def decode(self, payload: memoryview, out: Stored) -> None:
        runs = self.runs(payload, out.dtype, len(out))
        out[:] = np.repeat(runs.values, runs.lengths)

    def runs(self, payload: memoryview, dtype: np.dtype[Any], rows: int) -> Runs:
        if len(payload) < _HEAD.size:
            raise ValueError("the head is cut off")
        (runs,) = _HEAD.unpack_from(payload)
        if runs > rows:
            raise ValueError(f"{runs} runs are more than {rows} rows")
        lengths, rest = read_nested(payload[_HEAD.size :], _LENGTH, runs)
        values, rest = read_nested(rest, dtype, runs)
        if rest or int(lengths.sum(dtype=np.uint64)) != rows or (runs and not lengths.min()):
            raise ValueError(f"the runs are not {rows} rows long in all")
        return Runs(values, lengths.astype(np.int64))
