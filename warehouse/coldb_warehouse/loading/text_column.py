"""Building the dictionary of a text column while it is loaded, and deciding whether it gets one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Coded, Text
from coldb_warehouse.domain import Dictionary, code_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.types import Type

__all__ = ["TextColumn"]

_PROBE = 1 << 14
_ALWAYS = 256  # so few distinct values are worth a dictionary in any table
_ROWS_PER_ENTRY = 8
_MAX_ENTRIES = 1 << 20


class TextColumn:
    """Collects the strings of a column batch by batch."""

    def __init__(
        self, type: Type, known: Dictionary | None, rows_before: int, choice: bool | None
    ) -> None:
        """`type` is one of bytes, `known` is the dictionary that the column has, `rows_before` its rows so far.

        `choice` says whether the column gets a dictionary; None lets the strings decide.
        """
        self._array = type.bytes_array
        self._known = known
        self._rows_before = rows_before
        self._choice = choice
        self._parts: list[pa.DictionaryArray | pa.LargeStringArray] = []
        self._plain = choice is False
        self.nbytes = 0

    def add(self, strings: pa.LargeStringArray | pa.DictionaryArray, valid: Mask | None) -> None:
        """Appends strings, perhaps as codes; those of rows that are not valid do not matter."""
        import pyarrow as pa

        if isinstance(strings, pa.DictionaryArray):
            self.nbytes += strings.indices.nbytes
            self._parts.append(_codes_with_nulls(strings, valid))
            return
        self.nbytes += strings.nbytes
        if self._plain:
            self._parts.append(strings)
            return
        if self._choice is None and _are_mostly_distinct(strings[:_PROBE]):
            self._plain = True
            self._parts.append(strings)
            return
        encoded = _with_nulls(strings, valid).dictionary_encode()
        if self._choice is None and len(encoded.dictionary) > max(_ALWAYS, len(strings) // 2):
            self._plain = True
            self._parts.append(strings)
        else:
            self._parts.append(encoded)

    def finish(self) -> Text | Coded:
        """The strings since the last time. A dictionary begins with the entries of the known one;
        null rows have code 0 or the empty string."""
        try:
            return self._finished()
        finally:
            self._parts, self.nbytes = [], 0

    def _finished(self) -> Text | Coded:
        import pyarrow as pa

        if not self._plain:
            parts = self._unified()
            new = self._new_entries(parts)
            rows = self._rows_before + sum(len(part) for part in parts)
            most = min(max(_ALWAYS, rows // _ROWS_PER_ENTRY), _MAX_ENTRIES)
            if self._choice or self._known_entries + len(new) <= most:
                return self._coded(parts, new)
            self._plain = True
        strings = [_decoded(part) for part in self._parts] or [pa.array([], self._array)]
        return Text(pa.concat_arrays(strings))

    def _unified(self) -> list[pa.DictionaryArray]:
        """All parts in one dictionary, which begins with the known one."""
        import pyarrow as pa

        known = self._known.values if self._known else pa.array([], self._array)
        first = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), known)
        parts: list[pa.DictionaryArray] = (
            pa.chunked_array([first, *self._parts]).unify_dictionaries().chunks
        )
        return parts

    @property
    def _known_entries(self) -> int:
        return self._known.size if self._known else 0

    def _new_entries(self, parts: Sequence[pa.DictionaryArray]) -> npt.NDArray[np.int64]:
        """The entries that are not known and that some row has: data may bring entries of no row."""
        used = np.zeros(len(parts[0].dictionary), np.bool_)
        for part in parts:
            used[part.indices.drop_null().to_numpy().astype(np.intp)] = True
        used[: self._known_entries] = False
        return np.flatnonzero(used)

    def _coded(self, parts: Sequence[pa.DictionaryArray], new: npt.NDArray[np.int64]) -> Coded:
        """Sorts the new entries among themselves."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values = parts[0].dictionary
        known = self._known_entries
        order = new[pc.sort_indices(values.take(pa.array(new))).to_numpy()]
        ranks = np.arange(max(len(values), 1)).astype(code_dtype(known + len(new)))
        ranks[order] = np.arange(known, known + len(order))
        codes = [ranks.take(part.indices.fill_null(0).to_numpy()) for part in parts]
        values = pa.concat_arrays([values[:known], values.take(pa.array(order))])
        is_sorted = self._known is None or (
            self._known.is_sorted
            and (0 in (known, len(order)) or values[known - 1].as_py() < values[known].as_py())
        )
        generation = self._known.generation if self._known else 0
        return Coded(np.concatenate(codes), Dictionary(values, is_sorted, generation))


def _are_mostly_distinct(probe: pa.LargeStringArray) -> bool:
    """Whether so few of these strings are equal that there must be about four times as many values
    in all: too many for a dictionary of the batch they are from, which is then not made in vain."""
    import pyarrow.compute as pc

    most = len(probe) - len(probe) // 8
    return len(probe) == _PROBE and pc.count_distinct(probe).as_py() > most


def _with_nulls(strings: pa.LargeStringArray, valid: Mask | None) -> pa.LargeStringArray:
    if valid is None:
        return strings
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(valid), strings, pa.scalar(None, strings.type))


def _codes_with_nulls(strings: pa.DictionaryArray, valid: Mask | None) -> pa.DictionaryArray:
    if valid is None:
        return strings
    import pyarrow as pa

    codes = pa.array(strings.indices.to_numpy(), mask=~valid)
    return pa.DictionaryArray.from_arrays(codes, strings.dictionary)


def _decoded(part: pa.DictionaryArray | pa.LargeStringArray) -> pa.LargeStringArray:
    import pyarrow as pa

    if isinstance(part, pa.DictionaryArray):
        return part.dictionary_decode().fill_null(pa.scalar("", part.type.value_type))
    return part
