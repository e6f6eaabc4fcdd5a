"""From the values of a primary key to the row that has them.

Every key becomes one integer, its number: each column's value becomes a small integer, and several
columns are put together as the digits of a number in a mixed radix. A number then leads to its row
through a table if the numbers are dense enough, else by binary search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.wide import to_wide
from coldb_warehouse.partitioning import hashed, hashed_text
from coldb_warehouse.values import take

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values

__all__ = ["KeyIndex", "hash_keys", "repeated_rows"]

Numbers: TypeAlias = npt.NDArray[np.int64]

_LARGEST_SPACE = 1 << 62
_LARGEST_DIGIT = 1 << 31
_SMALL_TABLE = 1 << 16
_LONGEST_BUCKET = 16  # to look through more takes longer than a binary search
_MAX_SPARSENESS = 4  # table entries a key: up to here a table is smaller than what a search needs


class KeyIndex:
    """The keys of rows that are all below `rows`. Of equal keys, the first row is found."""

    def __init__(self, columns: Sequence[Values], rows: Numbers | None = None) -> None:
        """`columns` are the key's columns, without nulls, all of one length.

        `rows` are the rows that have these keys, ascending, if they are not all rows from 0 on.
        """
        self._keys = len(columns[0])
        self._rows = rows
        self.rows = self._keys if rows is None else int(rows.max(initial=-1)) + 1
        self._numbering, numbers = _number_keys(columns)
        self._lookup = (
            _Table(numbers, self._numbering.space) if self._is_dense() else _Search(numbers)
        )

    @property
    def nbytes(self) -> int:
        """Bytes held in memory."""
        rows = 0 if self._rows is None else self._rows.nbytes
        return self._numbering.nbytes + self._lookup.nbytes + rows

    def positions(self, columns: Sequence[Values], valid: Mask | None = None) -> Numbers:
        """The row of each key, -1 for a key that no row has and where `valid` is False."""
        return self.narrow_positions(columns, valid).astype(np.int64, copy=False)

    def narrow_positions(
        self, columns: Sequence[Values], valid: Mask | None = None
    ) -> npt.NDArray[np.signedinteger[Any]]:
        """As `positions`, in the narrowest integers that hold all rows, and -1."""
        numbers = self._numbering.number(columns)
        positions = self._lookup.rows_of(numbers)
        if self._rows is not None:
            positions = np.where(positions < 0, positions, take(self._rows, positions))
        positions = positions.astype(np.min_scalar_type(-self.rows - 1), copy=False)
        if valid is not None:
            positions[~valid] = -1
        return positions

    def _is_dense(self) -> bool:
        return self._numbering.space <= max(_MAX_SPARSENESS * self._keys, _SMALL_TABLE)


def repeated_rows(columns: Sequence[Values], valid: Mask | None = None) -> Numbers:
    """The rows, ascending, whose key an earlier row has already; of those that are `valid`."""
    if valid is not None:
        rows = np.flatnonzero(valid)
        return rows[repeated_rows([take(values, rows) for values in columns])]
    numbering, numbers = _number_keys(columns)
    if bool((numbers[1:] > numbers[:-1]).all()):
        return np.empty(0, np.int64)
    if numbering.space > _MAX_SPARSENESS * len(numbers):
        ascending = np.sort(numbers)
        if not bool((ascending[1:] == ascending[:-1]).any()):
            return np.empty(0, np.int64)
        lookup: _Lookup = _Search(numbers)
    else:
        lookup = _Table(numbers, numbering.space)
    return np.flatnonzero(lookup.rows_of(numbers) != np.arange(len(numbers)))


def hash_keys(columns: Sequence[Values]) -> npt.NDArray[np.uint64]:
    """Equal numbers for equal keys, well spread: to divide keys among parts that fit into memory."""
    hashes = np.zeros(len(columns[0]), np.uint64)
    for values in columns:
        if isinstance(values, np.ndarray):
            mixed = hashed(_as_integers(values)[0])
        else:  # piece by piece, because to hash a text takes many times its bytes
            pieces = [values[i : i + _SMALL_TABLE] for i in range(0, len(values), _SMALL_TABLE)]
            mixed = np.concatenate([hashes[:0], *map(hashed_text, pieces)])
        hashes = hashes * np.uint64(31) + mixed
    return hashes


class _Lookup(Protocol):
    """Numbers to rows; -1 for unknown numbers and for -1."""

    nbytes: int

    def rows_of(self, numbers: Numbers) -> npt.NDArray[np.signedinteger[Any]]: ...


class _Table:
    """The row of every number there can be."""

    def __init__(self, numbers: Numbers, space: int) -> None:
        dtype = np.min_scalar_type(-len(numbers) - 1)
        self._rows = np.full(space + 1, -1, dtype)  # the last entry is what -1 finds
        self._rows[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
        self.nbytes = self._rows.nbytes

    def rows_of(self, numbers: Numbers) -> npt.NDArray[np.signedinteger[Any]]:
        return self._rows.take(numbers, mode="wrap")


class _Search:
    """The numbers in ascending order, and the row of each; `None` if the rows are in that order.

    A number's high bits tell the bucket of neighbours to look through, as in a hash table that keeps
    the order. Where many numbers crowd into one bucket, binary search takes its place.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._order: Numbers | None = None
        if bool((numbers[1:] < numbers[:-1]).any()):
            self._order = np.argsort(numbers, kind="stable")
            numbers = numbers[self._order]
        self._numbers = numbers
        highest = int(numbers[-1]) if len(numbers) else 0
        self._low_bits = max(highest.bit_length() - (2 * len(numbers)).bit_length(), 0)
        sizes = np.bincount(numbers >> self._low_bits)
        self._longest = int(sizes.max(initial=0))
        starts = np.cumsum(sizes) - sizes
        self._starts = starts.astype(np.min_scalar_type(-len(numbers) - 1))
        self.nbytes = numbers.nbytes + (0 if self._order is None else self._order.nbytes)
        self.nbytes += self._starts.nbytes

    def rows_of(self, numbers: Numbers) -> Numbers:
        if len(self._numbers) == 0:
            return np.full(len(numbers), -1, np.int64)
        places = self._places(numbers)
        known = self._numbers.take(places, mode="clip") == numbers
        rows = places if self._order is None else self._order.take(places, mode="clip")
        return np.where(known, rows, -1)

    def _places(self, numbers: Numbers) -> npt.NDArray[np.signedinteger[Any]]:
        """Where each number is, if it is there at all: then the first place that has it."""
        if self._longest > _LONGEST_BUCKET:
            return np.searchsorted(self._numbers, numbers)
        places = self._starts.take(numbers >> self._low_bits, mode="clip")
        for _ in range(self._longest - 1):
            places += self._numbers.take(places, mode="clip") < numbers
        return places


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Integers from `low` on: the digit is the distance to it."""

    low: int
    size: int
    nbytes: int = 0

    def digits(self, values: Values) -> Numbers:
        integers, valid = _as_integers(values)
        if valid is None and self._holds(integers):
            return integers - self.low if self.low else integers
        digits = integers - self.low
        outside = (integers < self.low) | (integers > self.low + self.size - 1)
        digits[outside if valid is None else outside | ~valid] = -1
        return digits

    def _holds(self, integers: Numbers) -> bool:
        """Whether all are in the range, which is told faster than which of them are."""
        if not len(integers):
            return True
        return self.low <= int(integers.min()) and int(integers.max()) < self.low + self.size


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Integers far apart: the digit is the place among the distinct ones."""

    distinct: Numbers

    @property
    def size(self) -> int:
        return len(self.distinct)

    @property
    def nbytes(self) -> int:
        return self.distinct.nbytes

    def digits(self, values: Values) -> Numbers:
        integers, valid = _as_integers(values)
        places = _places(self.distinct, integers)
        return places if valid is None else np.where(valid, places, -1)


