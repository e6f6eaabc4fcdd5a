"""From a column's values in memory to the bytes of a chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coldb_warehouse.chunk import Form, Mask
    from coldb_warehouse.types import Type

__all__ = ["EncodedChunk", "encode_chunk"]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedChunk:
    """A chunk ready to be written: its bytes, and what the manifest keeps of it.

    `parts` are buffers to be written one after the other, `nbytes` long in all. `header_crc` is the
    checksum of the first of them. `low` and `high` are over the non-null rows: values of Fixed forms
    (int, or float where NaN is larger than every number), codes of Coded ones, None for Text, wide
    decimals and where every row is null. `distinct` estimates the number of distinct non-null values.
    `encodings` names the encodings in use, each once.
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
    type: Type, form: Form, valid: Mask | None, *, block_rows: int, force: str | None = None
) -> EncodedChunk:
    """Cuts the rows into blocks of `block_rows`, encodes each as suits it, and checksums it.

    A Fixed form is given as values of the type (reference 0, see types.py); it comes back from
    `decode_chunk` narrowed. Values of null rows do not matter. `force` is the name of an encoding to
    be used wherever it can represent the values; "plain" also keeps numbers at their full width.
    """
    raise NotImplementedError
