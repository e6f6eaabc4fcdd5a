"""Which texts contain a piece of text.

Texts of an Arrow array lie end to end in memory, so a rare piece is found fastest by comparing that
memory with a few of its bytes, shifted against each other, and looking closer only where all agree.
A piece that many texts contain is left to Arrow, which stops at its first occurrence in each text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb.engine.vector import Mask

__all__ = ["contains", "rarest_first"]

_SAMPLE = 1024
_RARE = 8
"""A piece is rare if fewer than one in _RARE texts of a sample contain it."""

_BLOCK = 1 << 18
"""Bytes compared at a time, so that intermediate results stay in the cache."""

_COMPARED = 4


def rarest_first(texts: pa.LargeStringArray, pieces: list[str]) -> list[str]:
    """The pieces, those first that fewer of the first texts contain."""
    import pyarrow.compute as pc

    if len(pieces) < 2:
        return pieces
    sample = texts[:_SAMPLE]
    return sorted(pieces, key=lambda piece: pc.sum(pc.match_substring(sample, piece)).as_py() or 0)


def contains(texts: pa.LargeStringArray, piece: str) -> Mask:
    """For each text whether `piece`, which is not empty, is part of it."""
    import pyarrow.compute as pc

    needle = piece.encode()
    sample = np.asarray(pc.match_substring(texts[:_SAMPLE], piece), dtype=np.bool_)
    if len(texts) == len(sample):
        return sample
    if len(needle) < _COMPARED or np.count_nonzero(sample) * _RARE > len(sample):
        return np.asarray(pc.match_substring(texts, piece), dtype=np.bool_)
    return _search(texts, needle)


def _search(texts: pa.LargeStringArray, needle: bytes) -> Mask:
    _, offset_buffer, text_buffer = texts.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)
    offsets = offsets[texts.offset : texts.offset + len(texts) + 1]
    memory = np.frombuffer(text_buffer, dtype=np.uint8)[offsets[0] : offsets[-1]]
    found = _occurrences(memory, needle) + offsets[0]
    rows = np.searchsorted(offsets, found, side="right") - 1
    within = found + len(needle) <= offsets[rows + 1]
    mask = np.zeros(len(texts), dtype=np.bool_)
    mask[rows[within]] = True
    return mask


def _occurrences(memory: npt.NDArray[np.uint8], needle: bytes) -> npt.NDArray[np.int64]:
    """Where a needle of at least _COMPARED bytes starts, ascending."""
    last = len(memory) - len(needle) + 1
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, max(last, 0), _BLOCK):
        size = min(_BLOCK, last - start)
        agree: Any = memory[start : start + size] == needle[0]
        for shift in range(1, _COMPARED):
            agree &= memory[start + shift : start + shift + size] == needle[shift]
        positions = np.flatnonzero(agree) + start
        for shift in range(_COMPARED, len(needle)):
            if not len(positions):
                break
            positions = positions[memory[positions + shift] == needle[shift]]
        found.append(positions)
    return np.concatenate(found)
