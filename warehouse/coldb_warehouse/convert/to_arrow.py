"""Values of a type to an Arrow array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.wide import to_wide
from coldb_warehouse.lists import elements_of
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert.converted import Values
    from coldb_warehouse.types import Type

__all__ = ["to_arrow"]


def to_arrow(values: Values, valid: Mask | None, type: Type) -> pa.Array:
    """Values of `type` as an Arrow array of `type.to_arrow()`. The inverse of `from_arrow`."""
    import pyarrow as pa

    bitmap = None
    if valid is not None:
        bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
    if type.element is not None:
        return _lists(values, valid, type.element)
    if not isinstance(values, np.ndarray):
        if type.kind is Kind.UUID:
            return _uuids(values, valid)
        return _strings_with(values, bitmap, valid)
    if type.kind is Kind.INTERVAL:
        return _intervals(values, valid)
    if type.kind is Kind.NULL:
        return pa.nulls(len(values))
    if type.kind is Kind.DECIMAL:
        content = pa.py_buffer(to_wide(values))
    elif type.kind is Kind.BOOLEAN:
        content = pa.py_buffer(np.packbits(values, bitorder="little"))
    else:
        content = pa.py_buffer(np.ascontiguousarray(values, type.dtype))
    return pa.Array.from_buffers(type.to_arrow(), len(values), [bitmap, content])


def _uuids(values: pa.LargeBinaryArray, valid: Mask | None) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if valid is not None:
        values = pc.if_else(valid, values, bytes(16))
    storage = values.cast(pa.binary(16))
    if valid is not None:
        storage = pc.if_else(valid, storage, None)
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def _lists(lists: Values, valid: Mask | None, element: Type) -> pa.Array:
    import pyarrow as pa

    offsets, values, filled = elements_of(lists, element)
    return pa.LargeListArray.from_arrays(
        pa.array(offsets, pa.int64()),
        to_arrow(values, filled, element),
        mask=None if valid is None else pa.array(~valid),
    )


def _intervals(values: npt.NDArray[Any], valid: Mask | None) -> pa.Array:
    """Triples of months, days and microseconds; Arrow counts nanoseconds."""
    import pyarrow as pa

    rows = [
        (value[0], value[1], value[2] * 1000) if valid is None or valid[row] else None
        for row, value in enumerate(values.tolist())
    ]
    return pa.array(rows, pa.month_day_nano_interval())


def _strings_with(
    strings: pa.LargeStringArray, bitmap: pa.Buffer | None, valid: Mask | None
) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if valid is None:
        return strings
    if strings.offset or strings.null_count:
        return pc.if_else(valid, strings, None)
    _, offsets, text = strings.buffers()
    return pa.Array.from_buffers(strings.type, len(strings), [bitmap, offsets, text])
