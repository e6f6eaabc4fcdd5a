"""COPY table FROM 'file', COPY table | (query) TO 'file'."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from coldb_grammar import ast
from coldb_warehouse.types import VARCHAR, Kind

from coldb.engine.bind import named_columns
from coldb.engine.files.errors import file_errors
from coldb.engine.query import execute, plan_query
from coldb.errors import DataError, OperationalError
from coldb.result import Result
from coldb.statements.assignment import assigned
from coldb.statements.copy.columnar import columnar_writer, read_arrow, read_parquet
from coldb.statements.copy.csv_reader import read_csv
from coldb.statements.copy.csv_writer import CsvWriter
from coldb.statements.copy.options import file_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from coldb.engine.files.file_format import FileFormat
    from coldb.engine.query import PlannedQuery, QueryContext, Stages
    from coldb.session import Session

__all__ = ["copy"]


def copy(session: Session, statement: ast.Copy, parameters: Any, stages: Stages) -> Result:
    """Runs the statement; the result counts the rows."""
    chosen = file_format(statement)
    with file_errors(statement.path):
        if statement.direction == "from":
            return _copy_from(session, statement, chosen)
        return _copy_to(session, statement, chosen, parameters, stages)


# --- from --------------------------------------------------------------------------------------


def _copy_from(session: Session, statement: ast.Copy, chosen: FileFormat) -> Result:
    assert statement.table is not None
    with session.writing() as transaction:
        schema = session.catalog(transaction).stored(statement.table)
        columns = named_columns(schema, statement.columns) or schema.columns
        path = os.path.expanduser(statement.path)
        match chosen.name:
            case "parquet":
                reader = read_parquet(path, statement, columns)
            case "arrow":
                reader = read_arrow(path, statement, columns)
            case _:
                reader = read_csv(path, chosen, statement, columns)
        result = transaction.append(schema.name, _checked(reader, session))
    return Result("COPY", rowcount=result.rows)


def _checked(reader: pa.RecordBatchReader, session: Session) -> pa.RecordBatchReader:
    """The same batches, with a look at the cancel flag between them."""
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            session.check_cancelled()
            yield batch

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


# --- to ----------------------------------------------------------------------------------------


def _copy_to(
    session: Session, statement: ast.Copy, chosen: FileFormat, parameters: Any, stages: Stages
) -> Result:
    context = session.query_context(stages)
    planned = plan_query(statement.query or _whole_table(statement), parameters, context)
    if chosen.name == "csv":
        planned = assigned(planned, (VARCHAR,) * len(planned.names))
    if chosen.name == "parquet":
        _check_for_parquet(planned, statement)
    path = os.path.realpath(os.path.expanduser(statement.path))
    directory = os.path.dirname(path)
    if not os.path.isdir(directory):
        raise OperationalError(f'no directory "{directory}"')
    if os.path.exists(path) and not os.path.isfile(path):
        # A pipe or a device is written to, not replaced; a directory is refused.
        return Result("COPY", rowcount=_write(path, planned, chosen, context))
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        rows = _write(temporary, planned, chosen, context)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return Result("COPY", rowcount=rows)


def _check_for_parquet(planned: PlannedQuery, statement: ast.Copy) -> None:
    for name, field in zip(planned.names, planned.plan.fields, strict=True):
        if field.type.kind is Kind.INTERVAL:
            message = f'column "{name}" is an INTERVAL, which Parquet has not: cast it to VARCHAR'
            raise DataError(message, statement.span)


def _whole_table(statement: ast.Copy) -> ast.Query:
    assert statement.table is not None
    names = statement.columns
    items = (
        tuple(ast.SelectItem(ast.ColumnRef(name, span=name.span), span=name.span) for name in names)
        if names
        else (ast.SelectItem(ast.Star()),)
    )
    source = ast.NamedTable(statement.table, span=statement.table.span)
    return ast.Query(ast.Select(items, source, span=statement.span), span=statement.span)


def _write(path: str, planned: PlannedQuery, chosen: FileFormat, context: QueryContext) -> int:
    """Writes the rows of the query and counts them."""
    _, _, stream = execute(planned, context)
    if chosen.name == "csv":
        writer: Any = CsvWriter(path, planned.names, chosen)
    else:
        writer = columnar_writer(path, planned.arrow_schema, chosen.name)
    rows = 0
    with writer:
        for batch in stream:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
