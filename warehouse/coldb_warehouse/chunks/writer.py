"""From a column's values in memory to the bytes of a chunk."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.chunks.compression import Compression, compress_all
from coldb_warehouse.chunks.layout import (
    MAX_ROWS,
    ChunkHeader,
    FormKind,
    block_table,
    pack_header,
    part_table,
)
from coldb_warehouse.chunks.narrow import narrow
from coldb_warehouse.chunks.statistics import (
    block_bounds,
    bounds_of_all,
    count_distinct,
    is_ascending,
    is_ascending_text,
    nulls_by_block,
)
from coldb_warehouse.chunks.wide import narrow_objects, to_wide
from coldb_warehouse.encodings import ENCODINGS, Encoding, Stored, encoding_named, shape_of
from coldb_warehouse.encodings.choose import choose_encodings
from coldb_warehouse.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.domain import Codes

__all__ = ["EncodedChunk", "encode_chunk"]

_PLAIN = encoding_named("plain")


@dataclass(frozen=True, slots=True, eq=False)
class EncodedChunk:
    """A chunk ready to be written: its bytes, and what the manifest keeps of it.

    `parts` are buffers to be written one after the other, `nbytes` long in all; they may be views of
    the arrays that were given. `header_crc` is the checksum that ends the first of them. `low` and
    `high` are over the non-null rows: values of Fixed forms (int, or float where NaN is larger than
    every number), codes of Coded ones, None for Text, wide decimals and where every row is null.
    `distinct` estimates the number of distinct non-null values. `encodings` names the encodings in
    use, each once.
    """

    parts: tuple[memoryview, ...]
    nbytes: int
    header_crc: int
    rows: int
    nulls: int
    low: int | float | None
    high: int | float | None
    distinct: int | None
    is_sorted: bool
    encodings: tuple[str, ...]


def encode_chunk(
    form: Form, valid: Mask | None, *, block_rows: int, force: str | None = None
) -> EncodedChunk:
    """Cuts the rows into blocks of `block_rows`, encodes each as suits it, and checksums it.

    A Fixed form is given as values of its type (see types.py) or narrowed; it comes back from
    `decode_chunk` as narrow as can be. What null rows hold does not matter, save that in Text it is the empty
    string. `force` is the name of an encoding to be used wherever it can represent the values;
    "plain" also keeps numbers at the width that they are given in and leaves text uncompressed.
    """
    if valid is not None:
        valid = None if valid.all() else np.ascontiguousarray(valid)
    match form:
        case Fixed():
            draft = _draft_fixed(form, valid, block_rows, force)
        case Coded(codes=codes):
            draft = _draft_codes(codes, valid, block_rows)
        case Text(strings=strings):
            draft = _draft_text(strings, valid)
    return _assemble(draft, valid, block_rows, force)


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A chunk not yet cut into blocks. `text` is the bytes of strings whose lengths are `stored`."""

    form: FormKind
    stored: Stored
    bounds: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None
    distinct: int | None
    is_sorted: bool
    reference: int = 0
    text: npt.NDArray[np.uint8] | None = None


def _draft_fixed(form: Fixed, valid: Mask | None, block_rows: int, force: str | None) -> _Draft:
    values = form.stored
    if values.dtype == object:
        values = narrow_objects(values if valid is None else np.where(valid, values, 0))
    if values.dtype == object:
        stored = to_wide(values)
        ascending = valid is None and not bool((values[1:] < values[:-1]).any())
        return _Draft(FormKind.FIXED, stored, None, None, ascending)
    bounds = block_bounds(values, valid, block_rows)
    low, high = bounds_of_all(*bounds)
    if low is None:
        return _Draft(FormKind.FIXED, np.zeros_like(values), bounds, 0, valid is None)
    filled = Fixed(_fill(values, valid, low), form.reference)
    if form.reference:
        is_empty = bounds[0] > bounds[1]
        bounds = (
            np.where(is_empty, bounds[0], bounds[0] + form.reference),
            np.where(is_empty, bounds[1], bounds[1] + form.reference),
        )
    if force != _PLAIN.name and values.dtype.kind in "iu":
        filled = narrow(filled, low + form.reference, high + form.reference)
    stored = filled.stored
    ascending = valid is None and is_ascending(stored)
    distinct = count_distinct(stored, ascending=ascending)
    return _Draft(FormKind.FIXED, stored, bounds, distinct, ascending, filled.reference)


def _draft_codes(codes: Codes, valid: Mask | None, block_rows: int) -> _Draft:
    bounds = block_bounds(codes, valid, block_rows)
    low, high = bounds_of_all(*bounds)
    if low is None:
        return _Draft(FormKind.CODED, np.zeros(len(codes), np.uint8), bounds, 0, valid is None)
    stored = _fill(codes, valid, low).astype(np.min_scalar_type(high), copy=False)
    ascending = valid is None and is_ascending(stored)
    distinct = count_distinct(stored, ascending=ascending)
    return _Draft(FormKind.CODED, stored, bounds, distinct, ascending)


