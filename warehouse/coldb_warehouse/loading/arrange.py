"""In which order the rows of a load are stored."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded, Fixed, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.convert import Values

__all__ = ["SortKey", "ascending_order", "form_key", "sort_key"]

Order: TypeAlias = npt.NDArray[np.int64]

_WORD_BITS = 64
_SLICE_ROWS = 1 << 16  # which are sorted in the cache


@dataclass(frozen=True, slots=True, eq=False)
class SortKey:
    """A column by which rows are sorted: integers from `low` on that ascend as its values do.

    The distances from `low` are below 2**bits; nulls, where `valid` is False, come after all others.
    """

    numbers: npt.NDArray[np.integer[Any]]
    valid: Mask | None
    low: int
    bits: int

    def ranks(self, rows: slice) -> npt.NDArray[np.uint64]:
        """Unsigned integers below 2**bits that ascend as the values of those rows do, nulls last."""
        # Two's complement wraps to the right distance.
        ranks = self.numbers[rows].astype(np.uint64) - np.uint64(self.low % (1 << _WORD_BITS))
        if self.valid is not None:
            ranks[~self.valid[rows]] = (1 << self.bits) - 1
        return ranks


def sort_key(values: Values, valid: Mask | None) -> SortKey:
    """The sort key of a column: numbers and codes by size (NaN last), text byte by byte."""
    if not isinstance(values, np.ndarray):
        values = _text_ranks(values)
    elif values.dtype == object:
        values = np.unique(values, return_inverse=True)[1]
    elif values.dtype.kind == "f":
        values = _float_ranks(values)
    elif values.dtype.kind == "b":
        values = values.view(np.uint8)
    known = values if valid is None else values[valid]
    low = int(known.min()) if len(known) else 0
    span = int(known.max()) - low if len(known) else 0
    if valid is not None:
        span += 1
        if span >> _WORD_BITS:  # no word is left above the largest value for nulls
            return sort_key(np.unique(values, return_inverse=True)[1], valid)
    return SortKey(values, valid, low, span.bit_length())


def form_key(form: Form, valid: Mask | None) -> SortKey:
    """The sort key of a column as it is stored: codes by size, whatever they stand for."""
    match form:
        case Coded(codes=codes):
            return sort_key(codes, valid)
        case Text(strings=strings):
            return sort_key(strings, valid)
        case Fixed(stored=stored):
            return sort_key(stored, valid)


def ascending_order(keys: Sequence[SortKey], rows: int) -> Order | None:
    """The permutation that sorts rows by the first key, then the second, and so on.

    Rows with equal keys keep their order. None if the rows are sorted already.
    """
    keys = [key for key in keys if key.bits]
    if rows < 2 or not keys:
        return None
    row_bits = (rows - 1).bit_length()
    if sum(key.bits for key in keys) + row_bits <= _WORD_BITS:
        return _packed_order(keys, rows, row_bits)
    words = _words(keys)
    if _is_sorted(words):
        return None
    if len(words) == 1:
        return np.argsort(words[0], kind="stable")
    return np.lexsort(words[::-1])


def _packed_order(keys: Sequence[SortKey], rows: int, row_bits: int) -> Order | None:
    """The order by integers that hold all keys and end in the row's number, which is several times
    faster than argsort. Slices are sorted in the cache by all threads; numpy's stable sort of
    64-bit integers is a merge sort that finds the slices as its runs (Peters' timsort)."""
    packed = np.empty(rows, np.uint64)

    def sort_slice(first: int) -> bool:
        """Whether the slice was in order before."""
        part = packed[first : first + _SLICE_ROWS]
        here = slice(first, first + len(part))
        part[:] = keys[0].ranks(here)
        for key in keys[1:]:
            part <<= np.uint64(key.bits)
            part |= key.ranks(here)
        part <<= np.uint64(row_bits)
        part |= np.arange(first, here.stop, dtype=np.uint64)
        if bool((part[:-1] < part[1:]).all()):
            return True
        part.sort()
        return False

    starts = range(0, rows, _SLICE_ROWS)
    if len(starts) == 1:
        in_order = [sort_slice(0)]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            in_order = list(threads.map(sort_slice, starts))
    ends = packed[_SLICE_ROWS - 1 :: _SLICE_ROWS]
    firsts = packed[_SLICE_ROWS::_SLICE_ROWS]
    if all(in_order) and bool((ends[: len(firsts)] < firsts).all()):
        return None
    packed.sort(kind="stable")
    packed &= np.uint64((1 << row_bits) - 1)
    return packed.view(np.int64)


def _words(keys: Sequence[SortKey]) -> list[npt.NDArray[np.uint64]]:
    """Neighbouring keys in one word where they fit."""
    words: list[npt.NDArray[np.uint64]] = []
    filled = _WORD_BITS
    for key in keys:
        ranks = key.ranks(slice(None))
        if filled + key.bits <= _WORD_BITS:
            words[-1] = (words[-1] << np.uint64(key.bits)) | ranks
            filled += key.bits
        else:
            words.append(ranks)
            filled = key.bits
    return words


def _is_sorted(words: Sequence[npt.NDArray[np.uint64]]) -> bool:
    tied: npt.NDArray[np.bool_] | bool = True  # neighbours that are equal in all words so far
    for word in words:
        before, after = word[:-1], word[1:]
        if bool((tied & (after < before)).any()):
            return False
        tied = tied & (after == before)
    return True


def _text_ranks(strings: Any) -> npt.NDArray[Any]:
    encoded = strings.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks: npt.NDArray[np.int64] = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    rows: npt.NDArray[np.int32] = encoded.indices.to_numpy()
    return ranks.take(rows)


def _float_ranks(values: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.int64]:
    """Integers that ascend as floats do: one zero, NaN largest."""
    numbers = values.astype(np.float64) + 0.0
    numbers[np.isnan(numbers)] = np.nan
    bits = numbers.view(np.int64)
    return np.where(bits < 0, bits ^ np.iinfo(np.int64).max, bits)
