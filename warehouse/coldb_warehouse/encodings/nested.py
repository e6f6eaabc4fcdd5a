"""Encodings within an encoding: the integers that one needs, in whatever suits them best."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse.encodings.bit_packing import BitPacking
from coldb_warehouse.encodings.constant import Constant
from coldb_warehouse.encodings.delta import Delta
from coldb_warehouse.encodings.plain import Plain
from coldb_warehouse.encodings.shape import BlockShape, shape_of

if TYPE_CHECKING:
    from coldb_warehouse.encodings.encoding import Encoding, Stored

__all__ = ["nested_bytes", "read_nested", "write_nested"]

_HEAD = struct.Struct("<B3xI")  # encoding, bytes of its payload
_INNER: tuple[Encoding, ...] = (Plain(), Constant(), BitPacking(), Delta())
_BY_ID = {encoding.id: encoding for encoding in _INNER}


def nested_bytes(shape: BlockShape) -> int:
    """What values of that shape take at most, head included."""
    return _HEAD.size + _shortest(shape)[0]


def write_nested(values: Stored) -> bytes:
    """The values, their encoding before them, zeros up to a multiple of 8 bytes after them."""
    shape = shape_of(values)
    _, encoding = _shortest(shape)
    payload = encoding.encode(values, shape)
    written = _HEAD.pack(encoding.id, len(payload)) + payload
    return written.ljust(-(-len(written) // 8) * 8, b"\0")


def read_nested(payload: memoryview, dtype: np.dtype[Any], rows: int) -> tuple[Stored, memoryview]:
    """The values, and what follows them. `rows` must have been held against the rows of a block.

    Raises ValueError if they are not there.
    """
    if len(payload) < _HEAD.size:
        raise ValueError("values are cut off")
    id, length = _HEAD.unpack_from(payload)
    end = _HEAD.size + length
    if id not in _BY_ID or end > len(payload):
        raise ValueError(f"encoding {id} of {length} bytes cannot be within another one")
    values = np.empty(rows, dtype)
    _BY_ID[id].decode(payload[_HEAD.size : end], values)
    return values, payload[-(-end // 8) * 8 :]


def _shortest(shape: BlockShape) -> tuple[int, Encoding]:
    sizes = ((encoding.estimate_bytes(shape), encoding) for encoding in _INNER)
    return min(((size, it) for size, it in sizes if size is not None), key=lambda pair: pair[0])
