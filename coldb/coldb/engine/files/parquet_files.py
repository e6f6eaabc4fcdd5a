"""Parquet files as rows that are read while a query runs, and only the columns that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from coldb.engine.files.errors import file_errors
from coldb.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

__all__ = ["ParquetFiles"]


@dataclass(frozen=True)
class ParquetFiles:
    """One or more files with the same columns, whose rows follow each other."""

    paths: tuple[str, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns. Raises DataError where they are others in some file."""
        import pyarrow.parquet as pq

        schemas = []
        for path in self.paths:
            with file_errors(path):
                schemas.append(pq.read_schema(path).remove_metadata())
        columns = [[f"{field.name} {field.type}" for field in schema] for schema in schemas]
        check_same_columns(self.paths, columns)
        return schemas[0]

    def parts(self, columns: Sequence[str]) -> Iterator[Callable[[], pa.Table]]:
        """Reads of these columns, one for each row group; of none, where only rows are counted, the
        tables have the right number of rows still."""
        import pyarrow.parquet as pq

        for path in self.paths:
            with file_errors(path):
                groups = pq.read_metadata(path).num_row_groups
            for group in range(groups):
                yield partial(_read, path, group, list(columns))


def check_same_columns(paths: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    """Refuses files that are to be read as one if what is told of their columns differs."""
    for path, told in zip(paths, columns, strict=True):
        if told != columns[0]:
            pairs = zip(columns[0], told, strict=False)
            one, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
            what = f'"{other}" where that has "{one}"' if one else "another number of columns"
            message = f'"{path}" has {what}: files that are read as one need the same columns'
            raise DataError(f'{message} as "{paths[0]}"')


def _read(path: str, group: int, columns: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    with file_errors(path), pq.ParquetFile(path) as file:
        return file.read_row_group(group, columns, use_threads=False)
