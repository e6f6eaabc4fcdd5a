"""The rows that the last loads refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from coldb_warehouse.convert import to_arrow

from coldb_etl.log import REJECTS
from coldb_etl.state import State

if TYPE_CHECKING:
    import datetime as dt

    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.warehouse import Warehouse

__all__ = ["Reject", "rejected_rows", "rejects"]


@dataclass(frozen=True, slots=True)
class Reject:
    """A refused row as JSON text, and why it was refused."""

    run: int
    at: dt.datetime
    table: str
    reason: str
    row: str


def rejects(
    warehouse: Warehouse, table: str | None = None, limit: int | None = None
) -> tuple[Reject, ...]:
    """The refused rows of the last load of each table, or of one table, in the order of loading.

    Raises CatalogError if there is no such table. Those of earlier runs are in table `etl_rejects`.
    """
    snapshot = warehouse.snapshot()
    if table is not None:
        snapshot.table(table)
    found = rejected_rows(snapshot, table).slice(0, limit)
    return tuple(Reject(*row) for row in zip(*(c.to_pylist() for c in found.columns), strict=True))


def rejected_rows(snapshot: Snapshot, table: str | None = None) -> pa.Table:
    """The same as rows of `etl_rejects`."""
    columns = [column.name for column in REJECTS.columns]
    if not snapshot.has_table(REJECTS.name):
        return pa.table({c.name: pa.array([], c.type.to_arrow()) for c in REJECTS.columns})
    stored = snapshot.table(REJECTS.name)
    arrays = [to_arrow(*stored.values(c.name), c.type) for c in REJECTS.columns]
    everything = pa.table(arrays, columns)
    last_loads = State.of(snapshot).tables
    wanted = pa.array([False] * everything.num_rows, pa.bool_())
    for name, last in last_loads.items():
        if table in (None, name):
            is_last = pc.equal(everything["run_id"], last.run)
            wanted = pc.or_(wanted, pc.and_(is_last, pc.equal(everything["table_name"], name)))
    return everything.filter(wanted)
