"""The order in which window functions see the rows: by partition, then by the sort keys.

Everything about windows is told in places: a place is the number of a row in this order. Partitions
and groups of peers are then ranges of places, and so is what a frame holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.evaluate import evaluate
from coldb.engine.execute.sorting import in_order, sort_codes
from coldb.engine.grouping import Groups, combined_codes

if TYPE_CHECKING:
    from coldb.engine.batch import Batch
    from coldb.engine.evaluate import EvaluationContext
    from coldb.engine.plan import Window
    from coldb.engine.vector import Mask

__all__ = ["Arrangement", "Places", "Sections", "arranged"]

Places: TypeAlias = "npt.NDArray[np.intp]"


class Sections:
    """Ranges of places that follow one another: the partitions, or the groups of peers.

    `ids[place]` is the number of the section that a place is in; `first` and `ends` tell for each
    section where it begins, and the place behind its last.
    """

    def __init__(self, begins: Mask) -> None:
        """`begins` marks the places where a section begins; the first place is one of them."""
        self.first: Places = np.flatnonzero(begins)
        self.ends: Places = np.append(self.first[1:], len(begins))
        self.ids: Places = np.cumsum(begins, dtype=np.intp) - 1

    @property
    def first_of(self) -> Places:
        """Where the section of each place begins."""
        return self.first.take(self.ids)

    @property
    def ends_of(self) -> Places:
        """The place behind the section of each place."""
        return self.ends.take(self.ids)

    def groups(self) -> Groups:
        """The same as groups of rows that are in order."""
        everything = np.arange(len(self.ids), dtype=np.intp)
        return Groups(self.ids, len(self.first), self.first, everything, self.first)


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """`order[place]` is the row of the batch at that place; `begins[n]` marks the places that differ
    from the one before in the partition or in one of the first n sort keys."""

    order: Places
    begins: tuple[Mask, ...]
    partitions: Sections

    @property
    def rows(self) -> int:
        return len(self.order)

    def peers(self, sort_keys: int) -> Sections:
        """The groups of rows that agree in the partition and the first sort keys."""
        return self.partitions if sort_keys == 0 else Sections(self.begins[sort_keys])


def arranged(plan: Window, batch: Batch, context: EvaluationContext) -> Arrangement:
    """Sorts the rows of a batch, of which there is at least one; equal ones keep their order."""
    rows = batch.rows
    columns: list[tuple[npt.NDArray[np.int64], int]] = []
    if plan.partition_by:
        keys = [evaluate(key, batch, context).expanded(rows) for key in plan.partition_by]
        codes, size = combined_codes(keys, rows, context.entry_codes)
        columns.append((codes.astype(np.int64, copy=False), size))
    columns += [sort_codes(key, batch, context) for key in plan.order_by]
    order = in_order(columns, rows)
    begins = np.zeros(rows, dtype=np.bool_)
    begins[0] = True
    marks = [] if plan.partition_by else [begins]
    for codes, _ in columns:
        ordered = codes.take(order)
        begins = begins.copy()
        begins[1:] |= ordered[1:] != ordered[:-1]
        marks.append(begins)
    return Arrangement(order, tuple(marks), Sections(marks[0]))
