"""Bytes as hexadecimal text and back, all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.convert.converted import mask_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask

__all__ = ["from_hexadecimal", "to_hexadecimal"]


def to_hexadecimal(values: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """Two lower case digits a byte. No row may be null."""
    import pyarrow as pa

    offsets, content = _content(values)
    digits = pa.py_buffer(content.hex().encode())
    ends = pa.py_buffer((offsets - offsets[0]) * 2)
    return pa.LargeStringArray.from_buffers(len(values), ends, digits)


def from_hexadecimal(digits: pa.LargeStringArray) -> tuple[pa.LargeBinaryArray, Mask]:
    """The bytes, and which rows are no pairs of digits; those become empty. No row may be null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fits = pc.match_substring_regex(digits, "^(?:[0-9a-fA-F]{2})*$")
    kept = pc.if_else(fits, digits, "")
    offsets, content = _content(kept)
    data = pa.py_buffer(bytes.fromhex(content.decode("ascii")))
    ends = pa.py_buffer((offsets - offsets[0]) // 2)
    values = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(digits), [None, ends, data])
    return values, ~mask_of(fits)


def _content(
    values: pa.LargeBinaryArray | pa.LargeStringArray,
) -> tuple[npt.NDArray[np.int64], bytes]:
    """The offsets at which rows begin in a buffer, and what of the buffer the rows use."""
    _, offsets_buffer, buffer = values.buffers()
    offsets = np.frombuffer(offsets_buffer or bytes(8), np.int64)
    offsets = offsets[values.offset : values.offset + len(values) + 1]
    content = memoryview(buffer or b"")[offsets[0] : offsets[-1]]
    return offsets, bytes(content)
