"""SQLite: the row store in which the data of a small shop lives."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from benchmarks.ddl import without_star

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["SqliteEngine"]


class SqliteEngine:
    """It has one thread whatever is asked for. The keys of the dimensions are its indexes."""

    def __init__(self, directory: Path, threads: int) -> None:
        self._path = directory / "warehouse.sqlite"

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def load(self, workload: Workload, files: dict[str, Path]) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(without_star(workload.schema))
            for table, path in files.items():
                _insert(connection, table, path)
            connection.execute("ANALYZE")
            connection.commit()

    def open(self, files: dict[str, Path]) -> None:
        self._connection = sqlite3.connect(self._path)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()


def _insert(connection: sqlite3.Connection, table: str, path: Path) -> None:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        for batch in file.iter_batches():
            columns = [column.to_pylist() for column in batch.columns]
            connection.executemany(sql, zip(*columns, strict=True))
