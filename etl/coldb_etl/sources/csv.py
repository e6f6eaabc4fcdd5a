"""CSV files. The query of a table is a file name or a pattern.

Every column is read as text and converted by the warehouse, as COPY does: a bad value costs its row
and no more. Lines with too few or too many fields are set aside as well.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import csv

from coldb_etl.errors import ModelError, SourceError, one_line
from coldb_etl.names import Matching, match_names
from coldb_etl.options import flag, refuse_unknown_options
from coldb_etl.sources.files import SourceFiles
from coldb_etl.sources.source import REJECTED, Piece, Stream, require_columns
from coldb_etl.sources.text import set_aside_invalid_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from coldb_warehouse.schema import Column

    from coldb_etl.sources.source import Position

__all__ = ["CsvSource"]

_OPTIONS = ("delimiter", "header", "null")
_BLOCK_BYTES = 4 << 20


class CsvSource:
    """A CSV file or a directory of them. All files of one query have the same columns.

    Options: `delimiter` (one character, a comma), `header` (true: the first line names the columns;
    false: they are those of the table, in order), `null` (the unquoted text that is NULL: the empty
    field).
    """

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        refuse_unknown_options("csv", options, _OPTIONS)
        self._has_header = flag(options, "header", True)
        self._delimiter = options.get("delimiter", ",")
        self._null = options.get("null", "")
        if len(self._delimiter) != 1 or self._delimiter in '"\r\n':
            raise ModelError(f"option DELIMITER must be one character, not {self._delimiter!r}")
        self._files = SourceFiles(path)

    def position(self) -> Position:
        return self._files.position()

    def match(self, query: str, columns: Sequence[Column]) -> Matching:
        wanted = [column.name for column in columns]
        found = self._columns(self._files.named(query))
        if self._has_header:
            return match_names(wanted, found)
        pairs = dict(zip(wanted, found, strict=False))
        return Matching(pairs, tuple(wanted[len(found) :]), tuple(found[len(wanted) :]))

    def count(self, query: str) -> int:
        rows = 0
        for file in self._files.named(query):
            names = self._columns([file])
            rows += sum(_rows(piece) for piece in self._pieces([file], names[:1]))
        return rows

    def extract(self, query: str, columns: Sequence[Column]) -> Stream:
        matching = self.match(query, columns)
        require_columns(matching)
        names = [column.name for column in columns]
        pieces = self._pieces(
            self._files.named(query), [matching.pairs[name] for name in names], names
        )
        return Stream(pa.schema([(name, pa.string()) for name in names]), pieces)

    def close(self) -> None:
        """Files are closed as soon as they are read."""

    def _columns(self, files: Sequence[Path]) -> list[str]:
        names: list[str] = self._opened(files[0]).schema.names
        for name in names:
            if names.count(name) > 1:
                raise SourceError(f'CSV file "{files[0]}" has two columns "{name}"')
        for file in files[1:]:
            if self._opened(file).schema.names != names:
                raise SourceError(f'"{file}" and "{files[0]}" differ in their columns')
        return names

    def _pieces(
        self, files: Sequence[Path], found: Sequence[str], names: Sequence[str] = ()
    ) -> Iterator[Piece]:
        """The columns `found` of the files, called `names`."""
        for file in files:
            ragged = _Ragged()
            reader = self._opened(file, found, ragged)
            while (batch := _next_batch(reader, file)) is not None:
                texts = [column.view(pa.string()) for column in batch.columns]
                rows = pa.RecordBatch.from_arrays(texts, list(names or found))
                yield set_aside_invalid_text(rows, ragged.taken())
            if (last := ragged.taken()) is not None:
                yield Piece(rows.slice(0, 0), last)
        self._files.check_unchanged(files)

    def _opened(
        self, file: Path, columns: Sequence[str] = (), ragged: _Ragged | None = None
    ) -> csv.CSVStreamingReader:
        if columns:
            convert = csv.ConvertOptions(
                column_types={name: pa.binary() for name in columns},
                include_columns=list(columns),
                null_values=[self._null],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            )
        else:
            convert = csv.ConvertOptions()
        parse = csv.ParseOptions(
            delimiter=self._delimiter,
            newlines_in_values=True,
            invalid_row_handler=ragged or _Ragged(),
        )
        read = csv.ReadOptions(
            block_size=_BLOCK_BYTES, autogenerate_column_names=not self._has_header
        )
        with _errors(file):
            return csv.open_csv(file, read, parse, convert)


class _Ragged:
    """Keeps the lines that have too few or too many fields."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._reasons: list[str] = []

    def __call__(self, row: Any) -> str:
        self._lines.append(json.dumps({"line": row.text}, ensure_ascii=False))
        self._reasons.append(f"{row.actual_columns} fields instead of {row.expected_columns}")
        return "skip"

    def taken(self) -> pa.RecordBatch | None:
        """The lines since the last call, as a `REJECTED` batch; None if there were none."""
        if not self._lines:
            return None
        batch = pa.record_batch([self._lines, self._reasons], schema=REJECTED)
        self._lines, self._reasons = [], []
        return batch


def _rows(piece: Piece) -> int:
    rejected = 0 if piece.rejected is None else piece.rejected.num_rows
    return int(piece.rows.num_rows + rejected)


def _next_batch(reader: csv.CSVStreamingReader, file: Path) -> pa.RecordBatch | None:
    with _errors(file):
        try:
            return reader.read_next_batch()
        except StopIteration:
            return None


@contextmanager
def _errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f'CSV file "{file}": {one_line(error)}') from error
