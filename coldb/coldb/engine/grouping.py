"""Rows to groups: every row gets a dense group number, by the cheapest way that the keys allow.

    dense     each key is a small integer (a code, a value above a known minimum); together they
              number the cells of an array, in mixed radix
    packed    the mixed-radix number fits in 63 bits: it is sorted together with the row number
    ranked    a key that is neither (text without a dictionary, floats, huge spans) is first ranked

NULL is a key of its own, equal to itself, as GROUP BY and DISTINCT want it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.vector import Vector

__all__ = ["Groups", "group_rows", "key_codes"]

# An array of this many cells is cleared and searched in a few milliseconds.
MAX_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """`ids[row]` is the number of the row's group, 0 to count - 1; `first[group]` is one of its rows.

    Groups are numbered in the order of their keys' codes, and none is empty, except the one group of
    no keys over no rows. `order`, where known, lists the rows group by group, and `starts[group]` is
    where each begins in it.
    """

    ids: npt.NDArray[np.intp]
    count: int
    first: npt.NDArray[np.intp]
    order: npt.NDArray[np.intp] | None = None
    starts: npt.NDArray[np.intp] | None = None

    def ordered(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The rows group by group, and where each group starts."""
        if self.order is not None and self.starts is not None:
            return self.order, self.starts
        order = sort_by(self.ids, self.count)
        counts = np.bincount(self.ids, minlength=self.count)
        starts = np.zeros(self.count, dtype=np.intp)
        np.cumsum(counts[:-1], out=starts[1:])
        return order, starts


def group_rows(keys: Sequence[Vector], rows: int) -> Groups:
    """Groups rows by equal keys. Without keys all rows (even none) are one group."""
    if not keys:
        everything = np.broadcast_to(np.zeros(1, dtype=np.intp), rows)
        return Groups(everything, 1, np.zeros(min(rows, 1), dtype=np.intp))
    if rows == 0:
        nothing = np.zeros(0, dtype=np.intp)
        return Groups(nothing, 0, nothing)
    cells, size = combined_codes(keys, rows)
    if size <= MAX_CELLS and size <= 4 * rows:
        return _dense(cells, size)
    return _packed(cells, size)


def combined_codes(keys: Sequence[Vector], rows: int) -> tuple[npt.NDArray[np.int64], int]:
    """One number for each row, equal exactly where all keys are equal, and a bound on the numbers."""
    cells: npt.NDArray[np.int64] | None = None
    size = 1
    for key in keys:
        codes, radix = key_codes(key, rows)
        if cells is None:
            cells, size = codes.astype(np.int64, copy=False), radix
            continue
        if size * radix >= 1 << 62:
            packed = _packed(cells, size)
            cells, size = packed.ids.astype(np.int64), packed.count
        cells = cells * radix + codes
        size *= radix
    assert cells is not None
    return cells, size


def key_codes(key: Vector, rows: int, *, ordered: bool = False) -> tuple[npt.NDArray[Any], int]:
    """Codes equal exactly where the key is equal, and a bound on them. NULL has the largest code.

    With `ordered`, codes also compare as the values do.
    """
    key = key.expanded(rows)
    if key.domain is not None and not len(key.domain):
        key = key.plain()
    codes, radix = _value_codes(key, rows, ordered)
    valid = key.valid
    if key.domain is not None and key.domain.valid is not None:
        entry_valid = key.domain.valid.take(key.data)
        valid = entry_valid if valid is None else valid & entry_valid
    if valid is None:
        return codes, radix
    codes = codes.astype(np.int64)
    codes[~valid] = radix
    return codes, radix + 1


