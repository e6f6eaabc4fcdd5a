"""Foreign keys of a table that reference the table itself.

A row may reference rows that the table has already and rows of the same load, before or after it.
Where the load's rows will lie is known only when they are sorted, so keys are looked up twice: to
refuse rows whose key is missing, and then, of those that are left, to store positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.reading.key_index import KeyIndex
from coldb_warehouse.values import all_valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.loading.arrange import Order
    from coldb_warehouse.loading.loaded import LoadedRows
    from coldb_warehouse.reading.key_index import Numbers
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.schema import ForeignKey

__all__ = ["OwnKey", "orphans"]


@dataclass(frozen=True, slots=True, eq=False)
class OwnKey:
    """Where a key on the own table leads, by row: `stored` is the position of a row that the table
    has already, `loaded` the place of a row of the load; -1 where it is none of these."""

    key: ForeignKey
    stored: Numbers
    loaded: Numbers
    missing: Mask

    @classmethod
    def look_up(cls, key: ForeignKey, rows: LoadedRows, table: TableSnapshot) -> OwnKey:
        """Looks the key up among the table's rows and the load's."""
        values = [rows.values(name) for name in key.columns]
        valid = all_valid([rows.valid[name] for name in key.columns])
        own = KeyIndex([rows.values(name) for name in key.referenced])
        stored, loaded = table.positions_of(values, valid), own.positions(values, valid)
        missing = (stored < 0) & (loaded < 0)
        return cls(key, stored, loaded, missing if valid is None else missing & valid)

    def positions(self, rows_before: int, order: Order | None) -> Numbers:
        """The final positions if the load's rows follow `rows_before` others in that order."""
        loaded = self.loaded
        if order is not None:
            ranks = np.empty(len(order), np.int64)
            ranks[order] = np.arange(len(order))
            loaded = np.where(loaded < 0, -1, ranks[loaded])
        return np.where((self.stored < 0) & (loaded >= 0), loaded + rows_before, self.stored)


def orphans(keys: Sequence[OwnKey]) -> Mask:
    """The rows of which a key is missing, or leads to such a row, and so on."""
    lost: Mask = np.logical_or.reduce([key.missing for key in keys])
    while True:
        before = np.count_nonzero(lost)
        for key in keys:
            parents = np.where(key.stored < 0, key.loaded, -1)
            _spread(lost, parents)
        if np.count_nonzero(lost) == before:
            return lost


def _spread(lost: Mask, parents: Numbers) -> None:
    """Marks what leads to a lost row, at twice the distance in each round."""
    parents = parents.copy()
    distance = 1
    while distance <= len(parents) and (parents >= 0).any():
        lost |= (parents >= 0) & lost[parents]
        parents = np.where(parents >= 0, parents[parents], -1)
        distance *= 2
