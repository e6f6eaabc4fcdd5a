"""Aggregates of a whole table that nothing has to be scanned for.

The number of rows, of nulls, and the extremes of integers and dates stand in the manifest; the sum of a
column that is stored as runs is added up run by run, without decoding it (Abadi, Madden, Ferreira 2006).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.execute.columns import POSITION
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Scan
from coldb.engine.vector import Vector
from coldb_warehouse.encodings import ENCODINGS, ByRun
from coldb_warehouse.types import BIGINT, BOOLEAN, decimal

if TYPE_CHECKING:
    from coldb.engine.calls import AggregateCall
    from coldb.engine.execute.context import ExecutionContext
    from coldb.engine.execute.states.state import State
    from coldb.engine.plan import Aggregate
    from coldb_warehouse import TableSnapshot

__all__ = ["states_of_table"]

_BY_RUN = frozenset(encoding.name for encoding in ENCODINGS if isinstance(encoding, ByRun))
_INT64 = 1 << 63


def states_of_table(plan: Aggregate, context: ExecutionContext) -> tuple[State, ...] | None:
    """The states of all aggregates, of one group; None if the rows have to be looked at.

    The input has to be a scan of a table without conditions.
    """
    scan = plan.child
    if plan.keys or plan.sets is not None or not isinstance(scan, Scan) or scan.predicates:
        return None
    table = context.reader_at(scan.past).snapshot.table(scan.table)
    states = []
    for call in plan.aggregates:
        state = None if call.distinct or call.filter else _state(call, scan, table)
        if state is None:
            return None
        states.append(state)
    return tuple(states)


def _state(call: AggregateCall, scan: Scan, table: TableSnapshot) -> State | None:
    if call.function == "count_star":
        return (_number(table.live_rows),)
    argument = call.arguments[0]
    if not isinstance(argument, FieldRef) or not table.live_rows:
        return None
    column = scan.columns[scan.fields.index(argument.field)]
    if column.startswith(POSITION) or not table.statistics(column).is_exact:
        return None
    match call.function:
        case "count":
            return (_number(table.live_rows - table.statistics(column).nulls),)
        case "min" | "max":
            return _extreme(table, column, largest=call.function == "max")
        case "sum" | "avg":
            return _sum(table, column)
        case _:
            return None


def _extreme(table: TableSnapshot, column: str, *, largest: bool) -> State | None:
    known, type_ = table.statistics(column), table.type_of(column)
    value = known.high if largest else known.low
    if known.is_coded or not type_.is_discrete or type_ == BOOLEAN or not isinstance(value, int):
        return None
    return (Vector(type_, np.array([value], type_.dtype)),)


def _sum(table: TableSnapshot, column: str) -> State | None:
    type_ = table.type_of(column)
    stored_by_run = all(
        _BY_RUN.issuperset(segment.statistics(column).encodings) for segment in table.segments
    )
    if not type_.is_exact or not stored_by_run:
        return None
    total = 0
    for segment in table.segments:
        part = segment.sum(column)
        if part is None:
            return None
        total += part
    if not -_INT64 <= total < _INT64:
        return None
    return (Vector(decimal(38, type_.scale), np.array([total])), _number(table.live_rows))


def _number(value: int) -> Vector:
    return Vector(BIGINT, np.array([value], dtype=np.int64))