@dataclass(frozen=True, slots=True, eq=False)
class _Hashed:
    """Text and wide decimals: the digit is the place among the distinct ones, found by hashing."""

    distinct: pa.Array

    @property
    def size(self) -> int:
        return len(self.distinct)

    @property
    def nbytes(self) -> int:
        return int(self.distinct.nbytes)

    def digits(self, values: Values) -> Numbers:
        import pyarrow.compute as pc

        found = pc.index_in(_as_bytes(values), value_set=self.distinct).fill_null(-1)
        digits: Numbers = found.to_numpy(zero_copy_only=False).astype(np.int64)
        return digits


_Digit: TypeAlias = "_Range | _Sorted | _Hashed"


@dataclass(frozen=True, slots=True, eq=False)
class _Numbering:
    """Keys to numbers from 0 to `space` - 1, and -1 for keys with a value never seen.

    `squeezes[i]`, where there is one, has the distinct numbers that the columns before column i
    make: they are replaced by their places, so that numbers stay small enough.
    """

    digits: tuple[_Digit, ...]
    squeezes: tuple[Numbers | None, ...]
    space: int

    @property
    def nbytes(self) -> int:
        squeezed = sum(squeeze.nbytes for squeeze in self.squeezes if squeeze is not None)
        return squeezed + sum(digit.nbytes for digit in self.digits)

    def number(self, columns: Sequence[Values]) -> Numbers:
        numbers = self.digits[0].digits(columns[0])
        for digit, squeeze, values in zip(
            self.digits[1:], self.squeezes[1:], columns[1:], strict=True
        ):
            if squeeze is not None:
                numbers = _places(squeeze, numbers)
            numbers = _append(numbers, digit.digits(values), digit.size)
        return numbers


