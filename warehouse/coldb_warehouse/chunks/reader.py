"""From the bytes of a chunk to a column in memory, every byte verified."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import BlockStatistics, Chunk, Coded, Fixed, Text
from coldb_warehouse.chunks.compression import Compression, decompress
from coldb_warehouse.chunks.layout import ChunkHeader, FormKind, unpack_header
from coldb_warehouse.chunks.wide import WIDE, from_wide
from coldb_warehouse.encodings import Stored, encoding_by_id, encoding_named
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.domain import Codes, Domain
    from coldb_warehouse.types import Type

__all__ = ["decode_chunk"]

_PLAIN = encoding_named("plain")


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
        raise CorruptionError(
            f"{where} is damaged: {error}; restore the file from a copy, or load its data again"
        ) from None


def _decode(buffer: memoryview, type: Type, domain: Domain | None, header_crc: int | None) -> Chunk:
    header, end = unpack_header(buffer, header_crc)
    _check_form(header, type, domain)
    streams = _streams(header, buffer[end:])
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
            form = Text(streams[1].strings(header, stored))
    return Chunk(type, header.rows, form, valid, _block_statistics(header), header.is_sorted)


def _check_form(header: ChunkHeader, type: Type, domain: Domain | None) -> None:
    """Refuses a chunk of another column, whose arrays would be taken for something they are not."""
    dtype = header.dtype
    unsigned = dtype.kind == "u"
    narrowed = False
    match header.form:
        case FormKind.CODED:
            fits = domain is not None and unsigned
        case FormKind.TEXT:
            fits = type.kind is Kind.VARCHAR and domain is None and unsigned and dtype.itemsize <= 4
        case FormKind.FIXED if type.kind is Kind.VARCHAR or domain is not None:
            fits = False
        case FormKind.FIXED:
            narrowed = unsigned and type.is_discrete and dtype.itemsize < type.dtype.itemsize
            wide = dtype == WIDE and type.kind is Kind.DECIMAL
            fits = narrowed or wide or dtype == type.dtype
    fits = fits and (narrowed or header.reference == 0)
    if not fits:
        raise ValueError(f"it holds {header.form.name.lower()} {dtype} where {type} is expected")


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """The bytes of one stream, and the directory entry of each of its parts."""

    entries: npt.NDArray[np.void]
    content: memoryview

    def payloads(self) -> Iterator[memoryview]:
        """The bytes of each part, verified, and decompressed."""
        start = 0
        for block, (_, compression, _, crc, length, raw) in enumerate(self.entries.tolist()):
            payload = self.content[start : start + length]
            if zlib.crc32(payload) != crc:
                raise ValueError(f"the checksum of block {block} is wrong")
            yield decompress(compression, payload, raw)
            start += length

    def values(self, header: ChunkHeader, dtype: np.dtype[Any]) -> Stored:
        """The array: the bytes themselves if all parts are plain, else decoded block by block."""
        plain = (self.entries["encoding"] == _PLAIN.id) & (
            self.entries["compression"] == Compression.NONE
        )
        if plain.all() and len(self.content) == header.rows * dtype.itemsize:
            for _ in self.payloads():
                pass
            values = np.frombuffer(self.content, dtype)
        else:
            values = np.empty(header.rows, dtype)
            for block, payload in enumerate(self.payloads()):
                encoding = encoding_by_id(int(self.entries["encoding"][block]))
                if encoding is None:
                    raise ValueError(f"its encoding {self.entries['encoding'][block]} is not known")
                start = block * header.block_rows
                encoding.decode(payload, values[start : start + header.block_rows])
            values.flags.writeable = False
        if dtype.kind == "b" and len(values) and values.view(np.uint8).max() > 1:
            raise ValueError("a boolean is neither true nor false")
        return values

    def strings(self, header: ChunkHeader, lengths: Stored) -> pa.LargeStringArray:
        """The strings of these bytes and lengths."""
        import pyarrow as pa

        offsets = np.zeros(header.rows + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        starts = offsets[
            np.minimum(np.arange(len(self.entries) + 1) * header.block_rows, header.rows)
        ]
        if not np.array_equal(np.diff(starts), self.entries["raw"]):
            raise ValueError("its strings are not as long as its bytes")
        payloads = list(self.payloads())
        text = payloads[0] if len(payloads) == 1 else b"".join(payloads)
        strings = pa.LargeStringArray.from_buffers(
            header.rows, pa.py_buffer(offsets), pa.py_buffer(text)
        )
        try:
            strings.validate(full=True)
        except pa.ArrowInvalid:
            raise ValueError("its strings are not UTF-8") from None
        return strings


def _streams(header: ChunkHeader, body: memoryview) -> list[_Stream]:
    streams = []
    start = 0
    for entries in header.parts:
        end = start + int(entries["bytes"].sum())
        streams.append(_Stream(entries, body[start:end]))
        start = end
    return streams


def _fixed(stored: Stored, reference: int, type: Type) -> Fixed:
    if stored.dtype == WIDE:
        values = from_wide(stored)
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


def _block_statistics(header: ChunkHeader) -> BlockStatistics:
    blocks = header.blocks
    rows = np.full(len(blocks), header.block_rows, np.int64)
    if len(rows):
        rows[-1] = header.rows - header.block_rows * (len(rows) - 1)
    dtype = header.statistics_dtype
    low, high = (
        (None, None) if dtype is None else (blocks["low"].view(dtype), blocks["high"].view(dtype))
    )
    return BlockStatistics(rows, blocks["nulls"].astype(np.int64), low, high)
