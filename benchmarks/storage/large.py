"""A load larger than the memory it may use: five times the line orders, under a limit."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from benchmarks.isolated import isolated
from benchmarks.memory import peak_memory
from benchmarks.ssb.workload import SSB
from benchmarks.storage.part import Findings, Table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.storage.part import Options

__all__ = ["measure_large_load"]

TIMES = 5  # at scale factor 1 some 30 million line orders, which are 3 GB as CSV
LIMIT = "1GB"


def measure_large_load(options: Options) -> Findings:
    scale = options.scale * TIMES
    place = options.data / f"{SSB.name}-sf{scale:g}"
    options.say(f"data in {place}")
    files = SSB.generate(place / "parquet", scale)
    path = place / "limited" / "warehouse.coldb"
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(parents=True)
    seconds, memory = isolated(_load, path, files, options.threads)
    stored, in_order, segments = isolated(_inspect, path)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    shutil.rmtree(path.parent)
    rows = pq.read_metadata(files["lineorder"]).num_rows
    wrong = [] if stored == rows else [f"{stored:,} of {rows:,} line orders"]
    head = ["rows", "seconds", "rows/s", "limit", "peak MB", "MB on disk", "segments in order"]
    row = [
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        LIMIT,
        f"{memory / 1e6:.0f}",
        f"{size / 1e6:.0f}",
        f"{in_order} of {segments}",
    ]
    figures = {"rows": rows, "seconds": seconds, "memory": memory, "bytes": size}
    return Findings([Table("A load under a memory limit", head, [row])], figures, wrong)


def _load(path: Path, files: dict[str, Path], threads: int) -> tuple[float, int]:
    """Seconds, and peak bytes of memory."""
    import coldb

    started = time.perf_counter()
    with coldb.connect(path, threads=threads, memory_limit=LIMIT) as connection:
        connection.execute(SSB.schema)
        for table, file in files.items():
            connection.execute(f"COPY {table} FROM '{file}'")
    return time.perf_counter() - started, peak_memory()


def _inspect(path: Path) -> tuple[int, int, int]:
    """Line orders, and how many of their segments are in order."""
    from coldb_warehouse import Warehouse

    with Warehouse.open(path, read_only=True) as warehouse:
        table = warehouse.snapshot().table("lineorder")
        return table.rows, sum(part.is_sorted for part in table.segments), len(table.segments)
