"""Rows to groups: every row gets a dense group number, by the cheapest way that the keys allow.

    dense     each key is a small integer (a code, a value above a known minimum); together they
              number the cells of an array, in mixed radix
    packed    the mixed-radix number fits in 63 bits: it is sorted together with the row number
    ranked    a key that is neither (text without a dictionary, floats, huge spans) is first ranked

Keys that are attributes of one dimension look up the same positions: they are numbered together, once
for each position, and the rows look that number up.

NULL is a key of its own, equal to itself, as GROUP BY and DISTINCT want it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pyarrow as pa
    from coldb.engine.vector import Mask, Vector

__all__ = [
    "EntryCodes",
    "Groups",
    "combined_codes",
    "group_rows",
    "key_codes",
    "sort_by",
    "validity",
]

Codes: TypeAlias = npt.NDArray[Any]

# An array of this many cells is cleared and searched in a few milliseconds.
MAX_CELLS = 4_000_000
# Numbers up to here can be sorted and multiplied without a thought of overflow.
_MOST_CELLS = 1 << 62


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


class EntryCodes:
    """Codes of the entries of domains, computed once in a statement. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], tuple[tuple[Vector, ...], Codes, int]] = {}
        self._lock = threading.RLock()

    def of(self, domains: tuple[Vector, ...], *, ordered: bool = False) -> tuple[Codes, int]:
        """One code for each entry, equal exactly where all of the domains' entries are, and a bound.

        With `ordered` (for a single domain), codes also compare as the entries do.
        """
        key = (*map(id, domains), ordered)
        with self._lock:
            known = self._known.get(key)
            if known is None:
                entries = len(domains[0])
                if ordered:
                    codes, size = key_codes(domains[0], entries, self, ordered=True)
                else:
                    groups = group_rows(domains, entries, self)
                    codes, size = groups.ids, max(groups.count, 1)
                # The domains are kept, so that no other vector can take over their identity.
                known = self._known[key] = (domains, codes, size)
            return known[1], known[2]

    def pays(self, domains: tuple[Vector, ...], rows: int) -> bool:
        """Whether to code the entries for the sake of so many rows, rather than the rows themselves."""
        return len(domains[0]) <= max(rows, 1024) or (*map(id, domains), False) in self._known


def group_rows(keys: Sequence[Vector], rows: int, entry_codes: EntryCodes | None = None) -> Groups:
    """Groups rows by equal keys. Without keys all rows (even none) are one group."""
    if not keys:
        everything = np.broadcast_to(np.zeros(1, dtype=np.intp), rows)
        return Groups(everything, 1, np.zeros(min(rows, 1), dtype=np.intp))
    if rows == 0:
        nothing = np.zeros(0, dtype=np.intp)
        return Groups(nothing, 0, nothing)
    cells, size = combined_codes(keys, rows, entry_codes)
    if size <= MAX_CELLS and size <= 4 * rows:
        return _dense(cells, size)
    return _packed(cells, size)


def combined_codes(
    keys: Sequence[Vector], rows: int, entry_codes: EntryCodes | None = None
) -> tuple[Codes, int]:
    """One number for each row, equal exactly where all keys are equal, and a bound on the numbers."""
    entry_codes = entry_codes or EntryCodes()
    cells: Codes | None = None
    size = 1
    for together in _by_codes([key.expanded(rows) for key in keys]):
        codes, radix = _codes_of(together, rows, entry_codes)
        if cells is None:
            cells, size = codes.astype(np.int64, copy=False), radix
            continue
        if size * radix >= _MOST_CELLS:
            cells, size = _numbered(cells, size)
        if size * radix >= _MOST_CELLS:
            codes, radix = _numbered(codes, radix)
        cells = cells * radix + codes
        size *= radix
    assert cells is not None
    return cells, size


def _numbered(codes: Codes, size: int) -> tuple[Codes, int]:
    """The same distinctions in as few numbers as there are distinct codes."""
    groups = _packed(codes.astype(np.int64, copy=False), size)
    return groups.ids.astype(np.int64, copy=False), groups.count


def _by_codes(keys: Sequence[Vector]) -> list[tuple[Vector, ...]]:
    """Keys that look up the same codes - attributes of one dimension - together."""
    groups: dict[Hashable, list[Vector]] = {}
    for number, key in enumerate(keys):
        shared = key.domain is not None and not key.distinct_domain
        groups.setdefault((id(key.data), id(key.valid)) if shared else number, []).append(key)
    return [tuple(group) for group in groups.values()]


