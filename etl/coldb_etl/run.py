"""A load of the star: one view of each source, one commit of all tables, or nothing at all."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_etl.load import Load, digest_of, load_table
from coldb_etl.log import log_rejects, log_run
from coldb_etl.model import filling_of, modelled_tables
from coldb_etl.progress import Progress
from coldb_etl.sources.open import open_sources
from coldb_etl.state import LoadedTable, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.warehouse import Warehouse
    from coldb_warehouse.writing.transaction import Transaction

    from coldb_etl.progress import Report
    from coldb_etl.sources.source import Position, Source

__all__ = ["RunReport", "run"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. When it `is_unchanged`, the version is the old one and `loads` are empty."""

    run: int
    version: int
    is_unchanged: bool
    seconds: float
    loads: tuple[Load, ...]


def run(
    warehouse: Warehouse, *, tables: Iterable[str] | None = None, progress: Report | None = None
) -> RunReport:
    """Fill the modelled tables (or those named, and what refers to them) from their sources.

    All tables see their source at one moment and become visible in one commit. When no source has
    changed since the last run, nothing is written. An error or an interrupt changes nothing.
    Raises EtlError and WarehouseError.
    """
    started = time.perf_counter()
    with warehouse.begin() as transaction:
        before = transaction.snapshot()
        state = State.of(before)
        model = modelled_tables(before, tables)
        with open_sources(warehouse, [filling_of(table).source for table in model]) as sources:
            positions = {name: source.position() for name, source in sources.items()}
            # Equal positions hardly ever deceive, but only the rows themselves can prove it.
            is_unchanged = all(
                positions[name] == state.positions.get(name) for name in positions
            ) and all(
                state.has(table, before, digest_of(table, sources[filling_of(table).source]))
                for table in model
            )
            loads = [] if is_unchanged else _load_all(transaction, model, sources, progress)
        if is_unchanged or all(
            state.has(table, before, load.digest) for table, load in zip(model, loads, strict=True)
        ):
            transaction.rollback()
            return RunReport(state.run, before.version, True, time.perf_counter() - started, ())
        if progress is not None:
            rows = sum(load.rows_loaded for load in loads)
            progress(Progress("", "commit", rows, rows, time.perf_counter() - started))
        _remember(transaction, state, loads, positions)
        version = transaction.commit()
    seconds = time.perf_counter() - started
    return RunReport(state.run, version, False, seconds, tuple(loads))


def _load_all(
    transaction: Transaction,
    model: Sequence[TableSchema],
    sources: Mapping[str, Source],
    progress: Report | None,
) -> list[Load]:
    for table in reversed(model):
        transaction.truncate(table.name)
    return [
        load_table(transaction, table, sources[filling_of(table).source], progress)
        for table in model
    ]


def _remember(
    transaction: Transaction, state: State, loads: Sequence[Load], positions: Mapping[str, Position]
) -> None:
    """Write the log, the rejects and the new state into the commit of the data."""
    state.run += 1
    at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    snapshot = transaction.snapshot()
    loaded = {
        load.table: LoadedTable(
            run=state.run,
            at=at,
            seconds=round(load.seconds, 6),
            rows_read=load.rows_read,
            rows_loaded=load.rows_loaded,
            rows_rejected=load.rows_rejected,
            rows_inferred=load.rows_inferred,
            keys_unknown=load.keys_unknown,
            rows_kept=snapshot.table(load.table).live_rows,
            digest=load.digest,
        )
        for load in loads
    }
    state.tables.update(loaded)
    for name, position in positions.items():
        # A source is not where the star stands as long as one of its tables was left behind.
        if all(table.name in loaded for table in snapshot.tables if _is_filled_by(table, name)):
            state.positions[name] = position
    log_run(transaction, loaded)
    log_rejects(transaction, state.run, at, {load.table: load.rejected for load in loads})
    state.save(transaction)


def _is_filled_by(table: TableSchema, source: str) -> bool:
    return table.filling is not None and table.filling.source == source
