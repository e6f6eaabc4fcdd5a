"""Unsigned integers in exactly as many bits a row as they need, by whole-array operations alone.

The bits of the values are cut into *planes* of 32, 16, 8, 4, 2 and 1 bits: those that add up to the
width, widest first, the lowest bits in the first. Planes of 8 bits and more are plain arrays.
Narrower ones hold several rows a byte, the first row in the lowest bits: two neighbours are put
together in one step over the whole array, as often as it takes to fill bytes.

    18 bits = a plane of 16 and a plane of 2; 11 bits = planes of 8, 2 and 1

The layout is Willhalm's vertical one (SIMD-Scan, VLDB 2009) with planes of more than one bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pack", "packed_bytes", "unpack"]

_PLANES = (32, 16, 8, 4, 2, 1)

Unsigned = npt.NDArray[np.unsignedinteger[Any]]


def packed_bytes(rows: int, width: int) -> int:
    """How many bytes the planes of `rows` values of `width` bits take, zeros up to 8 included."""
    size = sum(_plane_bytes(rows, plane) for plane in _planes(width))
    return -(-size // 8) * 8


def pack(values: Unsigned, width: int) -> bytes:
    """The planes of values that are all below 2**width, one after the other, then zeros up to a
    multiple of 8 bytes."""
    planes = []
    shift = 0
    for plane in _planes(width):
        bits = values >> values.dtype.type(shift) if shift else values
        if plane >= 8:
            planes.append(bits.astype(f"<u{plane // 8}", copy=False))
        else:
            mask = np.uint8((1 << plane) - 1)
            planes.append(_join_neighbours(bits.astype(np.uint8) & mask, plane))
        shift += plane
    packed = b"".join([plane.tobytes() for plane in planes])
    return packed.ljust(packed_bytes(len(values), width), b"\0")


def unpack(packed: memoryview, width: int, out: Unsigned) -> None:
    """Fills `out` with the values that `pack` was given, `packed` being as long as it must be."""
    rows = len(out)
    if width == 0:
        out[:] = 0
    start = shift = 0
    for plane in _planes(width):
        size = _plane_bytes(rows, plane)
        bits = _plane(packed[start : start + size], plane, rows)
        if shift == 0:
            out[:] = bits
        else:
            out |= np.left_shift(bits, shift, dtype=out.dtype, casting="unsafe")
        start += size
        shift += plane


def _planes(width: int) -> list[int]:
    """The widths of the planes; there is no plane of 64 bits, so that takes two."""
    return [32, 32] if width == 64 else [plane for plane in _PLANES if width & plane]


def _plane_bytes(rows: int, plane: int) -> int:
    return -(-rows * plane // 8)


def _plane(packed: memoryview, plane: int, rows: int) -> Unsigned:
    if plane >= 8:
        return np.require(np.frombuffer(packed, f"<u{plane // 8}"), requirements="A")
    return _part_neighbours(np.frombuffer(packed, np.uint8), plane)[:rows]


def _join_neighbours(rows: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """Values of `width` bits, a byte each, as full bytes; zeros are put after the last one."""
    missing = -len(rows) % (8 // width)
    rows = np.pad(rows, (0, missing)) if missing else rows
    while width < 8:
        pairs = rows.view("<u2")
        rows = (pairs | pairs >> np.uint16(8 - width)).astype(np.uint8)
        width *= 2
    return rows


def _part_neighbours(packed: npt.NDArray[np.uint8], width: int) -> npt.NDArray[np.uint8]:
    """The reverse of `_join_neighbours`, what was put after the last value included."""
    joined = 8
    while joined > width:
        joined //= 2
        pairs = packed.astype("<u2")
        pairs |= pairs << np.uint16(8 - joined)
        pairs &= np.uint16(((1 << joined) - 1) * 0x0101)
        packed = pairs.view(np.uint8)
    return packed
