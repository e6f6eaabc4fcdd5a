"""What Arrow's reader of CSV is told, and what it does not tell."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Any

from coldb.errors import DataError

if TYPE_CHECKING:
    from coldb.engine.files.file_format import FileFormat

__all__ = ["Ragged", "first_record", "parse_options", "refuse_open_quote"]


def refuse_open_quote(path: str, quote: str, last: str | None) -> None:
    """Arrow takes a quoted field that never ends for one that ends with the file, and all lines in it."""
    if not last:
        return
    tail = (quote + last.replace(quote, quote + quote)).encode()
    with open(path, "rb") as file:
        file.seek(max(os.path.getsize(path) - len(tail), 0))
        if file.read() == tail:
            start = " ".join(last.split())[:40]
            raise DataError(f'a quote in "{path}" is never closed: {quote}{start}')


class Ragged:
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


def first_record(path: str, file_format: FileFormat) -> list[str]:
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


def parse_options(file_format: FileFormat, fields: int, ragged: Ragged) -> Any:
    """How lines of so many fields are taken apart; `ragged` is told of the others."""
    from pyarrow.csv import ParseOptions

    doubled = file_format.escape == file_format.quote
    return ParseOptions(
        delimiter=file_format.delimiter,
        quote_char=file_format.quote,
        double_quote=doubled,
        escape_char=False if doubled else file_format.escape,
        newlines_in_values=True,
        # The NULL of a single column may be an empty line.
        ignore_empty_lines=fields > 1,
        invalid_row_handler=ragged.refuse,
    )
