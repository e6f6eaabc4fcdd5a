"""What the warehouse remembers of its loads: one property in the manifest of each commit."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.writing.transaction import Transaction

    from coldb_etl.sources.source import Position

__all__ = ["LoadedTable", "State"]

_PROPERTY = "etl.state"


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """The last load of one table.

    `keys_unknown` counts by foreign key; `rows_inferred` by table, the rows that this load added
    there. `rows_kept` are all rows of this table after the run, those that others inferred too.
    """

    run: int
    at: dt.datetime
    seconds: float
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    keys_unknown: dict[str, int]
    rows_inferred: dict[str, int]
    rows_kept: int
    digest: str


@dataclass(slots=True)
class State:
    """The last run that changed something, and what is known of each table and source.

    `positions` says where each source stood, as the source itself tells it.
    """

    run: int = 0
    tables: dict[str, LoadedTable] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: Snapshot) -> State:
        stored: dict[str, Any] = snapshot.properties.get(_PROPERTY, {})
        tables = {
            name: LoadedTable(**{**values, "at": dt.datetime.fromisoformat(values["at"])})
            for name, values in stored.get("tables", {}).items()
        }
        return cls(stored.get("run", 0), tables, stored.get("positions", {}))

    def has(self, table: TableSchema, snapshot: Snapshot, digest: str) -> bool:
        """Whether the table still holds what a load of that digest would bring."""
        loaded = self.tables.get(table.name)
        return (
            loaded is not None
            and loaded.digest == digest
            and loaded.rows_kept == snapshot.table(table.name).live_rows
        )

    def save(self, transaction: Transaction) -> None:
        """Keep the state with the transaction; tables that are no more are forgotten."""
        snapshot = transaction.snapshot()
        tables = {}
        for name, loaded in self.tables.items():
            if snapshot.has_table(name):
                tables[name] = {**asdict(loaded), "at": loaded.at.isoformat()}
        value = {"run": self.run, "tables": tables, "positions": self.positions}
        transaction.set_property(_PROPERTY, value)
