"""INSERT: the rows of a query, converted to the columns they go into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_warehouse.types import VARCHAR, Kind

from coldb.engine.query import PlannedQuery, execute, plan_query
from coldb.errors import ProgrammingError
from coldb.result import Result
from coldb.statements.assignment import assigned

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column, TableSchema
    from coldb_warehouse.types import Type

    from coldb.engine.query import QueryContext, Stages
    from coldb.session import Session

__all__ = ["insert", "named_columns"]


def insert(session: Session, statement: ast.Insert, parameters: Any, stages: Stages) -> Result:
    """INSERT INTO table [(columns)] VALUES ... | query."""
    with session.writing() as transaction:
        schema = transaction.snapshot().table(statement.table.text).schema
        columns = named_columns(schema, statement.columns)
        context = session.query_context(stages, transaction)
        planned = _converted(plan_query(statement.query, parameters, context), columns, statement)
        rows = _run(planned, columns, context)
        result = transaction.append(schema.name, rows)
    return Result("INSERT", rowcount=result.rows)


def named_columns(schema: TableSchema, names: tuple[ast.Identifier, ...]) -> tuple[Column, ...]:
    """The columns that a list names, all of them for an empty list. Errors point at the name."""
    from coldb_warehouse.errors import CatalogError

    if not names:
        return schema.columns
    columns: list[Column] = []
    for name in names:
        try:
            column = schema.column(name.text)
        except CatalogError as error:
            raise ProgrammingError(str(error), name.span) from error
        if column in columns:
            raise ProgrammingError(f'column "{name.text}" is named twice', name.span)
        columns.append(column)
    return tuple(columns)


def _converted(
    planned: PlannedQuery, columns: tuple[Column, ...], statement: ast.Insert
) -> PlannedQuery:
    """The query with each output converted to the column it goes into."""
    given = len(planned.names)
    if given != len(columns):
        raise ProgrammingError(
            f'INSERT into "{statement.table.text}" needs {len(columns)} values a row, but {given} are given',
            statement.query.span,
        )
    return assigned(planned, [_assignable(column.type) for column in columns])


def _assignable(target: Type) -> Type:
    """VARCHAR(n) as VARCHAR: a cast would cut the text, but an assignment refuses what is too long."""
    return VARCHAR if target.kind is Kind.VARCHAR else target


def _run(planned: PlannedQuery, columns: tuple[Column, ...], context: QueryContext) -> pa.Table:
    import pyarrow as pa

    named = PlannedQuery(planned.plan, tuple(column.name for column in columns), planned.frames)
    _, _, stream = execute(named, context)
    schema = pa.schema([pa.field(column.name, column.type.to_arrow()) for column in columns])
    return pa.Table.from_batches([batch.cast(schema) for batch in stream], schema)
