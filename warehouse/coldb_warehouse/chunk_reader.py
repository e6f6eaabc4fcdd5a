"""From the bytes of a chunk to a column in memory, every byte verified."""

from __future__ import annotations

from collections.abc import Buffer, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coldb_warehouse.chunk import Chunk
    from coldb_warehouse.domain import Domain
    from coldb_warehouse.types import Type

__all__ = ["concatenate_chunks", "decode_chunk"]


def decode_chunk(
    buffer: Buffer, type: Type, domain: Domain | None, *, where: str, header_crc: int | None = None
) -> Chunk:
    """The chunk whose bytes are `buffer` (exactly as long as the chunk).

    Arrays are read-only, and views of `buffer` where no decoding was needed. `domain` is given if and
    only if the chunk was written from a Coded form; it may have grown since. `where` names the file
    and column in error messages; `header_crc` is what the manifest expects.
    Raises CorruptionError for damaged or hostile bytes, before anything large is allocated.
    """
    raise NotImplementedError


def concatenate_chunks(chunks: Sequence[Chunk]) -> Chunk:
    """The rows of all chunks, one after the other, as one chunk of one form.

    At least one chunk; all of one type. Coded chunks must share a domain kind, and the largest domain
    wins; Coded (Dictionary) beside Text or Fixed chunks are looked up, so the result is Text or Fixed.
    """
    raise NotImplementedError
