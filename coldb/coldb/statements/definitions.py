"""CREATE and DROP, of tables and sources."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coldb_warehouse.schema import Source

from coldb.engine.bind import Catalog, bind_query, table_schema, table_schema_as
from coldb.engine.query import plan_bound
from coldb.errors import ProgrammingError
from coldb.result import Result
from coldb.statements.rows import row_stream
from coldb.statements.views import keeping_views

if TYPE_CHECKING:
    from coldb_grammar import ast

    from coldb.engine.query import Stages
    from coldb.session import Session

__all__ = ["create_source", "create_table", "create_table_as", "drop_source", "drop_table"]


def create_table(session: Session, statement: ast.CreateTable) -> Result:
    """CREATE [DIMENSION | FACT] TABLE."""
    with session.writing() as transaction:
        snapshot = transaction.snapshot()
        catalog = Catalog(snapshot)
        if statement.if_not_exists and catalog.is_stored(statement.name.text):
            return Result("CREATE TABLE")
        catalog.check_free(statement.name)
        filling = statement.filling
        if filling is not None and all(
            source.name != filling.source.text for source in snapshot.sources
        ):
            raise ProgrammingError(
                f'no source "{filling.source.text}": create it first with CREATE SOURCE',
                filling.source.span,
            )
        transaction.create_table(table_schema(statement, catalog))
    return Result("CREATE TABLE")


def create_table_as(
    session: Session, statement: ast.CreateTableAs, parameters: Any, stages: Stages
) -> Result:
    """CREATE [DIMENSION | FACT] TABLE ... AS query; the result counts the rows."""
    with session.writing() as transaction:
        name = statement.name
        catalog = session.catalog(transaction)
        if statement.if_not_exists and catalog.is_stored(name.text):
            return Result("CREATE TABLE AS", rowcount=0)
        catalog.check_free(name)
        context = session.query_context(stages, transaction)
        with stages.timed("bind"):
            bound = bind_query(statement.query, context.catalog, parameters)
        schema = table_schema_as(statement, bound)
        planned = plan_bound(bound, context)
        columns = tuple(column.name for column in schema.columns)
        transaction.create_table(schema)
        rows = row_stream(replace(planned, names=columns), context)
        result = transaction.append(schema.name, rows)
    return Result("CREATE TABLE AS", rowcount=result.rows)


def drop_table(session: Session, statement: ast.DropTable) -> Result:
    """DROP TABLE [IF EXISTS]."""
    with session.writing() as transaction, keeping_views(transaction, statement.span):
        catalog = session.catalog(transaction)
        if catalog.view(statement.name.text) is not None:
            message = f'"{statement.name.text}" is a view: write DROP VIEW'
            raise ProgrammingError(message, statement.name.span)
        if statement.if_exists and not catalog.is_stored(statement.name.text):
            return Result("DROP TABLE")
        catalog.stored(statement.name)
        transaction.drop_table(statement.name.text)
    return Result("DROP TABLE")


def create_source(session: Session, statement: ast.CreateSource) -> Result:
    """CREATE SOURCE name (TYPE kind, option value, ...)."""
    options = {option.name: _option_text(option.value) for option in statement.options}
    kind = options.pop("type", None)
    if kind is None:
        raise ProgrammingError("a source needs a TYPE, such as TYPE sqlite", statement.span)
    name = statement.name.text
    with session.writing() as transaction:
        if any(source.name == name for source in transaction.snapshot().sources):
            if statement.if_not_exists:
                return Result("CREATE SOURCE")
            raise ProgrammingError(f'source "{name}" exists already', statement.name.span)
        transaction.create_source(Source(name, kind.lower(), tuple(options.items())))
    return Result("CREATE SOURCE")


def _option_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def drop_source(session: Session, statement: ast.DropSource) -> Result:
    """DROP SOURCE [IF EXISTS]."""
    name = statement.name.text
    with session.writing() as transaction:
        exists = any(source.name == name for source in transaction.snapshot().sources)
        if exists or not statement.if_exists:
            transaction.drop_source(name)
    return Result("DROP SOURCE")
