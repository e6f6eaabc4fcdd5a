"""DELETE, UPDATE and TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coldb.engine.query import plan_query
from coldb.result import Result
from coldb.statements.rows import all_rows, change_result, written

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb_grammar import ast

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["delete", "truncate", "update"]


def delete(session: Session, statement: ast.Delete, parameters: Any, stages: Stages) -> Result:
    """DELETE FROM table [USING ...] [WHERE ...] [RETURNING ...]; the result counts the rows."""
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        planned = plan_query(statement, parameters, context)
        rows = _first_of_each_position(all_rows(planned, context))
        count = transaction.delete(statement.target.name.text, rows.column(0).to_numpy())
        return change_result("DELETE", rows, planned, count)


def update(session: Session, statement: ast.Update, parameters: Any, stages: Stages) -> Result:
    """UPDATE table SET ... [FROM ...] [WHERE ...] [RETURNING ...]; the result counts the rows.

    Of several rows of FROM that meet one row of the table, the first gives the values.
    """
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        planned = plan_query(statement, parameters, context)
        rows = _first_of_each_position(all_rows(planned, context))
        values = written(rows, planned).remove_column(0)
        positions = rows.column(0).to_numpy()
        count = transaction.update(statement.target.name.text, positions, values)
        return change_result("UPDATE", rows, planned, count)


def _first_of_each_position(rows: pa.Table) -> pa.Table:
    """Of rows whose first column is a position, the first of each."""
    positions = rows.column(0).to_numpy()
    if (positions[1:] > positions[:-1]).all():  # as a scan gives them
        return rows
    order = np.argsort(positions, kind="stable")
    in_order = positions[order]
    first = np.concatenate(([True], in_order[1:] > in_order[:-1]))
    return rows.take(order[first])


def truncate(session: Session, statement: ast.Truncate) -> Result:
    """TRUNCATE table, ...; tables that reference one another may be emptied together."""
    with session.writing() as transaction:
        catalog = session.catalog(transaction)
        named = {catalog.stored(table).name for table in statement.tables}
        for schema in reversed(transaction.snapshot().tables):  # what references comes after
            if schema.name in named:
                transaction.truncate(schema.name)
    return Result("TRUNCATE TABLE")