def _codes_of(
    together: tuple[Vector, ...], rows: int, entry_codes: EntryCodes
) -> tuple[Codes, int]:
    if len(together) == 1:
        return key_codes(together[0], rows, entry_codes)
    domains = tuple(key.domain for key in together if key.domain is not None)
    if not len(domains[0]) or not entry_codes.pays(domains, rows):
        return combined_codes([key.decoded() for key in together], rows, entry_codes)
    by_entry, radix = entry_codes.of(domains)
    codes = by_entry.take(cast("Codes", together[0].data))
    valid = together[0].valid
    if valid is None:
        return codes, radix
    # A row that looks up nothing is NULL in every key, just as an entry that is NULL in every key.
    blank = _blank_entry(domains)
    codes[~valid] = radix if blank is None else by_entry[blank]
    return codes, radix + 1


def _blank_entry(domains: tuple[Vector, ...]) -> int | None:
    """The number of an entry that is NULL in every domain, if there is one."""
    valids = [validity(domain) for domain in domains]
    blank = np.ones(len(domains[0]), dtype=np.bool_)
    for valid in valids:
        blank &= False if valid is None else ~valid
    return int(np.argmax(blank)) if blank.any() else None


def key_codes(
    key: Vector, rows: int, entry_codes: EntryCodes | None = None, *, ordered: bool = False
) -> tuple[Codes, int]:
    """Codes equal exactly where the key is equal, and a bound on them. NULL has the largest code.

    With `ordered`, codes also compare as the values do. A code is set apart for NULL exactly if
    `validity(key)` is not None.
    """
    entry_codes = entry_codes or EntryCodes()
    key = key.expanded(rows)
    valid = validity(key)
    codes, radix = _value_codes(key, rows, entry_codes, ordered)
    if valid is None:
        return codes, radix
    codes = codes.astype(np.int64)
    codes[~valid] = radix
    return codes, radix + 1


def validity(vector: Vector) -> Mask | None:
    """Which rows are not NULL, the entries that they look up considered; None if that is known of all."""
    if vector.domain is None or not len(vector):
        return vector.valid
    if not len(vector.domain):
        return np.zeros(len(vector), dtype=np.bool_)
    entries = validity(vector.domain)
    if entries is None:
        return vector.valid
    looked_up = entries.take(cast("Codes", vector.data))
    return looked_up if vector.valid is None else looked_up & vector.valid


def _value_codes(
    key: Vector, rows: int, entry_codes: EntryCodes, ordered: bool
) -> tuple[Codes, int]:
    """As key_codes, but what NULL rows get has no meaning."""
    while key.domain is not None:
        if key.distinct_domain and (key.sorted_domain or not ordered) and len(key.domain):
            return cast("Codes", key.data), len(key.domain)
        if len(key.domain) and entry_codes.pays((key.domain,), rows):
            by_entry, radix = entry_codes.of((key.domain,), ordered=ordered)
            return by_entry.take(cast("Codes", key.data)), radix
        key = key.decoded().expanded(rows)
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
    shift = bounds[0] - key.reference
    if shift == 0 and key.data.dtype.kind == "u" and key.valid is None:
        return key.data, span
    codes = key.data.astype(np.int64)
    if shift:
        codes -= shift
    return codes, span


def _ranks(key: Vector) -> tuple[npt.NDArray[Any], int]:
    """Ranks among the distinct values: equal values, equal ranks, in the order of the values."""
    plain = key.plain()
    if key.type.kind is Kind.ARRAY:
        from coldb.engine.arrays import array_keys

        return _text_ranks(array_keys([plain])[0])
    if key.type.in_arrow:
        return _text_ranks(plain.strings)
    data = plain.data
    assert isinstance(data, np.ndarray)
    if key.type.is_float:
        data = data + 0.0  # -0.0 becomes 0.0, which it equals
    if key.type.kind is Kind.NULL:
        return np.zeros(len(data), dtype=np.int64), 1
    if key.type.kind is Kind.INTERVAL:
        from coldb.engine.functions.comparison import interval_totals

        data = interval_totals(plain)
    if data.dtype == object:
        return _wide_ranks(data)
    values, ranks = np.unique(data, return_inverse=True)  # NaN counts as one value
    return ranks.reshape(-1), max(len(values), 1)


def _wide_ranks(integers: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], int]:
    """Ranks of Python integers of up to 128 bits, by two halves that numpy can sort: about ten times
    as fast as comparing the integers themselves."""
    high = (integers >> 64).astype(np.int64)
    low = (integers & ((1 << 64) - 1)).astype(np.uint64)
    order = np.lexsort((low, high))
    high, low = high.take(order), low.take(order)
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.cumsum(begins) - 1
    return ranks, max(int(np.count_nonzero(begins)), 1)


def _text_ranks(texts: pa.LargeStringArray | pa.LargeBinaryArray) -> tuple[npt.NDArray[Any], int]:
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(texts)
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
