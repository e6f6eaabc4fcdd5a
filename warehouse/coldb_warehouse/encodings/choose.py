"""Which encoding each block of a stream gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.encodings import ENCODINGS, BlockShape, Encoding, encoding_named

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["choose_encodings"]

_PLAIN = encoding_named("plain")
_WORTHWHILE = 0.9  # of the bytes of plain blocks; above it, being read with no copy is worth more


def choose_encodings(shapes: Sequence[BlockShape], force: str | None) -> list[Encoding]:
    """The encoding of each block: the shortest by estimate, or plain for all if little is gained.

    `force` names the one to be used for each block that it can represent.
    """
    if force is not None:
        forced = encoding_named(force)
        return [_PLAIN if forced.estimate_bytes(shape) is None else forced for shape in shapes]
    chosen = [_shortest(shape) for shape in shapes]
    plain_bytes = sum(shape.rows * shape.dtype.itemsize for shape in shapes)
    if sum(size for size, _ in chosen) > _WORTHWHILE * plain_bytes:
        return [_PLAIN] * len(shapes)
    return [encoding for _, encoding in chosen]


def _shortest(shape: BlockShape) -> tuple[int, Encoding]:
    sizes = ((encoding.estimate_bytes(shape), encoding) for encoding in ENCODINGS)
    return min(((size, it) for size, it in sizes if size is not None), key=lambda pair: pair[0])
