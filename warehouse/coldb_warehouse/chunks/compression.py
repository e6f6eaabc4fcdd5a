"""Byte compression of encoded blocks: an axis of its own beside the encoding."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Compression", "compress", "decompress"]

_WORTHWHILE = 1.5  # below this ratio, time to decompress costs more than the bytes save
_BOMB = 1024  # a part that expands further is refused when read, and so never written


class Compression(IntEnum):
    """Numbers on disk; never reuse one."""

    NONE = 0
    ZSTD = 1


def compress(payload: memoryview) -> tuple[Compression, memoryview]:
    """The payload, compressed if that gains enough."""
    import pyarrow as pa

    if payload.nbytes < 64:
        return Compression.NONE, payload
    packed = pa.Codec("zstd").compress(payload)
    if payload.nbytes < _WORTHWHILE * packed.size or payload.nbytes > _BOMB * packed.size:
        return Compression.NONE, payload
    return Compression.ZSTD, memoryview(packed)


def decompress(compression: int, payload: memoryview, raw_bytes: int) -> memoryview:
    """The bytes that were compressed, `raw_bytes` long; raises ValueError if these are not they."""
    if compression == Compression.NONE:
        if payload.nbytes != raw_bytes:
            raise ValueError(f"{payload.nbytes} bytes where {raw_bytes} should be")
        return payload
    if compression != Compression.ZSTD:
        raise ValueError(f"compression {compression} is not known")
    if raw_bytes > _BOMB * payload.nbytes:
        raise ValueError(f"{payload.nbytes} bytes claim to hold {raw_bytes}")
    import pyarrow as pa

    try:
        raw = pa.Codec("zstd").decompress(payload, decompressed_size=raw_bytes)
    except (OSError, pa.ArrowInvalid) as error:
        raise ValueError(f"zstd: {error}") from None
    if raw.size != raw_bytes:
        raise ValueError(f"{raw.size} bytes where {raw_bytes} should be")
    return memoryview(raw)
