"""A dictionary sorted again: its entries get other codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coldb_warehouse.domain import Dictionary
from coldb_warehouse.reading.moves import GONE

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.reading.moves import Move

__all__ = ["Recoded", "sorted_dictionary"]


@dataclass(frozen=True, slots=True, eq=False)
class Recoded:
    """A dictionary in its next generation, and how the codes before lead into it."""

    dictionary: Dictionary
    move: Move


def sorted_dictionary(known: Dictionary, used: Mask) -> Recoded:
    """The entries that are used, in order."""
    kept = np.flatnonzero(used)
    values = known.values.take(pa.array(kept))
    order = pc.sort_indices(values).to_numpy()
    move = np.full(known.size, GONE)
    move[kept[order]] = np.arange(len(kept))
    values = values.take(pa.array(order))
    return Recoded(Dictionary(values, is_sorted=True, generation=known.generation + 1), move)
