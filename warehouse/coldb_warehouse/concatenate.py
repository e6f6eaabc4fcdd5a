"""Chunks of several segments as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunk import BlockStatistics, Chunk, Coded, Fixed, Text
from coldb_warehouse.domain import Rows
from coldb_warehouse.narrow import narrow_frame
from coldb_warehouse.statistics import is_ascending, is_ascending_text
from coldb_warehouse.values import fixed_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from coldb_warehouse.chunk import Form, Mask
    from coldb_warehouse.types import Type

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
        form = _texts(texts) if texts else _numbers(chunks[0].type, forms, chunks)
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


def _numbers(type: Type, forms: Sequence[Form], chunks: Sequence[Chunk]) -> Fixed:
    """All above one reference, in the narrowest frame that suits every chunk."""
    fixed = [form for form in forms if isinstance(form, Fixed)]
    first = fixed[0]
    same_frame = all(
        form.stored.dtype == first.stored.dtype and form.reference == first.reference
        for form in fixed
    )
    if same_frame:
        return Fixed(_join([form.stored for form in fixed]), first.reference)
    if any(form.stored.dtype.kind != "u" for form in fixed):
        return Fixed(_join([fixed_values(form, type) for form in fixed]))
    lows, highs = zip(*(_bounds(chunk) for chunk in chunks if chunk.rows), strict=True)
    dtype, reference = narrow_frame(min(lows), max(highs), type.dtype)
    moved = []
    for form in fixed:
        # Integers as wide as the frame wrap around to the right distance.
        shift = np.array((form.reference - reference) % 2**64, np.uint64).astype(dtype)
        moved.append(form.stored.astype(dtype) + shift)
    return Fixed(_join(moved), reference)


def _bounds(chunk: Chunk) -> tuple[int, int]:
    """What the stored values can be at most, null rows included, whatever these hold."""
    assert isinstance(chunk.form, Fixed)
    reference = chunk.form.reference
    return reference + int(chunk.form.stored.min()), reference + int(chunk.form.stored.max())


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
    return Text(pc.fill_null(values.take(rows), ""))


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
