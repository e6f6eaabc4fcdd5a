"""What a run would do, found out without doing it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_etl.errors import EtlError
from coldb_etl.model import filling_of, modelled_tables
from coldb_etl.sources.open import open_source
from coldb_etl.sources.source import require_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb_warehouse.schema import ForeignKey, TableSchema
    from coldb_warehouse.warehouse import Warehouse

    from coldb_etl.names import Matching
    from coldb_etl.sources.source import Source

__all__ = ["Plan", "TablePlan", "plan"]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What a run would do with one table.

    `rows` are those of the source, None if they cannot be counted; `rows_now` those that would be
    replaced. `problem` says in one line why a run would fail; with it, `matching` may be None.
    """

    schema: TableSchema
    rows: int | None
    rows_now: int
    matching: Matching | None
    problem: str | None

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """The keys that would be resolved, each with its policy."""
        return self.schema.foreign_keys


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables in the order in which a run would load them."""

    tables: tuple[TablePlan, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(
            f'table "{table.schema.name}": {table.problem}'
            for table in self.tables
            if table.problem
        )


def plan(warehouse: Warehouse, *, tables: Iterable[str] | None = None) -> Plan:
    """Look at the sources of all modelled tables (or those named, and what refers to them).

    What is wrong with one table is told in its plan. Raises ModelError if there is no plan at all.
    """
    snapshot = warehouse.snapshot()
    planned = []
    with ExitStack() as stack:
        opened: dict[str, Source | EtlError] = {}
        for table in modelled_tables(snapshot, tables):
            name = filling_of(table).source
            if name not in opened:
                opened[name] = _opened(warehouse, name, stack)
            planned.append(_planned(table, opened[name], snapshot.table(table.name).live_rows))
    return Plan(tuple(planned))


def _opened(warehouse: Warehouse, name: str, stack: ExitStack) -> Source | EtlError:
    try:
        source = open_source(warehouse, name)
    except EtlError as error:
        return error
    stack.callback(source.close)
    return source


def _planned(table: TableSchema, source: Source | EtlError, rows_now: int) -> TablePlan:
    if isinstance(source, EtlError):
        return TablePlan(table, None, rows_now, None, str(source))
    query = filling_of(table).query
    matching = rows = None
    try:
        matching = source.match(query, table.columns)
        rows = source.count(query)
        require_columns(matching)
    except EtlError as error:
        return TablePlan(table, rows, rows_now, matching, str(error))
    return TablePlan(table, rows, rows_now, matching, None)
