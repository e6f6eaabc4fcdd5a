"""CSV files as batches of text: the warehouse converts text by the rules of casts, exactly or not at all."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Any

from coldb.errors import DataError
from coldb.statements.copy.columns import present_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from coldb_grammar import ast
    from coldb_warehouse.schema import Column

    from coldb.statements.copy.options import FileFormat

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
    first = _first_record(path, file_format)
    header = set(first) >= set(wanted) if file_format.header is None else file_format.header
    if not first:
        return pa.schema([(name, pa.string()) for name in wanted]).empty_table().to_reader()
    present = present_columns(statement, columns, first) if header else wanted
    names = None if header else wanted
    if names is not None and len(first) == len(names) + 1 and not first[-1]:
        # Lines may end in a delimiter, as those of dbgen do: a last field, which has to be empty.
        names = [*names, _END]
    ragged = _Ragged(path)
    options = _options(
        file_format, names, [*present, *(names or ())[len(wanted) :]], len(first), ragged
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
                    last = batch.column(present[-1])[-1].as_py()
                yield batch.select(present)
        except pa.ArrowInvalid as error:
            raise ragged.error(error) from error
        _refuse_open_quote(path, file_format.quote, last)

    schema = pa.schema([reader.schema.field(name) for name in present])
    return pa.RecordBatchReader.from_batches(schema, batches())


def _refuse_text(end: pa.Array, path: str, fields: int) -> None:
    """The field behind a delimiter at the end of a line is no field only as long as it is empty."""
    import pyarrow.compute as pc

    if pc.any(pc.not_equal(pc.fill_null(end, ""), "")).as_py():
        raise DataError(f'a line of "{path}" has {fields + 1} fields where {fields} are expected')


def _refuse_open_quote(path: str, quote: str, last: str | None) -> None:
    """Arrow takes a quoted field that never ends for one that ends with the file, and all lines in it."""
    if not last:
        return
    tail = (quote + last.replace(quote, quote + quote)).encode()
    with open(path, "rb") as file:
        file.seek(max(os.path.getsize(path) - len(tail), 0))
        if file.read() == tail:
            start = " ".join(last.split())[:40]
            raise DataError(f'a quote in "{path}" is never closed: {quote}{start}')


class _Ragged:
    """Remembers the first line with too few or too many fields, of which Arrow tells only here."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._row: Any = None

    def refuse(self, row: Any) -> str:
        self._row = self._row or row
        return "error"

    def error(self, arrow: Exception) -> Exception:
        """What to raise for an error of Arrow."""
        row = self._row
        if row is None:
            return arrow
        where = f"line {row.number} " if row.number else "a line "
        text = row.text if len(row.text) <= 60 else row.text[:57] + "..."
        return DataError(
            f'{where}of "{self._path}" has {row.actual_columns} fields where'
            f" {row.expected_columns} are expected: {' '.join(text.split())}"
        )


def _first_record(path: str, file_format: FileFormat) -> list[str]:
    """The fields of the first line; none of an empty file."""
    doubled = file_format.escape == file_format.quote
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        records = csv.reader(
            file,
            delimiter=file_format.delimiter,
            quotechar=file_format.quote,
            doublequote=doubled,
            escapechar=None if doubled else file_format.escape,
        )
        try:
            return next((record for record in records if record), [])
        except csv.Error as error:
            raise DataError(f'the first line of "{path}" cannot be read: {error}') from error


def _options(
    file_format: FileFormat,
    names: list[str] | None,
    present: list[str],
    fields: int,
    ragged: _Ragged,
) -> dict[str, Any]:
    """Arrow's settings; without `names` they are in the first line."""
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions

    doubled = file_format.escape == file_format.quote
    return {
        "read_options": ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK_BYTES),
        "parse_options": ParseOptions(
            delimiter=file_format.delimiter,
            quote_char=file_format.quote,
            double_quote=doubled,
            escape_char=False if doubled else file_format.escape,
            newlines_in_values=True,
            # The NULL of a single column may be an empty line.
            ignore_empty_lines=fields > 1,
            invalid_row_handler=ragged.refuse,
        ),
        "convert_options": ConvertOptions(
            column_types={name: pa.string() for name in present},
            null_values=[file_format.null],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            include_columns=present,
        ),
    }
