"""DELETE, UPDATE and TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb_warehouse.schema import ROW

from coldb.engine.query import plan_query
from coldb.result import Result
from coldb.statements.rows import all_rows

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["delete", "truncate", "update"]


def delete(session: Session, statement: ast.Delete, parameters: Any, stages: Stages) -> Result:
    """DELETE FROM table [USING ...] [WHERE ...]; the result counts the rows."""
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        rows = all_rows(plan_query(statement, parameters, context), context)
        positions = np.unique(rows.column(ROW).to_numpy())
        count = transaction.delete(statement.target.name.text, positions)
    return Result("DELETE", rowcount=count)


def update(session: Session, statement: ast.Update, parameters: Any, stages: Stages) -> Result:
    """UPDATE table SET ... [FROM ...] [WHERE ...]; the result counts the rows.

    Of several rows of FROM that meet one row of the table, the first gives the values.
    """
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        rows = all_rows(plan_query(statement, parameters, context), context)
        positions, first = np.unique(rows.column(ROW).to_numpy(), return_index=True)
        values = rows.drop_columns(ROW).take(first)
        count = transaction.update(statement.target.name.text, positions, values)
    return Result("UPDATE", rowcount=count)


def truncate(session: Session, statement: ast.Truncate) -> Result:
    """TRUNCATE table, ...; tables that reference one another may be emptied together."""
    with session.writing() as transaction:
        catalog = session.catalog(transaction)
        named = {catalog.stored(table).name for table in statement.tables}
        for schema in reversed(transaction.snapshot().tables):  # what references comes after
            if schema.name in named:
                transaction.truncate(schema.name)
    return Result("TRUNCATE TABLE")
