"""The rows of a planned query on their way into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.query import execute
from coldb.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from coldb.engine.query import PlannedQuery, QueryContext

__all__ = ["all_rows", "change_result", "row_stream", "written"]


def row_stream(planned: PlannedQuery, context: QueryContext) -> pa.RecordBatchReader:
    """The rows, computed as they are read. NOT NULL is left for the table to check."""
    import pyarrow as pa

    _, _, stream = execute(planned, context)
    schema = pa.schema([field.with_nullable(True) for field in planned.arrow_schema])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in stream:
            yield batch.cast(schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def all_rows(planned: PlannedQuery, context: QueryContext) -> pa.Table:
    """The rows at once."""
    return row_stream(planned, context).read_all()


def written(rows: pa.Table, planned: PlannedQuery) -> pa.Table:
    """The rows of a change without the columns of RETURNING."""
    return rows.select(range(rows.num_columns - planned.returned))


def change_result(statement: str, rows: pa.Table, planned: PlannedQuery, count: int) -> Result:
    """What a change gives back: the columns of RETURNING of its rows, or nothing but their number.

    Made before the commit, so that a change that fails for it has changed nothing."""
    if not planned.returned:
        return Result(statement, rowcount=count)
    first = rows.num_columns - planned.returned
    fields = zip(planned.names[first:], planned.plan.fields[first:], strict=True)
    columns = tuple((name, field.type, True) for name, field in fields)
    batches = rows.select(range(first, rows.num_columns)).to_batches()
    return Result(statement, columns, batches, rowcount=count)
