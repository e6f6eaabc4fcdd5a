"""In which order the rows of a load are stored."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.chunks.chunk import Coded, Fixed, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.convert import Values

__all__ = ["SortKey", "ascending_order", "form_key", "sort_key"]

Order: TypeAlias = npt.NDArray[np.int64]

_WORD_BITS = 64
_PART_BITS = 9
_ROWS_WORTH_PARTS = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class SortKey:
    """A column as unsigned integers below 2**bits that ascend as its values do, nulls last."""

    ranks: npt.NDArray[np.uint64]
    bits: int


def sort_key(values: Values, valid: Mask | None) -> SortKey:
    """The sort key of a column: numbers and codes by size (NaN last), text byte by byte."""
    if not isinstance(values, np.ndarray):
        values = _text_ranks(values)
    elif values.dtype == object:
        values = np.unique(values, return_inverse=True)[1]
    elif values.dtype.kind == "f":
        values = _float_ranks(values)
    if valid is not None:
        values = np.where(valid, values, values[valid].min() if valid.any() else 0)
    low = int(values.min()) if len(values) else 0
    span = int(values.max()) - low if len(values) else 0
    if span >> 63 and valid is not None:  # no word is left above the largest value for nulls
        values = np.unique(values, return_inverse=True)[1]
        low, span = 0, int(values.max())
    ranks = values.astype(np.uint64) - np.uint64(low % (1 << 64))  # wraps to the right distance
    if valid is not None:
        span += 1
        ranks[~valid] = span
    return SortKey(ranks, span.bit_length())


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
    words = _packed(keys)
    if not words or _is_sorted(words):
        return None
    row_bits = (rows - 1).bit_length()
    if len(words) == 1 and words[0].bits + row_bits <= _WORD_BITS:
        return _packed_order(words[0], row_bits)
    if len(words) == 1:
        order: Order = np.argsort(words[0].ranks, kind="stable")
    else:
        order = np.lexsort([word.ranks for word in reversed(words)])
    return order


def _packed_order(word: SortKey, row_bits: int) -> Order:
    """The order by one word, by sorting integers that end in the row's number: several times faster
    than argsort. Many rows are first divided by their highest bits, by counting, so that each part
    is sorted in the cache, and the parts by several threads."""
    rows = len(word.ranks)
    if rows < _ROWS_WORTH_PARTS or word.bits < _PART_BITS:
        packed = word.ranks << np.uint64(row_bits)
        packed |= np.arange(rows, dtype=np.uint64)
        packed.sort()
    else:
        part = (word.ranks >> np.uint64(word.bits - _PART_BITS)).astype(np.uint16)
        by_part = pc.sort_indices(pa.array(part)).to_numpy()  # few values: sorted by counting
        packed = word.ranks.take(by_part, mode="clip") << np.uint64(row_bits)
        packed |= by_part
        ends = np.cumsum(np.bincount(part, minlength=1 << _PART_BITS))[:-1]
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(np.ndarray.sort, np.split(packed, ends)))
    packed &= np.uint64((1 << row_bits) - 1)
    return packed.view(np.int64)


def _packed(keys: Sequence[SortKey]) -> list[SortKey]:
    """Neighbouring keys in one word where they fit; keys that are the same in all rows left out."""
    words: list[SortKey] = []
    for key in keys:
        if key.bits == 0:
            continue
        if words and words[-1].bits + key.bits <= _WORD_BITS:
            ranks = (words[-1].ranks << np.uint64(key.bits)) | key.ranks
            words[-1] = SortKey(ranks, words[-1].bits + key.bits)
        else:
            words.append(key)
    return words


def _is_sorted(words: Sequence[SortKey]) -> bool:
    tied: npt.NDArray[np.bool_] | bool = True  # neighbours that are equal in all words so far
    for word in words:
        before, after = word.ranks[:-1], word.ranks[1:]
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