def _number_keys(columns: Sequence[Values]) -> tuple[_Numbering, Numbers]:
    """A numbering in which all these keys have a number, and their numbers."""
    digits = tuple(_digit_of(values, alone=len(columns) == 1) for values in columns)
    squeezes: list[Numbers | None] = [None]
    numbers = digits[0].digits(columns[0])
    space = digits[0].size
    for digit, values in zip(digits[1:], columns[1:], strict=True):
        squeeze = None
        if space * digit.size > _LARGEST_SPACE:
            squeeze = np.unique(numbers)
            numbers, space = _places(squeeze, numbers), len(squeeze)
        squeezes.append(squeeze)
        numbers = _append(numbers, digit.digits(values), digit.size)
        space *= digit.size
    return _Numbering(digits, tuple(squeezes), space), numbers


def _append(numbers: Numbers, digits: Numbers, size: int) -> Numbers:
    combined = numbers * size + digits
    if min(numbers.min(initial=0), digits.min(initial=0)) < 0:
        combined[(numbers < 0) | (digits < 0)] = -1
    return combined


def _digit_of(values: Values, *, alone: bool) -> _Digit:
    if not isinstance(values, np.ndarray) or values.dtype == object:
        return _Hashed(_as_bytes(values).unique())
    integers, _ = _as_integers(values)
    if len(integers) == 0:
        return _Range(0, 0)
    low, high = int(integers.min()), int(integers.max())
    size = high - low + 1
    if size <= (_LARGEST_SPACE if alone else _LARGEST_DIGIT):
        return _Range(low, size)
    return _Sorted(np.unique(integers))


def _places(distinct: Numbers, values: Numbers) -> Numbers:
    """The place of each value among ascending ones, -1 if it is not there."""
    if len(distinct) == 0:
        return np.full(len(values), -1, np.int64)
    places = np.minimum(np.searchsorted(distinct, values), len(distinct) - 1)
    return np.where(distinct.take(places) == values, places, -1)


def _as_integers(values: Values) -> tuple[Numbers, Mask | None]:
    """Equal integers for equal values: floats by their bits, with one zero and one NaN.

    The mask is False where a wide decimal is beyond int64; None if there is none.
    """
    array: npt.NDArray[Any] = np.asarray(values)
    if array.dtype == object:
        wide = to_wide(array)
        integers = wide["low"].view(np.int64).copy()
        return integers, wide["high"] == integers >> 63
    if array.dtype.kind == "f":
        numbers = array.astype(np.float64) + 0.0
        numbers[np.isnan(numbers)] = np.nan
        return numbers.view(np.int64), None
    return array.astype(np.int64, copy=False), None


def _as_bytes(values: Values) -> pa.Array:
    """Equal Arrow values for equal values: text as it is, integers as 16 bytes each."""
    import pyarrow as pa

    if not isinstance(values, np.ndarray):
        return values
    wide = to_wide(values.astype(object))
    return pa.Array.from_buffers(pa.binary(16), len(wide), [None, pa.py_buffer(wide.tobytes())])