def _draft_text(strings: pa.LargeStringArray, valid: Mask | None) -> _Draft:
    _, offsets_buffer, text_buffer = strings.buffers()
    offsets = np.frombuffer(offsets_buffer or b"\0" * 8, np.int64)
    offsets = offsets[strings.offset : strings.offset + len(strings) + 1]
    lengths = np.diff(offsets)
    text = np.frombuffer(text_buffer or b"", np.uint8)[offsets[0] : offsets[-1]]
    longest = int(lengths.max(initial=0))
    if longest > np.iinfo(np.uint32).max:
        raise StorageError(f"a string of {longest} bytes is too long; 4 GiB is the limit")
    lengths = lengths.astype(np.min_scalar_type(longest))
    ascending = valid is None and is_ascending_text(strings)
    return _Draft(FormKind.TEXT, lengths, None, None, ascending, text=text)


def _fill(values: npt.NDArray[Any], valid: Mask | None, filler: float) -> npt.NDArray[Any]:
    """Null rows take a value that is there already, so that they widen nothing."""
    if valid is None:
        return np.ascontiguousarray(values)
    return np.where(valid, values, values.dtype.type(filler))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    encoding: Encoding
    compression: Compression
    payload: memoryview
    raw_bytes: int


def _assemble(
    draft: _Draft, valid: Mask | None, block_rows: int, force: str | None
) -> EncodedChunk:
    rows = len(draft.stored)
    if rows > MAX_ROWS:
        raise StorageError(f"a segment of {rows} rows is too long; {MAX_ROWS} is the limit")
    streams = [_encode_blocks(draft.stored, block_rows, force)]
    if draft.text is not None:
        streams.append(_cut_text(draft.text, draft.stored, block_rows, force))
    if valid is not None:
        streams.append(_encode_blocks(valid, block_rows, force))
    blocks = block_table(len(streams[0]))
    blocks["nulls"] = nulls_by_block(valid, rows, block_rows)
    low = high = None
    if draft.bounds is not None:
        blocks["low"], blocks["high"] = (bound.view(np.int64) for bound in draft.bounds)
        low, high = bounds_of_all(*draft.bounds)
    header = ChunkHeader(
        form=draft.form,
        dtype=draft.stored.dtype,
        rows=rows,
        block_rows=block_rows,
        reference=draft.reference,
        has_nulls=valid is not None,
        is_sorted=draft.is_sorted,
        blocks=blocks,
        parts=_part_entries(streams),
    )
    packed, crc = pack_header(header)
    payloads = [part.payload for stream in streams for part in stream]
    return EncodedChunk(
        parts=(memoryview(packed), *payloads),
        nbytes=len(packed) + sum(payload.nbytes for payload in payloads),
        header_crc=crc,
        rows=rows,
        nulls=int(blocks["nulls"].sum()),
        low=low,
        high=high,
        distinct=draft.distinct,
        is_sorted=draft.is_sorted,
        encodings=_names(streams[: 1 if draft.text is None else 2]),
    )


def _encode_blocks(values: Stored, block_rows: int, force: str | None) -> list[_Part]:
    blocks = [values[start : start + block_rows] for start in range(0, len(values), block_rows)]
    shapes = [shape_of(block) for block in blocks]
    encodings = choose_encodings(shapes, force)
    payloads = [
        encoding.encode(block, shape)
        for encoding, block, shape in zip(encodings, blocks, shapes, strict=True)
    ]
    return _compress_parts(encodings, payloads, compressible=force is None)


def _cut_text(
    text: npt.NDArray[np.uint8], lengths: Stored, block_rows: int, force: str | None
) -> list[_Part]:
    rows = len(lengths)
    last_rows = np.minimum(np.arange(block_rows, rows + block_rows, block_rows), rows) - 1
    ends = np.cumsum(lengths, dtype=np.int64)[last_rows].tolist()
    payloads = [text[start:end].data for start, end in pairwise([0, *ends])]
    return _compress_parts([_PLAIN] * len(ends), payloads, compressible=force != _PLAIN.name)


def _compress_parts(
    encodings: Sequence[Encoding], payloads: Sequence[memoryview], *, compressible: bool
) -> list[_Part]:
    if compressible:
        compressed = compress_all(payloads)
    else:
        compressed = [(Compression.NONE, payload) for payload in payloads]
    return [
        _Part(encoding, compression, payload, raw.nbytes)
        for encoding, (compression, payload), raw in zip(
            encodings, compressed, payloads, strict=True
        )
    ]


def _part_entries(streams: Sequence[Sequence[_Part]]) -> npt.NDArray[np.void]:
    entries = part_table(len(streams), len(streams[0]))
    for row, stream in zip(entries, streams, strict=True):
        row["encoding"] = [part.encoding.id for part in stream]
        row["compression"] = [part.compression for part in stream]
        row["crc"] = [zlib.crc32(part.payload) for part in stream]
        row["bytes"] = [part.payload.nbytes for part in stream]
        row["raw"] = [part.raw_bytes for part in stream]
    return entries


def _names(streams: Sequence[Sequence[_Part]]) -> tuple[str, ...]:
    """The encodings in the order of the table, then the compressions."""
    parts = [part for stream in streams for part in stream]
    encodings = [it.name for it in ENCODINGS if any(part.encoding is it for part in parts)]
    compressions = [
        it.name.lower() for it in Compression if it and any(p.compression is it for p in parts)
    ]
    return (*encodings, *compressions)
