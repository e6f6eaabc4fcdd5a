"""A CSV file as an Arrow table, its columns typed by what all of their values can be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from coldb.engine.files.csv_parsing import Ragged, first_record, parse_options, refuse_open_quote
from coldb.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    from coldb.engine.files.file_format import FileFormat

__all__ = ["read_csv_table"]

# Arrow types a column by the values of the first block, so a block is a whole file, if it can be.
_LARGEST_BLOCK = 1 << 30


def read_csv_table(path: str, file_format: FileFormat, all_text: bool = False) -> pa.Table:
    """The rows of a file. Columns have the names in its first line; without a header `column0`,
    `column1` and so on. Raises DataError, and Arrow's and the system's errors."""
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ReadOptions, read_csv

    first = first_record(path, file_format)
    if not first:
        raise DataError(f'"{path}" is empty: it has no line that tells its columns')
    names = [f"column{number}" for number in range(len(first))]
    has_header = file_format.header is not False
    names = first if has_header else names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f'"{path}" has column "{twice}" twice: read it with header => false')
    ragged = Ragged(path)
    block = min(os.path.getsize(path) + 1, _LARGEST_BLOCK)
    convert = ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()) if all_text else None,
        null_values=[file_format.null],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    try:
        table = read_csv(
            path,
            ReadOptions(
                column_names=None if has_header else names, use_threads=False, block_size=block
            ),
            parse_options(file_format, len(first), ragged),
            convert,
        )
    except pa.ArrowInvalid as error:
        raise ragged.error(error) from error
    if table.num_rows and table.schema.types[-1] == pa.string():
        refuse_open_quote(path, file_format.quote, table.column(-1)[-1].as_py())
    return table
