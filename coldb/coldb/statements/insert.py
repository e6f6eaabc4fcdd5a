"""INSERT: the rows of a query, converted to the columns they go into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.query import plan_query
from coldb.result import Result
from coldb.statements.rows import all_rows, change_result, row_stream, written

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["insert"]


def insert(session: Session, statement: ast.Insert, parameters: Any, stages: Stages) -> Result:
    """INSERT {INTO | OVERWRITE} table [(columns)] VALUES ... | query [RETURNING ...]."""
    with session.writing() as transaction:
        context = session.query_context(stages, transaction)
        planned = plan_query(statement, parameters, context)
        table = statement.target.name.text
        if not planned.returned:
            stream = row_stream(planned, context)
            result = transaction.append(table, stream, overwrite=statement.overwrite)
            return Result("INSERT", rowcount=result.rows)
        rows = all_rows(planned, context)
        result = transaction.append(table, written(rows, planned), overwrite=statement.overwrite)
        return change_result("INSERT", rows, planned, result.rows)
