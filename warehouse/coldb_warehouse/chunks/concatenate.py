"""Chunks of several segments as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import BlockStatistics, Chunk, Coded, Fixed, Text
from coldb_warehouse.chunks.narrow import join_fixed
from coldb_warehouse.chunks.statistics import is_ascending, is_ascending_text
from coldb_warehouse.domain import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Form, Mask

__all__ = ["concatenate_chunks"]


def concatenate_chunks(chunks: Sequence[Chunk]) -> Chunk:
    """The rows of all chunks, one after the other, as one chunk of one form.

    At least one chunk; all of one type. Of Coded ones the largest domain wins. Where some are coded
    by a dictionary and some not, the dictionary is looked up, and the result is Text or Fixed.
    """
    if len(chunks) == 1:
        return chunks[0]
    forms = [chunk.form for chunk in chunks]
    coded = [form for form in forms if isinstance(form, Coded)]
    if len(coded) == len(forms):
        form: Form = _codes(coded)
    else:
        forms = [_looked_up(chunk) for chunk in chunks]
        texts = [form.strings for form in forms if isinstance(form, Text)]
        form = (
            _texts(texts)
            if texts
            else join_fixed([form for form in forms if isinstance(form, Fixed)], chunks[0].type)
        )
    return Chunk(
        type=chunks[0].type,
        rows=sum(chunk.rows for chunk in chunks),
        form=form,
        valid=_validity(chunks),
        blocks=_blocks(chunks, values_hold=len(coded) in (0, len(forms))),
        is_sorted=all(chunk.is_sorted for chunk in chunks) and _is_ascending(form),
    )


def _codes(forms: Sequence[Coded]) -> Coded:
    domain = max((form.domain for form in forms), key=lambda domain: domain.size)
    return Coded(_join([form.codes for form in forms]), domain)


def _texts(strings: Sequence[pa.LargeStringArray]) -> Text:
    import pyarrow as pa

    return Text(pa.concat_arrays(strings))


def _looked_up(chunk: Chunk) -> Form:
    """A dictionary's values in place of its codes; other forms as they are."""
    form = chunk.form
    if not isinstance(form, Coded):
        return form
    assert not isinstance(form.domain, Rows), "positions are never stored beside values"
    values = form.domain.values
    if isinstance(values, np.ndarray):
        return Fixed(values[form.codes])
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = pa.array(form.codes, mask=None if chunk.valid is None else ~chunk.valid)
    return Text(pc.fill_null(values.take(rows), pa.scalar("", values.type)))


def _validity(chunks: Sequence[Chunk]) -> Mask | None:
    if all(chunk.valid is None for chunk in chunks):
        return None
    return _join([np.ones(c.rows, np.bool_) if c.valid is None else c.valid for c in chunks])


def _blocks(chunks: Sequence[Chunk], values_hold: bool) -> BlockStatistics:
    """`values_hold` is False where some bounds are codes and others values."""
    blocks = [chunk.blocks for chunk in chunks]
    lows = [block.low for block in blocks if block.low is not None]
    highs = [block.high for block in blocks if block.high is not None]
    known = values_hold and len(lows) == len(blocks)
    return BlockStatistics(
        rows=_join([block.rows for block in blocks]),
        nulls=_join([block.nulls for block in blocks]),
        low=_join(lows) if known else None,
        high=_join(highs) if known else None,
    )


def _is_ascending(form: Form) -> bool:
    match form:
        case Fixed(stored=stored):
            return is_ascending(stored)
        case Coded(codes=codes):
            return is_ascending(codes)
        case Text(strings=strings):
            return is_ascending_text(strings)


def _join(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    joined: npt.NDArray[Any] = np.concatenate(arrays)
    joined.flags.writeable = False
    return joined
