"""coldb: the star declared, keys resolved and facts sorted by the load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["ColdbEngine"]


class ColdbEngine:
    def __init__(self, directory: Path, threads: int) -> None:
        import coldb

        self._coldb = coldb
        self._path = directory / "warehouse.coldb"
        self._threads = threads

    def version(self) -> str:
        return f"coldb {self._coldb.__version__}"

    def load(self, workload: Workload, files: dict[str, Path]) -> None:
        with self._coldb.connect(self._path, threads=self._threads) as connection:
            connection.execute(workload.schema)
            for table, path in files.items():
                connection.execute(f"COPY {table} FROM '{path}'")

    def open(self, files: dict[str, Path]) -> None:
        self._connection = self._coldb.connect(self._path, threads=self._threads)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()
