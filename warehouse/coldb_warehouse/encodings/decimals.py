"""Floats that were decimals once: as integers times a power of ten, where that gives every bit back."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.encodings.decimal_digits import MOST_DIGITS, from_integers, to_integers
from coldb_warehouse.encodings.nested import nested_bytes, read_nested, write_nested
from coldb_warehouse.encodings.shape import BlockShape

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Stored

__all__ = ["Decimals"]

_HEAD = struct.Struct("<BB2xI")  # digits after the point, bytes of an integer, exceptions
_ROW = np.dtype("<u4")


class Decimals:
    """value = integer / 10**digits; what does not come back by that is kept apart, as it is.

        values  19.99 0.5 NaN      payload  2 digits, exception in row 2: NaN, integers 1999 50 50

    The idea is that of ALP (Afroozeh, SIGMOD 2024), with a division in place of its two products:
    an integer below 2**53 divided by a power of ten is the float that is nearest to the decimal.
    """

    id = 8
    name = "decimals"

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        found = shape.decimals
        if found is None:
            return None
        integers = BlockShape(np.dtype("<i8"), shape.rows, 2, shape.rows, found.low, found.high)
        exceptions = found.exceptions * (_ROW.itemsize + shape.dtype.itemsize)
        return _HEAD.size + nested_bytes(integers) + exceptions + 40  # heads, multiples of 8

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        assert shape.decimals is not None
        digits = shape.decimals.digits
        integers, exact = to_integers(values, digits)
        exceptions = np.flatnonzero(~exact).astype(_ROW)
        integers[exceptions] = shape.decimals.low
        limits = np.iinfo(np.int32)
        if limits.min <= shape.decimals.low and shape.decimals.high <= limits.max:
            integers = integers.astype("<i4")
        return memoryview(
            _HEAD.pack(digits, integers.itemsize, len(exceptions))
            + write_nested(exceptions)
            + write_nested(values[exceptions])
            + write_nested(integers)
        )

    def decode(self, payload: memoryview, out: Stored) -> None:
        if len(payload) < _HEAD.size or out.dtype.kind != "f":
            raise ValueError("the head is cut off, or values are no floats")
        digits, width, count = _HEAD.unpack_from(payload)
        if digits > MOST_DIGITS or width not in (4, 8) or count > len(out):
            raise ValueError(f"{count} exceptions of {len(out)} rows of {digits} digits")
        rows, rest = read_nested(payload[_HEAD.size :], _ROW, count)
        exceptions, rest = read_nested(rest, out.dtype, count)
        integers, rest = read_nested(rest, np.dtype(f"<i{width}"), len(out))
        if rest or (count and int(rows.max()) >= len(out)):
            raise ValueError("exceptions are in rows that there are not")
        from_integers(integers, digits, out)
        out[rows] = exceptions
