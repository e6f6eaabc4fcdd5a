"""Byte compression of encoded blocks: an axis of its own beside the encoding."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Compression", "compress_all", "decompress"]

_WORTHWHILE = 1.25  # below this ratio, time to decompress costs more than the bytes save
_WORTHWHILE_TOGETHER = 1.1
_LEVEL = 1  # level 3 takes 5 % off text, and a third more time
_SMALLEST = 256  # bytes; of less there is little to gain
_SLICE = 512
_SLICES = 16  # 8 KiB, evenly spread, tell whether compressing all is worth the time
_BOMB = 1024  # a part that expands further is refused when read, and so never written


class Compression(IntEnum):
    """Numbers on disk; never reuse one."""

    NONE = 0
    ZSTD = 1


def compress_all(payloads: Sequence[memoryview]) -> list[tuple[Compression, memoryview]]:
    """The payloads of one stream, compressed where that gains enough.

    If it gains too little over all of them together, none is: they may then be used as they lie.
    """
    compressed = [_compress(payload) for payload in payloads]
    gained = sum(payload.nbytes for payload in payloads) / _WORTHWHILE_TOGETHER
    if sum(payload.nbytes for _, payload in compressed) <= gained:
        return compressed
    return [(Compression.NONE, payload) for payload in payloads]


def _compress(payload: memoryview) -> tuple[Compression, memoryview]:
    import pyarrow as pa

    if payload.nbytes < _SMALLEST:
        return Compression.NONE, payload
    codec = pa.Codec("zstd", compression_level=_LEVEL)
    sample = _sample(payload)
    if sample.nbytes < _WORTHWHILE * len(codec.compress(sample, asbytes=True)):
        return Compression.NONE, payload
    packed = codec.compress(payload, asbytes=True)
    if payload.nbytes < _WORTHWHILE * len(packed) or payload.nbytes > _BOMB * len(packed):
        return Compression.NONE, payload
    return Compression.ZSTD, memoryview(packed)


def _sample(payload: memoryview) -> memoryview:
    """Evenly spread slices of a long payload, all of a short one."""
    step = payload.nbytes // _SLICES
    if step <= 2 * _SLICE:
        return payload
    starts = range(0, step * _SLICES, step)
    return memoryview(b"".join([payload[start : start + _SLICE] for start in starts]))


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
        raw = pa.Codec("zstd").decompress(payload, decompressed_size=raw_bytes, asbytes=True)
    except (OSError, pa.ArrowInvalid) as error:
        raise ValueError(f"zstd: {error}") from None
    if len(raw) != raw_bytes:
        raise ValueError(f"{len(raw)} bytes where {raw_bytes} should be")
    return memoryview(raw)