def _value_codes(key: Vector, rows: int, ordered: bool) -> tuple[npt.NDArray[Any], int]:
    if key.domain is not None:
        assert isinstance(key.data, np.ndarray)
        if key.distinct_domain and (key.sorted_domain or not ordered):
            return key.data, max(len(key.domain), 1)
        if len(key.domain) <= max(rows, 1024):
            entries = replace(key.domain, valid=None)
            entry_codes, radix = key_codes(entries, len(entries), ordered=ordered)
            return entry_codes.take(key.data), radix
        key = replace(key.plain(), valid=key.valid)
    if key.type.is_discrete and isinstance(key.data, np.ndarray) and key.data.dtype != object:
        return _integer_codes(key, rows)
    return _ranks(key)


def _integer_codes(key: Vector, rows: int) -> tuple[npt.NDArray[Any], int]:
    """Distance from the smallest value, if the span is not absurd."""
    assert isinstance(key.data, np.ndarray)
    bounds = key.bounds
    if bounds is None or bounds[1] - bounds[0] > 4 * max(rows, 1024):
        data = key.data if key.valid is None else key.data[key.valid]
        if not len(data):
            return np.zeros(rows, dtype=np.int64), 1
        bounds = (int(data.min()) + key.reference, int(data.max()) + key.reference)
    span = bounds[1] - bounds[0] + 1
    if span >= 1 << 62:
        return _ranks(key)
    shift = key.reference - bounds[0]
    if shift == 0 and key.data.dtype.kind == "u" and key.valid is None:
        return key.data, span
    codes = key.data.astype(np.int64)
    if shift:
        codes += shift
    return codes, span


def _ranks(key: Vector) -> tuple[npt.NDArray[Any], int]:
    """Ranks among the distinct values: equal values, equal ranks, in the order of the values."""
    plain = key.plain()
    if key.type.kind is Kind.VARCHAR:
        return _text_ranks(plain)
    data = plain.data
    assert isinstance(data, np.ndarray)
    if key.type.is_float:
        data = data + 0.0  # -0.0 becomes 0.0, which it equals
    if key.type.kind in (Kind.NULL, Kind.INTERVAL):
        return np.zeros(len(data), dtype=np.int64), 1
    values, ranks = np.unique(data, return_inverse=True)  # NaN counts as one value
    return ranks.reshape(-1), max(len(values), 1)


def _text_ranks(plain: Vector) -> tuple[npt.NDArray[Any], int]:
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(plain.strings)
    distinct = encoded.dictionary
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[pc.array_sort_indices(distinct).to_numpy(zero_copy_only=False)] = np.arange(len(distinct))
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return (rank.take(codes) if len(distinct) else np.zeros(len(codes), dtype=np.int64)), max(
        len(distinct), 1
    )


def _dense(cells: npt.NDArray[np.int64], size: int) -> Groups:
    counts = np.bincount(cells, minlength=size)
    present = np.flatnonzero(counts)
    first = np.empty(size, dtype=np.intp)
    first[cells] = np.arange(len(cells), dtype=np.intp)
    number = np.cumsum(counts > 0) - 1
    return Groups(number.take(cells), len(present), first.take(present))


def _packed(cells: npt.NDArray[np.int64], size: int) -> Groups:
    order = sort_by(cells, size)
    ordered = cells.take(order)
    is_start = np.empty(len(ordered), dtype=np.bool_)
    is_start[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_start[1:])
    starts = np.flatnonzero(is_start)
    ids = np.empty(len(cells), dtype=np.intp)
    ids[order] = np.cumsum(is_start) - 1
    return Groups(ids, len(starts), order.take(starts), order, starts)


def sort_by(codes: npt.NDArray[Any], size: int) -> npt.NDArray[np.intp]:
    """The rows in ascending order of codes below `size`, equal ones in row order.

    numpy sorts plain int64 about ten times faster than it sorts indices, so code and row number are
    packed into one number where they fit.
    """
    rows = len(codes)
    row_bits = max(rows - 1, 1).bit_length()
    if max(size - 1, 1).bit_length() + row_bits > 63:
        return np.argsort(codes, kind="stable")
    packed = codes.astype(np.int64) << row_bits
    packed |= np.arange(rows, dtype=np.int64)
    packed.sort()
    packed &= (1 << row_bits) - 1
    return packed
