"""Arrays of SQL: lists of the elements' values, in one Arrow array.

The values of `T[]` are a LargeListArray over what the values of T are: numbers of T's own dtype
(days for DATE, scaled integers for DECIMAL), decimal128 for DECIMAL only where int64 is too small,
triples of Arrow's interval for INTERVAL. Elements may be null, and are then nulls of the inner
Arrow array; the validity of the rows is kept outside, as for every type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.wide import WIDE, from_wide, to_wide
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert.converted import Values
    from coldb_warehouse.types import Type

__all__ = ["elements_of", "lists_of"]


def lists_of(
    offsets: npt.NDArray[np.int64], values: Values, valid: Mask | None, element: Type
) -> pa.LargeListArray:
    """The lists values[offsets[i]:offsets[i + 1]]; `valid` tells which elements are not null."""
    import pyarrow as pa

    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64()), _to_elements(values, valid, element)
    )


def elements_of(
    lists: pa.LargeListArray, element: Type
) -> tuple[npt.NDArray[np.int64], Values, Mask | None]:
    """The inverse of `lists_of`; the offsets begin at zero."""
    import pyarrow.compute as pc

    offsets = lists.offsets.to_numpy(zero_copy_only=False)
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    flat = lists.values.slice(first, last - first)
    valid = pc.is_valid(flat).to_numpy(zero_copy_only=False) if flat.null_count else None
    return offsets - first, _from_elements(flat, element), valid


def _to_elements(values: Values, valid: Mask | None, element: Type) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    nulls = None if valid is None else ~valid
    if not isinstance(values, np.ndarray):
        return values if valid is None else pc.if_else(valid, values, None)
    if element.kind is Kind.NULL:
        return pa.nulls(len(values))
    if element.kind is Kind.INTERVAL:
        triples = [(months, days, micros * 1000) for months, days, micros in values.tolist()]
        return pa.array(triples, pa.month_day_nano_interval(), mask=nulls)
    if values.dtype == object:
        type = pa.decimal128(38, 0)
        bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
        content = pa.py_buffer(to_wide(values))
        return pa.Array.from_buffers(type, len(values), [bitmap, content])
    return pa.array(values, mask=nulls)


def _from_elements(flat: pa.Array, element: Type) -> Values:
    import pyarrow as pa

    if element.in_arrow:
        return flat.fill_null(element.blank) if flat.null_count else flat
    if element.kind in (Kind.INTERVAL, Kind.NULL):
        triples = np.empty(len(flat), dtype=object)
        for row, value in enumerate(flat.to_pylist()):
            triples[row] = (value[0], value[1], value[2] // 1000) if value else element.blank
        return triples
    if pa.types.is_decimal(flat.type):
        wide = np.frombuffer(flat.buffers()[1], WIDE, len(flat), flat.offset * WIDE.itemsize)
        return from_wide(wide)
    filled: npt.NDArray[Any] = (
        flat.fill_null(pa.scalar(element.blank, flat.type)) if flat.null_count else flat
    ).to_numpy(zero_copy_only=False)
    return filled
