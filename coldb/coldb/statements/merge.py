"""MERGE, and INSERT ... ON CONFLICT, which is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb_grammar import ast
from coldb_warehouse.schema import ROW

from coldb.engine.bind import CLAUSE, bind_conflict, bind_merge, conflict_key
from coldb.engine.query import plan_bound
from coldb.errors import DataError
from coldb.statements.rows import all_rows, change_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from coldb_warehouse.schema import Column

    from coldb.engine.bind import BoundMerge
    from coldb.engine.query import Stages
    from coldb.result import Result
    from coldb.session import Session

__all__ = ["merge"]


def merge(
    session: Session, statement: ast.Merge | ast.Insert, parameters: Any, stages: Stages
) -> Result:
    """Changes, deletes and adds rows as the clauses say; the result counts them."""
    table = statement.target.name.text
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        with stages.timed("bind"):
            bind: Any = bind_merge if isinstance(statement, ast.Merge) else bind_conflict
            bound: BoundMerge = bind(statement, context.catalog, parameters)
        planned = plan_bound(bound.query, context)
        rows = all_rows(planned, context)
        updated = _with_action(rows, bound, ast.MergeUpdate)
        deleted = _with_action(rows, bound, ast.MergeDelete)
        inserted = _with_action(rows, bound, ast.MergeInsert)
        changed = _positions(updated), _positions(deleted)
        _check_once(np.concatenate(changed))
        # Rows let go of what they reference before that is deleted, and of their keys before these
        # are given to others.
        count = transaction.update(table, changed[0], _values(updated, bound.updated, 2))
        count += transaction.delete(table, changed[1])
        first = 2 + len(bound.updated)
        if isinstance(statement, ast.Insert) and statement.on_conflict is not None:
            schema = context.catalog.stored(statement.target.name)
            names = conflict_key(statement.on_conflict, schema)
            key = [first + bound.inserted.index(schema.column(name)) for name in names]
            inserted = _first_of_each_key(inserted, key, bound)
        count += transaction.append(table, _values(inserted, bound.inserted, first)).rows
        kind = "MERGE" if isinstance(statement, ast.Merge) else "INSERT"
        return change_result(kind, _together(updated, deleted, inserted), planned, count)


def _together(*rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables(rows)


def _with_action(rows: pa.Table, bound: BoundMerge, kind: type[ast.MergeAction]) -> pa.Table:
    """The rows for which a clause with an action of that kind holds."""
    clauses = [
        number for number, clause in enumerate(bound.clauses) if isinstance(clause.action, kind)
    ]
    return rows.take(np.flatnonzero(np.isin(rows.column(CLAUSE).to_numpy(), clauses)))


def _positions(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(rows.column(ROW), dtype=np.int64)


def _check_once(positions: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    in_order = np.sort(positions)
    if (in_order[1:] == in_order[:-1]).any():
        raise DataError(
            "a row of the target meets several rows of the source, and can be changed only once:"
            " make the source distinct"
        )


def _values(rows: pa.Table, columns: Sequence[Column], first: int) -> pa.Table:
    """The columns of the result from `first` on, under the names of the columns they are for."""
    values = rows.select(range(first, first + len(columns)))
    return values.rename_columns([column.name for column in columns])


def _first_of_each_key(rows: pa.Table, key: Sequence[int], bound: BoundMerge) -> pa.Table:
    """Of new rows with one key the first, as the others come into conflict with it; where that
    means an update, which only rows that were there can have, all. A key with a NULL is like no
    other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if bound.updated or not key or not rows.num_rows:
        return rows
    names = [str(index) for index in key]
    numbered = pa.table([rows.column(index) for index in key], names)
    numbered = numbered.append_column("#", pa.array(np.arange(rows.num_rows)))
    known = numbered.drop_null()
    first = known.group_by(names).aggregate([("#", "min")]).column("#_min").to_numpy()
    lone = pc.is_in(numbered.column("#"), known.column("#"))
    return rows.take(np.sort(np.concatenate([first, np.flatnonzero(~lone.to_numpy())])))
