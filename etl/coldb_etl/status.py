"""How fresh the star is: the last load of each table, and whether its source has moved since."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from coldb_etl.errors import EtlError
from coldb_etl.model import filling_of, modelled_tables
from coldb_etl.sources.open import open_source
from coldb_etl.state import LoadedTable, State

if TYPE_CHECKING:
    from coldb_warehouse.warehouse import Warehouse

    from coldb_etl.sources.source import Position

__all__ = ["Freshness", "SourceStatus", "Status", "TableStatus", "status"]


class Freshness(Enum):
    """How a source stands to the last load from it."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"  # or only touched: a run looks at the rows themselves
    NEVER_LOADED = "never loaded"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source that fills tables; `problem` says why it is unreachable."""

    name: str
    kind: str
    freshness: Freshness
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class TableStatus:
    """A modelled table: its rows now, and its last load if there was one."""

    name: str
    source: str
    rows: int
    last: LoadedTable | None


@dataclass(frozen=True, slots=True)
class Status:
    """`run` is the number of the last run that changed something, 0 if there was none."""

    run: int
    tables: tuple[TableStatus, ...]
    sources: tuple[SourceStatus, ...]


def status(warehouse: Warehouse) -> Status:
    """The state of all modelled tables and their sources. Raises ModelError if there are none."""
    snapshot = warehouse.snapshot()
    state = State.of(snapshot)
    model = modelled_tables(snapshot)
    used = {filling_of(table).source for table in model}
    return Status(
        state.run,
        tuple(
            TableStatus(
                table.name,
                filling_of(table).source,
                snapshot.table(table.name).live_rows,
                state.tables.get(table.name),
            )
            for table in model
        ),
        tuple(
            _source_status(warehouse, source.name, source.kind, state.positions.get(source.name))
            for source in snapshot.sources
            if source.name in used
        ),
    )


def _source_status(
    warehouse: Warehouse, name: str, kind: str, loaded: Position | None
) -> SourceStatus:
    try:
        source = open_source(warehouse, name)
    except EtlError as error:
        return SourceStatus(name, kind, Freshness.UNREACHABLE, str(error))
    position = source.position()
    source.close()
    if loaded is None:
        return SourceStatus(name, kind, Freshness.NEVER_LOADED)
    is_same = position == loaded
    return SourceStatus(name, kind, Freshness.UNCHANGED if is_same else Freshness.CHANGED)
