"""The engines that are compared, one a file. A new one needs its file and a line here.

Each imports its library only when it is made, in the process where it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.engines.coldb_engine import ColdbEngine
from benchmarks.engines.duckdb_engine import DuckdbEngine
from benchmarks.engines.polars_engine import PolarsEngine
from benchmarks.engines.sqlite_engine import SqliteEngine

if TYPE_CHECKING:
    from benchmarks.engines.engine import Engine

__all__ = ["ENGINES"]

ENGINES: dict[str, type[Engine]] = {
    "coldb": ColdbEngine,
    "duckdb": DuckdbEngine,  # the yardstick: an embedded column store
    "polars": PolarsEngine,  # data frames in memory
    "sqlite": SqliteEngine,  # the row store that the data usually comes from
}
