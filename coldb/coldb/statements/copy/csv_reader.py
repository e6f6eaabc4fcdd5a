"""CSV files as batches of text: the warehouse converts text by the rules of casts, exactly or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.files.csv_parsing import (
    Ragged,
    first_record,
    parse_options,
    refuse_open_quote,
)
from coldb.errors import DataError
from coldb.statements.copy.columns import matched, present_columns, under_own_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column

    from coldb.engine.files.file_format import FileFormat

__all__ = ["read_csv"]

_END = "#end of line"
_BLOCK_BYTES = 16 << 20


def read_csv(
    path: str, file_format: FileFormat, statement: ast.Copy, columns: Sequence[Column]
) -> pa.RecordBatchReader:
    """Columns by their names in a header, else by position. Raises DataError, also while it is read."""
    import pyarrow as pa
    from pyarrow.csv import open_csv

    wanted = [column.name for column in columns]
    first = first_record(path, file_format)
    header = file_format.header
    if header is None:
        header = len(matched(wanted, first)) == len(wanted)
    if not first:
        return pa.schema([(name, pa.string()) for name in wanted]).empty_table().to_reader()
    present = (
        present_columns(statement, columns, first) if header else {name: name for name in wanted}
    )
    names = None if header else wanted
    if names is not None and len(first) == len(names) + 1 and not first[-1]:
        # Lines may end in a delimiter, as those of dbgen do: a last field, which has to be empty.
        names = [*names, _END]
    ragged = Ragged(path)
    options = _options(
        file_format, names, [*present.values(), *(names or ())[len(wanted) :]], len(first), ragged
    )
    try:
        reader = open_csv(path, **options)
    except pa.ArrowInvalid as error:
        raise ragged.error(error) from error

    def batches() -> Iterator[pa.RecordBatch]:
        last: str | None = None
        try:
            for batch in reader:
                if names is not None and _END in names:
                    _refuse_text(batch.column(_END), path, len(wanted))
                if batch.num_rows and present:
                    last = batch.column(next(reversed(present.values())))[-1].as_py()
                yield under_own_names(batch, present)
        except pa.ArrowInvalid as error:
            raise ragged.error(error) from error
        refuse_open_quote(path, file_format.quote, last)

    schema = pa.schema(
        [reader.schema.field(there).with_name(name) for name, there in present.items()]
    )
    return pa.RecordBatchReader.from_batches(schema, batches())


def _refuse_text(end: pa.Array, path: str, fields: int) -> None:
    """The field behind a delimiter at the end of a line is no field only as long as it is empty."""
    import pyarrow.compute as pc

    if pc.any(pc.not_equal(pc.fill_null(end, ""), "")).as_py():
        raise DataError(f'a line of "{path}" has {fields + 1} fields where {fields} are expected')


def _options(
    file_format: FileFormat,
    names: list[str] | None,
    present: list[str],
    fields: int,
    ragged: Ragged,
) -> dict[str, Any]:
    """Arrow's settings; without `names` they are in the first line."""
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ReadOptions

    return {
        "read_options": ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK_BYTES),
        "parse_options": parse_options(file_format, fields, ragged),
        "convert_options": ConvertOptions(
            column_types={name: pa.string() for name in present},
            null_values=[file_format.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            include_columns=present,
        ),
    }
