"""Rows in flight: columns that are fetched when somebody asks for them.

A batch is a selection of rows of a base (a range of a segment, the result of another operator) and, for
each field, a source that can fetch the values of any selection of base rows. Filtering only narrows
the selection; what nobody asks for is never read (late materialisation, Abadi et al. 2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coldb.engine.expressions import Field
    from coldb.engine.vector import Indices, Vector

__all__ = ["Batch", "Source", "VectorSource", "batch_of", "renamed"]


class Source(Protocol):
    """Where a column of a batch comes from."""

    def fetch(self, selection: Indices | None) -> Vector:
        """The values of the selected base rows, in that order; of all of them for None."""
        ...


class VectorSource:
    """A column that is already there."""

    __slots__ = ("vector",)

    def __init__(self, vector: Vector) -> None:
        self.vector = vector

    def fetch(self, selection: Indices | None) -> Vector:
        return self.vector if selection is None else self.vector.take(selection)


class Batch:
    """`rows` rows: those of `base_rows` that `selection` names (None: all of them, in order)."""

    __slots__ = ("_fetched", "base_rows", "selection", "sources")

    def __init__(
        self, base_rows: int, sources: Mapping[int, Source], selection: Indices | None = None
    ) -> None:
        self.base_rows = base_rows
        self.sources = sources
        self.selection = selection
        self._fetched: dict[int, Vector] = {}

    @property
    def rows(self) -> int:
        return self.base_rows if self.selection is None else len(self.selection)

    def column(self, field_id: int) -> Vector:
        """The values of a field for the rows of this batch; fetched once."""
        vector = self._fetched.get(field_id)
        if vector is None:
            vector = self.sources[field_id].fetch(self.selection)
            self._fetched[field_id] = vector
        return vector

    def select(self, indices: Indices) -> Batch:
        """The rows of this batch with these numbers, in this order."""
        selection = indices if self.selection is None else self.selection.take(indices)
        return Batch(self.base_rows, self.sources, selection)

    def fetch(self, field_id: int, selection: Indices | None) -> Vector:
        """A field for some rows of this batch, by number; the whole column is remembered, a part is not."""
        if selection is None:
            return self.column(field_id)
        if field_id in self._fetched:
            return self._fetched[field_id].take(selection)
        composed = selection if self.selection is None else self.selection.take(selection)
        return self.sources[field_id].fetch(composed)


def batch_of(vectors: Mapping[int, Vector], rows: int) -> Batch:
    """A batch of vectors that are already there, constants written out."""
    return Batch(
        rows, {key: VectorSource(vector.expanded(rows)) for key, vector in vectors.items()}
    )


def renamed(batch: Batch, theirs: Sequence[Field], own: Sequence[Field]) -> Batch:
    """The batch with its columns `theirs` under other fields, matched by position."""
    sources = {mine.id: batch.sources[its.id] for mine, its in zip(own, theirs, strict=True)}
    return Batch(batch.base_rows, sources, batch.selection)
