"""Sums and minima over ranges of places, for all rows at once.

Integers have prefix sums, of which a sum is a difference. Floats do not, since a difference of large
sums has lost its digits, and infinity minus infinity is none: their ranges are put together from
blocks of 1, 2, 4, ... values, one block for each bit of the length, each of which is added up once for
all ranges. Minima may be taken of two blocks that overlap (Bender and Farach-Colton, "The LCA problem
revisited", 2000), and running ones in one pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from coldb.engine.execute.windows.arrangement import Places, Sections
    from coldb.engine.execute.windows.frames import Piece

__all__ = ["exact_sums", "float_sums", "minima"]

_INT64 = 1 << 63
_LIMB = 32


# --- sums --------------------------------------------------------------------------------------


def exact_sums(values: npt.NDArray[Any], pieces: tuple[Piece, ...]) -> npt.NDArray[Any]:
    """The sum of the integers in each frame: int64 if all fit, else Python integers."""
    if values.dtype == object:
        return _differences(values, pieces)
    largest = max(abs(int(values.min(initial=0))), abs(int(values.max(initial=0))))
    if largest * len(values) < _INT64:
        return _differences(values, pieces)
    low = _differences(values & ((1 << _LIMB) - 1), pieces)
    high = _differences(values >> _LIMB, pieces) + (low >> _LIMB)
    low &= (1 << _LIMB) - 1
    fits = high.min() >= -(1 << 31) and high.max() < 1 << 31
    wide = np.int64 if fits else object
    sums: npt.NDArray[Any] = high.astype(wide) * (1 << _LIMB) + low.astype(wide)
    return sums


def _differences(values: npt.NDArray[Any], pieces: tuple[Piece, ...]) -> npt.NDArray[Any]:
    before = np.zeros(len(values) + 1, dtype=values.dtype)
    np.cumsum(values, out=before[1:])
    result = before.take(pieces[0].ends) - before.take(pieces[0].first)
    for piece in pieces[1:]:
        result += before.take(piece.ends) - before.take(piece.first)
    return result


def float_sums(
    values: npt.NDArray[np.float64], pieces: tuple[Piece, ...], partitions: Sections
) -> npt.NDArray[np.float64]:
    """The sum of each frame; infinite where it is out of range."""
    with np.errstate(over="ignore", invalid="ignore"):
        if len(pieces) == 1 and np.array_equal(pieces[0].first, partitions.first_of):
            return _running_sums(values, pieces[0].ends, partitions)
        return _block_sums(values, pieces)


def _running_sums(
    values: npt.NDArray[np.float64], ends: Places, partitions: Sections
) -> npt.NDArray[np.float64]:
    """Sums from the beginning of the partition: after each step a place has the sum of twice as many."""
    places = np.arange(len(values), dtype=np.intp)
    number = places - partitions.first_of
    sums, step = values.copy(), 1
    while step <= number.max():
        before = np.where(number[step:] >= step, sums[:-step], 0.0)
        sums[step:] = sums[step:] + before
        step *= 2
    return np.where(ends > partitions.first_of, sums.take(ends - 1, mode="clip"), 0.0)


def _block_sums(
    values: npt.NDArray[np.float64], pieces: tuple[Piece, ...]
) -> npt.NDArray[np.float64]:
    sums = np.zeros(len(values), dtype=np.float64)
    lengths = [piece.ends - piece.first for piece in pieces]
    cursors = [piece.first.copy() for piece in pieces]
    longest = max(int(length.max()) for length in lengths)
    blocks, size = values, 1
    while size <= longest:
        for length, cursor in zip(lengths, cursors, strict=True):
            rows = np.flatnonzero(length & size)
            sums[rows] += blocks.take(cursor.take(rows))
            cursor[rows] += size
        blocks = blocks[:-size] + blocks[size:]
        size *= 2
    return sums


# --- minima ------------------------------------------------------------------------------------


def minima(
    values: npt.NDArray[np.int64], bits: int, piece: Piece, partitions: Sections
) -> npt.NDArray[np.int64]:
    """The smallest of the numbers from 0 to below 2**bits in each range; the largest int64 for none."""
    within_63 = bits + len(partitions.first).bit_length() < 63
    if within_63 and np.array_equal(piece.first, partitions.first_of):
        return _running_minima(values, bits, piece, partitions)
    result = np.full(len(values), np.iinfo(np.int64).max)
    length = piece.ends - piece.first
    longest = int(length.max())
    blocks, size = values, 1
    while size <= longest:
        rows = np.flatnonzero((length >= size) & (length < 2 * size))
        left = blocks.take(piece.first.take(rows))
        result[rows] = np.minimum(left, blocks.take(piece.ends.take(rows) - size))
        blocks = np.minimum(blocks[:-size], blocks[size:])
        size *= 2
    return result


def _running_minima(
    values: npt.NDArray[np.int64], bits: int, piece: Piece, partitions: Sections
) -> npt.NDArray[np.int64]:
    """One pass over all partitions: each is lowered below all values of the ones before."""
    lowered = partitions.ids << bits
    running = np.minimum.accumulate(values - lowered)
    found = running.take(piece.ends - 1, mode="clip") + lowered
    return np.where(piece.ends > piece.first, found, np.iinfo(np.int64).max)
