"""The Star Schema Benchmark as a workload."""

from __future__ import annotations

from pathlib import Path

from benchmarks.ssb.generator import generate
from benchmarks.workload import Query, Workload

__all__ = ["SSB"]

HERE = Path(__file__).parent

SSB = Workload(
    name="ssb",
    schema=(HERE / "schema.sql").read_text(),
    queries=tuple(
        Query(path.stem, path.read_text()) for path in sorted((HERE / "queries").glob("*.sql"))
    ),
    generate=generate,
)
