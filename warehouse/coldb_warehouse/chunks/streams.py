"""The streams of a chunk: what one array became on disk, block by block."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.compression import Compression, decompress
from coldb_warehouse.encodings import encoding_by_id, encoding_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from coldb_warehouse.chunks.layout import ChunkHeader
    from coldb_warehouse.encodings import Encoding, Stored
    from coldb_warehouse.types import Type

__all__ = ["Stream", "streams_of"]

_PLAIN = encoding_named("plain")


def streams_of(header: ChunkHeader, body: memoryview) -> list[Stream]:
    """The streams of a chunk with that header, whose parts are `body`."""
    streams = []
    start = 0
    for entries in header.parts:
        end = start + int(entries["bytes"].sum())
        streams.append(Stream(entries, body[start:end]))
        start = end
    return streams


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The bytes of one stream, and the directory entry of each of its parts."""

    entries: npt.NDArray[np.void]
    content: memoryview

    def payload(self, block: int) -> memoryview:
        """The bytes of one part, verified, and decompressed."""
        _, compression, _, crc, length, raw = self.entries[block].item()
        start = int(self.entries["bytes"][:block].sum())
        payload = self.content[start : start + length]
        if zlib.crc32(payload) != crc:
            raise ValueError(f"the checksum of block {block} is wrong")
        return decompress(compression, payload, raw)

    def payloads(self) -> Iterator[memoryview]:
        """The bytes of each part."""
        return map(self.payload, range(len(self.entries)))

    def encoding(self, block: int) -> Encoding:
        """How one part is encoded."""
        id = int(self.entries["encoding"][block])
        encoding = encoding_by_id(id)
        if encoding is None:
            raise ValueError(f"its encoding {id} is not known")
        return encoding

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
                start = block * header.block_rows
                self.encoding(block).decode(payload, values[start : start + header.block_rows])
            values.flags.writeable = False
        if dtype.kind == "b" and len(values) and values.view(np.uint8).max() > 1:
            raise ValueError("a boolean is neither true nor false")
        return values

    def strings(
        self, header: ChunkHeader, lengths: Stored, type: Type
    ) -> pa.LargeStringArray | pa.LargeBinaryArray:
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
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
        strings = pa.Array.from_buffers(type.bytes_array, header.rows, buffers)
        try:
            strings.validate(full=True)
        except pa.ArrowInvalid:
            raise ValueError("its strings are not UTF-8") from None
        return strings
