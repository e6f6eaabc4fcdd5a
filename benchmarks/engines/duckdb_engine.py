"""DuckDB, in a database file of its own; without keys, whose indexes would only slow its loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from benchmarks.workload import Workload

__all__ = ["LIKE_POSTGRESQL", "DuckdbEngine"]

# What DuckDB means otherwise unless it is told: where NULLs sort, and 7 / 2.
LIKE_POSTGRESQL = (
    "SET default_null_order = 'nulls_last_on_asc_first_on_desc'",
    "SET integer_division = true",
)


class DuckdbEngine:
    def __init__(self, directory: Path, threads: int) -> None:
        import duckdb

        self._duckdb = duckdb
        self._path = directory / "warehouse.duckdb"
        self._threads = threads

    def version(self) -> str:
        return f"DuckDB {self._duckdb.__version__}"

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = self._duckdb.connect(str(self._path), config={"threads": self._threads})
        # A progress bar would be drawn over our own words.
        connection.execute("SET enable_progress_bar = false")
        for setting in LIKE_POSTGRESQL:
            connection.execute(setting)
        return connection

    def load(self, workload: Workload, files: dict[str, Path]) -> None:
        with self._connect() as connection:
            for table, path in files.items():
                connection.execute(f"CREATE TABLE {table} AS FROM '{path}'")
            connection.execute("CHECKPOINT")

    def open(self, files: dict[str, Path]) -> None:
        self._connection = self._connect()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()
