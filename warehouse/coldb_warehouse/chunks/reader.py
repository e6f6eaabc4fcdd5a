"""From the bytes of a chunk to a column in memory, every byte verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coldb_warehouse.chunks.chunk import BlockStatistics, Chunk, Coded, Fixed, Text
from coldb_warehouse.chunks.layout import ChunkHeader, FormKind, unpack_header
from coldb_warehouse.chunks.streams import streams_of
from coldb_warehouse.chunks.wide import WIDE, from_wide
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.domain import Codes, Domain
    from coldb_warehouse.encodings import Stored
    from coldb_warehouse.types import Type

__all__ = ["block_statistics", "check_form", "damaged", "decode_chunk"]


def decode_chunk(
    buffer: bytes | memoryview,
    type: Type,
    domain: Domain | None,
    *,
    where: str,
    header_crc: int | None = None,
) -> Chunk:
    """The chunk whose bytes are `buffer` (exactly as long as the chunk).

    Arrays are read-only, and views of `buffer` where no decoding was needed. `domain` is given if
    and only if the chunk was written from a Coded form; it may have grown since. `where` names the
    file and column in error messages; `header_crc` is what the manifest expects.
    Raises CorruptionError for damaged or hostile bytes, before anything large is allocated.
    """
    try:
        return _decode(memoryview(buffer).toreadonly(), type, domain, header_crc)
    except ValueError as error:
        raise damaged(where, error) from None


def damaged(where: str, error: ValueError) -> CorruptionError:
    """What is told of a chunk whose bytes are not as they were written."""
    return CorruptionError(
        f"{where} is damaged: {error}; restore the file from a copy, or load its data again"
    )


def _decode(buffer: memoryview, type: Type, domain: Domain | None, header_crc: int | None) -> Chunk:
    header, end = unpack_header(buffer, header_crc)
    check_form(header, type, domain)
    streams = streams_of(header, buffer[end:])
    stored = streams[0].values(header, header.dtype)
    valid = streams[-1].values(header, np.dtype(np.bool_)) if header.has_nulls else None
    if (
        valid is not None
        and np.count_nonzero(valid) + int(header.blocks["nulls"].sum()) != header.rows
    ):
        raise ValueError("the number of its nulls is wrong")
    match header.form:
        case FormKind.FIXED:
            form: Form = _fixed(stored, header.reference, type)
        case FormKind.CODED:
            form = _coded(stored, valid, domain)
        case FormKind.TEXT:
            form = Text(streams[1].strings(header, stored, type))
    return Chunk(type, header.rows, form, valid, block_statistics(header), header.is_sorted)


def check_form(header: ChunkHeader, type: Type, domain: Domain | None) -> None:
    """Refuses a chunk of another column, whose arrays would be taken for something they are not."""
    dtype = header.dtype
    unsigned = dtype.kind == "u"
    narrowed = False
    match header.form:
        case FormKind.CODED:
            fits = domain is not None and unsigned
        case FormKind.TEXT:
            fits = type.is_bytes and domain is None and unsigned and dtype.itemsize <= 4
        case FormKind.FIXED if type.is_bytes or domain is not None:
            fits = False
        case FormKind.FIXED:
            narrowed = unsigned and type.is_discrete and dtype.itemsize < type.dtype.itemsize
            wide = dtype == WIDE and type.kind is Kind.DECIMAL
            fits = narrowed or wide or dtype == type.dtype or _was_narrower(dtype, type)
    fits = fits and (narrowed or header.reference == 0)
    if not fits:
        raise ValueError(f"it holds {header.form.name.lower()} {dtype} where {type} is expected")


def _was_narrower(dtype: np.dtype[Any], type: Type) -> bool:
    """Whether the column had a type of this dtype before it was given a wider one."""
    alike = type.is_numeric and dtype.kind == type.dtype.kind
    return alike and dtype.itemsize < type.dtype.itemsize


def _fixed(stored: Stored, reference: int, type: Type) -> Fixed:
    if stored.dtype == WIDE:
        values = from_wide(stored)
        values.flags.writeable = False
        return Fixed(values)
    if _was_narrower(stored.dtype, type):
        values = stored.astype(type.dtype)
        values.flags.writeable = False
        return Fixed(values)
    if stored.dtype != type.dtype:
        limits = np.iinfo(str(type.dtype))
        if reference < limits.min or reference + int(stored.max(initial=0)) > limits.max:
            raise ValueError(f"its values do not fit in {type}")
    return Fixed(stored, reference)


def _coded(codes: Codes, valid: Mask | None, domain: Domain | None) -> Coded:
    assert domain is not None
    highest = int(codes.max(initial=0))
    # With nothing in the domain there are only nulls, and their code is 0 for want of a better one.
    if highest >= domain.size and (highest > 0 or valid is None or valid.any()) and len(codes):
        raise ValueError(f"its code {highest} is outside of a domain of {domain.size} entries")
    return Coded(codes, domain)


def block_statistics(header: ChunkHeader) -> BlockStatistics:
    """What the header knows of each block."""
    blocks = header.blocks
    rows = np.full(len(blocks), header.block_rows, np.int64)
    if len(rows):
        rows[-1] = header.rows - header.block_rows * (len(rows) - 1)
    dtype = header.statistics_dtype
    low, high = (
        (None, None) if dtype is None else (blocks["low"].view(dtype), blocks["high"].view(dtype))
    )
    return BlockStatistics(rows, blocks["nulls"].astype(np.int64), low, high)
