"""Polars: the tables as data frames in memory, the queries through its SQL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["PolarsEngine"]


class PolarsEngine:
    def __init__(self, directory: Path, threads: int) -> None:
        os.environ["POLARS_MAX_THREADS"] = str(threads)  # read when Polars is imported
        import polars

        self._polars = polars

    def version(self) -> str:
        return f"Polars {self._polars.__version__}"

    def load(self, workload: Workload, files: dict[str, Path]) -> None:
        self.open(files)

    def open(self, files: dict[str, Path]) -> None:
        self._context = self._polars.SQLContext(
            {table: self._read(path) for table, path in files.items()}
        )

    def _read(self, path: Path) -> Any:
        # A sum of 32-bit integers has 32 bits in Polars and wraps; with 64 the answers are right.
        integers = self._polars.selectors.integer()
        return self._polars.read_parquet(path).with_columns(integers.cast(self._polars.Int64))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._context.execute(
            sql.rstrip().rstrip(";"), eager=True
        ).rows()
        return rows
