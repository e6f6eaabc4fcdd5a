"""The header of a chunk on disk; FORMAT.md has the picture.

    header  one fixed part, then of each block its statistics, then of each part its directory entry
    body    the parts, one after the other with nothing between: stream by stream, block by block

A stream is what one array becomes: the values (or the lengths, then the bytes, of strings), and the
validity of rows if any is null. A part is one block of a stream.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.wide import WIDE

__all__ = [
    "MAX_ROWS",
    "STORED_DTYPES",
    "ChunkHeader",
    "FormKind",
    "block_table",
    "header_length",
    "pack_header",
    "part_table",
    "unpack_header",
]

MAX_ROWS = 1 << 24  # bounds what a few hostile bytes can make a reader allocate

STORED_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("?"),
    2: np.dtype("<u1"),
    3: np.dtype("<u2"),
    4: np.dtype("<u4"),
    5: np.dtype("<u8"),
    6: np.dtype("<i2"),
    7: np.dtype("<i4"),
    8: np.dtype("<i8"),
    9: np.dtype("<f4"),
    10: np.dtype("<f8"),
    11: WIDE,
}
_DTYPE_IDS = {dtype: id for id, dtype in STORED_DTYPES.items()}

_MAGIC = b"COLC"
_VERSION = 1
_FIXED = struct.Struct("<4sHBBQqIBB2x")
_CRC = struct.Struct("<I")
_ALIGNMENT = 64  # of the body within the chunk, so that arrays over it start at whole words
_BLOCK = np.dtype([("nulls", "<u8"), ("low", "<i8"), ("high", "<i8")])
_PART = np.dtype(
    [
        ("encoding", "u1"),
        ("compression", "u1"),
        ("zero", "<u2"),
        ("crc", "<u4"),
        ("bytes", "<u8"),
        ("raw", "<u8"),
    ]
)


class FormKind(IntEnum):
    """Numbers on disk; never reuse one."""

    FIXED = 1
    CODED = 2
    TEXT = 3


@dataclass(frozen=True, slots=True, eq=False)
class ChunkHeader:
    """`dtype` is that of stored values, codes or string lengths. `reference` belongs to FIXED.

    `blocks` has an entry a block: nulls, and low and high in int64 or as the bits of a float64.
    `parts` has shape (streams, blocks): encoding, compression, crc of the bytes, their number, and
    their number before compression.
    """

    form: FormKind
    dtype: np.dtype[Any]
    rows: int
    block_rows: int
    reference: int
    has_nulls: bool
    is_sorted: bool
    blocks: npt.NDArray[np.void]
    parts: npt.NDArray[np.void]

    @property
    def statistics_dtype(self) -> np.dtype[Any] | None:
        """What low and high are: int64, float64, or None where nothing is known."""
        if self.form is FormKind.TEXT or self.dtype == WIDE:
            return None
        return np.dtype("<f8") if self.dtype.kind == "f" else np.dtype("<i8")


def block_table(blocks: int) -> npt.NDArray[np.void]:
    """An empty `blocks` of a header."""
    return np.zeros(blocks, _BLOCK)


def part_table(streams: int, blocks: int) -> npt.NDArray[np.void]:
    """An empty `parts` of a header."""
    return np.zeros((streams, blocks), _PART)


def pack_header(header: ChunkHeader) -> tuple[bytes, int]:
    """The bytes of a header, and their checksum, which also closes them."""
    fixed = _FIXED.pack(
        _MAGIC,
        _VERSION,
        header.form,
        _DTYPE_IDS[header.dtype],
        header.rows,
        header.reference,
        header.block_rows,
        header.has_nulls,
        header.is_sorted,
    )
    content = fixed + header.blocks.tobytes() + header.parts.tobytes()
    content = content.ljust(_header_bytes(len(header.blocks), header.parts.size) - _CRC.size, b"\0")
    crc = zlib.crc32(content)
    return content + _CRC.pack(crc), crc


def header_length(start: memoryview) -> int:
    """The length of the header that starts with these bytes, which may be all of a chunk.

    Raises ValueError if they cannot be the start of one.
    """
    if len(start) < _FIXED.size:
        raise ValueError("its header is cut off")
    magic, version, form, dtype, rows, _, block_rows, nulls, ordered = _FIXED.unpack_from(start)
    if magic != _MAGIC:
        raise ValueError("it does not start as a chunk does")
    if version != _VERSION:
        raise ValueError(f"its version {version} is not known")
    if (
        rows > MAX_ROWS
        or block_rows == 0
        or form not in tuple(FormKind)
        or dtype not in STORED_DTYPES
        or nulls > 1
        or ordered > 1
    ):
        raise ValueError(f"its header is impossible ({rows} rows in blocks of {block_rows})")
    blocks = -(-rows // block_rows)
    return _header_bytes(blocks, blocks * _streams(form, nulls))


def unpack_header(
    buffer: memoryview, expected_crc: int | None, chunk_bytes: int | None = None
) -> tuple[ChunkHeader, int]:
    """The header at the start of a chunk, and its length. Raises ValueError unless every byte of it
    is as written, and the parts that it lists fill the rest of the chunk exactly: `chunk_bytes` in
    all, or the buffer."""
    end = header_length(buffer)
    if end > len(buffer):
        raise ValueError("its header is cut off")
    _, _, form, dtype, rows, reference, block_rows, nulls, ordered = _FIXED.unpack_from(buffer)
    blocks, streams = -(-rows // block_rows), _streams(form, nulls)
    (crc,) = _CRC.unpack_from(buffer, end - _CRC.size)
    if zlib.crc32(buffer[: end - _CRC.size]) != crc:
        raise ValueError("the checksum of its header is wrong")
    if expected_crc is not None and crc != expected_crc:
        raise ValueError("it is not the chunk that the manifest lists")
    block_entries = np.frombuffer(buffer, _BLOCK, blocks, _FIXED.size)
    offset = _FIXED.size + block_entries.nbytes
    parts = np.frombuffer(buffer, _PART, blocks * streams, offset).reshape(streams, blocks)
    _check_lengths(parts, (len(buffer) if chunk_bytes is None else chunk_bytes) - end)
    header = ChunkHeader(
        form=FormKind(form),
        dtype=STORED_DTYPES[dtype],
        rows=rows,
        block_rows=block_rows,
        reference=reference,
        has_nulls=bool(nulls),
        is_sorted=bool(ordered),
        blocks=block_entries,
        parts=parts,
    )
    return header, end


def _check_lengths(parts: npt.NDArray[np.void], body_bytes: int) -> None:
    lengths = parts["bytes"]
    longest = int(lengths.max(initial=0))
    if longest > body_bytes or int(lengths.sum()) != body_bytes:
        raise ValueError(f"its parts do not add up to the {body_bytes} bytes there are")


def _streams(form: int, nulls: int) -> int:
    return (2 if form == FormKind.TEXT else 1) + nulls


def _header_bytes(blocks: int, parts: int) -> int:
    content = _FIXED.size + blocks * _BLOCK.itemsize + parts * _PART.itemsize + _CRC.size
    return -(-content // _ALIGNMENT) * _ALIGNMENT
