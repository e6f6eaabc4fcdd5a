"""What is known of a chunk without reading it: bounds, order, number of distinct values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask

__all__ = [
    "block_bounds",
    "bounds_of_all",
    "count_distinct",
    "is_ascending",
    "is_ascending_text",
    "nulls_by_block",
]

_DENSE = 1 << 22  # value ranges up to here are counted exactly, one flag a value
_FIRST = 1024
_IN_CACHE = 1 << 16  # rows whose intermediate results stay in the cache


def nulls_by_block(valid: Mask | None, rows: int, block_rows: int) -> npt.NDArray[np.uint64]:
    """The number of null rows in each block."""
    starts = np.arange(0, rows, block_rows)
    if valid is None:
        return np.zeros(len(starts), np.uint64)
    return np.array(
        [np.count_nonzero(~valid[start : start + block_rows]) for start in starts], np.uint64
    )


def block_bounds(
    values: npt.NDArray[Any], valid: Mask | None, block_rows: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Low and high of each block, null rows left out: int64, or float64 for floats.

    NaN is larger than every number. A block of nulls only has low > high.
    """
    is_float = values.dtype.kind == "f"
    starts = range(0, len(values), block_rows)
    dtype, empty = (np.float64, (np.inf, -np.inf)) if is_float else (np.int64, _EMPTY_INTEGERS)
    bounds = np.empty((2, len(starts)), dtype)
    for block, start in enumerate(starts):
        present = values[start : start + block_rows]
        if valid is not None:
            present = present[valid[start : start + block_rows]]
        if len(present) == 0:
            bounds[:, block] = empty
        elif is_float:
            # fmin skips NaN where there is a number; max does not, which makes NaN the largest.
            bounds[:, block] = np.fmin.reduce(present), present.max()
        else:
            bounds[:, block] = present.min(), present.max()
    return bounds[0], bounds[1]


_EMPTY_INTEGERS = (np.iinfo(np.int64).max, np.iinfo(np.int64).min)


def bounds_of_all(low: npt.NDArray[Any], high: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Low and high over all blocks, from those of each; None twice if there is no value at all."""
    present = ~(low > high)
    if not present.any():
        return None, None
    return np.fmin.reduce(low[present]).item(), high[present].max().item()


def is_ascending(values: npt.NDArray[Any]) -> bool:
    """Whether no value is larger than the next; NaN is larger than every number."""
    if values.dtype.kind == "f":
        numbers = len(values) - int(np.count_nonzero(np.isnan(values)))
        if np.isnan(values[:numbers]).any():
            return False
        values = values[:numbers]
    return not bool((values[1:] < values[:-1]).any())


def is_ascending_text(strings: pa.LargeStringArray) -> bool:
    """Whether no string is larger, byte by byte, than the next."""
    import pyarrow.compute as pc

    # Most text that is not sorted shows it at once.
    return all(
        pc.all(pc.less_equal(some[:-1], some[1:]), min_count=0).as_py()
        for some in (strings[:_FIRST], strings)
    )


def count_distinct(values: npt.NDArray[Any], *, ascending: bool = False) -> int:
    """An estimate of the number of distinct values: exact where integers lie close together, and
    where values ascend.

    Otherwise linear counting (Whang 1990): hash each value to one of m flags, and conclude from the
    share of flags still unset. With m at least half the rows the error stays below 1 %.
    """
    if len(values) == 0:
        return 0
    if ascending and values.dtype.kind in "biu":
        return int(np.count_nonzero(values[1:] != values[:-1])) + 1
    if values.dtype.kind in "biu":
        low, high = int(values.min()), int(values.max())
        if high - low < max(1024, min(4 * len(values), _DENSE)):
            return _count_flags(values, high - low + 1, lambda part: _distances(part, low))
    bits = max(10, (len(values) // 2).bit_length())
    size = 1 << bits
    unset = size - _count_flags(values, size, lambda part: _hash(part, bits))
    estimate = -size * np.log(unset / size) if unset else np.inf
    return int(min(estimate, len(values)))


def _count_flags(
    values: npt.NDArray[Any], size: int, index: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
) -> int:
    """How many of `size` flags the values set, each the one at its index."""
    flags = np.zeros(size, np.bool_)
    for start in range(0, len(values), _IN_CACHE):
        # Setting by intp is four times as fast as by any other integer, cast included.
        flags[index(values[start : start + _IN_CACHE]).astype(np.intp, copy=False)] = True
        if size <= _IN_CACHE and flags.all():
            break
    return int(np.count_nonzero(flags))


def _distances(values: npt.NDArray[Any], low: int) -> npt.NDArray[Any]:
    """Above `low`, in unsigned integers, where wrapping around comes out right."""
    unsigned = values.view(f"<u{values.itemsize}")
    return unsigned - np.array(low).astype(unsigned.dtype) if low else unsigned


def _hash(values: npt.NDArray[Any], bits: int) -> npt.NDArray[np.unsignedinteger[Any]]:
    """So many bits, at most 32, that depend on all bits of a value: the finaliser of murmur3, or of
    splitmix64 where a value has 8 bytes."""
    unsigned = values.view(f"<u{values.itemsize}")
    if values.itemsize < 8:
        return _mix(unsigned.astype(np.uint32), (16, 0x85EB_CA6B, 13, 0xC2B2_AE35, 16), 32 - bits)
    stages = (30, 0xBF58_476D_1CE4_E5B9, 27, 0x94D0_49BB_1331_11EB, 31)
    return _mix(unsigned.astype(np.uint64), stages, 64 - bits)


def _mix(
    mixed: npt.NDArray[np.unsignedinteger[Any]], stages: tuple[int, ...], shift: int
) -> npt.NDArray[np.unsignedinteger[Any]]:
    first, factor, second, other_factor, third = map(mixed.dtype.type, stages)
    mixed ^= mixed >> first
    mixed *= factor
    mixed ^= mixed >> second
    mixed *= other_factor
    mixed ^= mixed >> third
    mixed >>= mixed.dtype.type(shift)
    return mixed
