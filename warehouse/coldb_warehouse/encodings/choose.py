"""Which encoding each block of a stream gets: one rule weighs size against speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.encodings import ENCODINGS, BlockShape, Encoding, encoding_named

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["choose_encodings"]

_PLAIN = encoding_named("plain")
_WORTHWHILE = 0.9  # of the bytes of what is faster to read; above it, the speed is worth more


def choose_encodings(shapes: Sequence[BlockShape], force: str | None) -> list[Encoding]:
    """The encoding of each block: the shortest by estimate, if it gains enough over faster ones.

    All blocks are plain if they gain too little together, because then nothing has to be copied.
    `force` names the one to be used for each block that it can represent.
    """
    if force is not None:
        forced = encoding_named(force)
        return [_PLAIN if forced.estimate_bytes(shape) is None else forced for shape in shapes]
    chosen = [_choose(shape) for shape in shapes]
    plain_bytes = sum(shape.rows * shape.dtype.itemsize for shape in shapes)
    if sum(size for size, _ in chosen) > _WORTHWHILE * plain_bytes:
        return [_PLAIN] * len(shapes)
    return [encoding for _, encoding in chosen]


def _choose(shape: BlockShape) -> tuple[int, Encoding]:
    best, chosen = shape.rows * shape.dtype.itemsize, _PLAIN
    for encoding in ENCODINGS:
        size = encoding.estimate_bytes(shape)
        if size is not None and size <= _WORTHWHILE * best:
            best, chosen = size, encoding
    return best, chosen
