"""Packing to the bit: every width comes back, in the bytes that the format says."""

from __future__ import annotations

import numpy as np
import pytest
from coldb_warehouse.encodings.bit_planes import pack, packed_bytes, unpack


@pytest.mark.parametrize("width", range(65))
def test_every_width(width: int) -> None:
    rng = np.random.default_rng(width)
    for rows in (0, 1, 7, 8, 9, 64, 1001):
        values = rng.integers(0, 2**width, rows, np.uint64, endpoint=False)
        values[:1] = 2**width - 1
        packed = pack(values, width)
        assert len(packed) == packed_bytes(rows, width)
        assert len(packed) * 8 < rows * width + 64 + 8 * 6, "exactly the bits, but for full bytes"
        out = np.empty(rows, np.uint64)
        unpack(memoryview(packed), width, out)
        assert np.array_equal(out, values)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_narrow_integers(dtype: type) -> None:
    most = np.iinfo(dtype).bits
    for width in range(most + 1):
        values = np.arange(100).astype(dtype) & dtype(2**width - 1)
        out = np.empty(100, dtype)
        unpack(memoryview(pack(values, width)), width, out)
        assert np.array_equal(out, values)


def test_bytes_at_odd_addresses() -> None:
    values = np.arange(1000, dtype=np.uint32)
    data = b"x" + pack(values, 18)
    out = np.empty(1000, np.uint32)
    unpack(memoryview(data)[1:], 18, out)
    assert np.array_equal(out, values)


def test_the_first_row_has_the_lowest_bits() -> None:
    values = np.array([1, 0, 3, 2, 1], np.uint8)
    assert pack(values, 2) == bytes([0b10_11_00_01, 0b01]).ljust(8, b"\0")
    eleven = np.array([0b101_0000_0001, 0b010_0000_0010], np.uint16)
    planes = [1, 2], [0b10_01], [0b01]
    assert pack(eleven, 11) == b"".join(map(bytes, planes)).ljust(8, b"\0")
