"""Parquet and Arrow files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.statements.copy.columns import present_columns, under_own_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column

__all__ = ["columnar_writer", "read_arrow", "read_parquet"]

_BATCH_ROWS = 1 << 18
_MOST_CODE_BYTES = 4  # a value, in a column chunk that holds little more than codes


def read_parquet(path: str, statement: ast.Copy, columns: Sequence[Column]) -> pa.RecordBatchReader:
    """The columns of the table that the file has, in batches; text by the file's dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    file = pq.ParquetFile(path, read_dictionary=_coded_columns(file), metadata=file.metadata)
    stored = file.schema_arrow
    present = present_columns(statement, columns, stored.names)
    batches = file.iter_batches(batch_size=_BATCH_ROWS, columns=list(present.values()))
    schema = pa.schema([stored.field(there).with_name(name) for name, there in present.items()])
    return pa.RecordBatchReader.from_batches(
        schema, (under_own_names(batch, present) for batch in batches)
    )


def _coded_columns(file: Any) -> list[str]:
    """The columns of text that the file holds as codes into dictionaries, all or nearly all of it.

    To read one as codes spares the load from hashing its strings; of others Arrow would have to make
    the dictionaries first.
    """
    import pyarrow as pa

    metadata, names = file.metadata, []
    if not metadata.num_row_groups or metadata.num_columns != len(file.schema_arrow):
        return []  # nested columns: the numbers of columns and fields differ
    first = metadata.row_group(0)
    for number, field in enumerate(file.schema_arrow):
        column = first.column(number)
        if (
            field.type in (pa.string(), pa.large_string(), pa.string_view())
            and column.has_dictionary_page
            and column.total_uncompressed_size <= _MOST_CODE_BYTES * first.num_rows
        ):
            names.append(field.name)
    return names


def read_arrow(path: str, statement: ast.Copy, columns: Sequence[Column]) -> pa.RecordBatchReader:
    """The columns of the table that the file has; the file is mapped, not read."""
    import pyarrow as pa

    file = pa.ipc.open_file(pa.memory_map(path))
    present = present_columns(statement, columns, file.schema.names)
    table = file.read_all().select(list(present.values()))
    return table.rename_columns(list(present)).to_reader(_BATCH_ROWS)


def columnar_writer(path: str, schema: pa.Schema, name: str) -> Any:
    """A context manager with `write_batch`, for either format."""
    import pyarrow as pa

    if name == "arrow":
        return pa.ipc.new_file(path, schema)
    import pyarrow.parquet as pq

    return pq.ParquetWriter(path, schema, compression="zstd")
