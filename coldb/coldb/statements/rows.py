"""The rows of a planned query on their way into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.query import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from coldb.engine.query import PlannedQuery, QueryContext

__all__ = ["all_rows", "row_stream"]


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
