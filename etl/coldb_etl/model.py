"""The model: the tables of a warehouse that a source fills, and the order in which to fill them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from coldb_warehouse.schema import TableKind

from coldb_etl.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.schema import Filling, TableSchema

__all__ = ["filling_of", "in_load_order", "modelled_tables"]

_RANKS = {TableKind.DIMENSION: 0, TableKind.PLAIN: 1, TableKind.FACT: 2}


def modelled_tables(snapshot: Snapshot, names: Iterable[str] | None = None) -> list[TableSchema]:
    """The tables that have a filling, in load order; or those named, and what refers to them.

    A referenced table cannot be loaded alone: its rows change places, so all keys into it are
    resolved again. Raises ModelError.
    """
    modelled = {table.name: table for table in snapshot.tables if table.filling}
    if not modelled:
        raise ModelError(
            "no table has a source: give one with CREATE TABLE ... FROM SOURCE name AS '...'"
        )
    if names is None:
        return in_load_order(list(modelled.values()))
    chosen: set[str] = set()
    waiting = list(names)
    for name in waiting:
        snapshot.table(name)
        if name not in modelled:
            raise ModelError(
                f'table "{name}" has no source: only tables made with FROM SOURCE are loaded'
            )
        if name not in chosen:
            chosen.add(name)
            waiting += [table.name for table in modelled.values() if name in _referenced(table)]
    return in_load_order([modelled[name] for name in chosen])


def in_load_order(tables: Sequence[TableSchema]) -> list[TableSchema]:
    """Referenced tables before those that refer to them. Raises ModelError on a circle."""
    by_name = {table.name: table for table in tables}
    sorter = TopologicalSorter({t.name: sorted(_referenced(t) & by_name.keys()) for t in tables})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(f'"{name}"' for name in error.args[1])
        raise ModelError(f"tables refer to each other in a circle: {circle}") from error
    order: list[TableSchema] = []
    while sorter.is_active():
        ready = sorter.get_ready()
        order += sorted((by_name[n] for n in ready), key=lambda t: (_RANKS[t.kind], t.name))
        sorter.done(*ready)
    return order


def filling_of(table: TableSchema) -> Filling:
    """The filling of a modelled table."""
    if table.filling is None:
        raise ModelError(f'table "{table.name}" has no source')
    return table.filling


def _referenced(table: TableSchema) -> set[str]:
    """The other tables that keys of the table lead to."""
    return {key.table for key in table.foreign_keys} - {table.name}
