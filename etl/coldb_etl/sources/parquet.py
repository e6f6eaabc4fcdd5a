"""Parquet files. The query of a table is a file name or a pattern; columns are matched by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from coldb_etl.errors import SourceError, one_line
from coldb_etl.names import Matching, match_names
from coldb_etl.options import refuse_unknown_options
from coldb_etl.sources.files import SourceFiles
from coldb_etl.sources.source import BATCH_ROWS, Piece, Stream, require_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from coldb_warehouse.schema import Column

    from coldb_etl.sources.source import Position

__all__ = ["ParquetSource"]


class ParquetSource:
    """A Parquet file or a directory of them. All files of one query have the same schema."""

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        refuse_unknown_options("parquet", options, ())
        self._files = SourceFiles(path)

    def position(self) -> Position:
        return self._files.position()

    def match(self, query: str, columns: Sequence[Column]) -> Matching:
        schema = self._schema(self._files.named(query))
        return match_names([column.name for column in columns], schema.names)

    def count(self, query: str) -> int:
        return sum(_opened(file).metadata.num_rows for file in self._files.named(query))

    def extract(self, query: str, columns: Sequence[Column]) -> Stream:
        matching = self.match(query, columns)
        require_columns(matching)
        files = self._files.named(query)
        found = self._schema(files)
        names = [matching.pairs[column.name] for column in columns]
        schema = pa.schema(
            [(c.name, found.field(name).type) for c, name in zip(columns, names, strict=True)]
        )
        return Stream(schema, self._pieces(files, names, schema))

    def close(self) -> None:
        """Files are closed as soon as they are read."""

    def _schema(self, files: Sequence[Path]) -> pa.Schema:
        schema = _opened(files[0]).schema_arrow
        for file in files[1:]:
            if not _opened(file).schema_arrow.equals(schema):
                raise SourceError(f'"{file}" and "{files[0]}" differ in their columns')
        return schema

    def _pieces(
        self, files: Sequence[Path], names: list[str], schema: pa.Schema
    ) -> Iterator[Piece]:
        for file in files:
            try:
                for batch in _opened(file).iter_batches(BATCH_ROWS, columns=names):
                    rows = [batch.column(name) for name in names]
                    yield Piece(pa.RecordBatch.from_arrays(rows, schema=schema))
            except (pa.ArrowException, OSError) as error:
                raise SourceError(f'Parquet file "{file}": {one_line(error)}') from error
        self._files.check_unchanged(files)


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f'Parquet file "{file}": {one_line(error)}') from error
