"""Many small commits: what each costs, what they leave behind, and how it scans."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.ddl import without_star
from benchmarks.isolated import isolated
from benchmarks.ssb.workload import SSB
from benchmarks.storage.part import Findings, Table

if TYPE_CHECKING:
    import pyarrow as pa

    import coldb
    from benchmarks.storage.part import Options

__all__ = ["measure_commits"]

COMMITS = 1000  # at scale factor 1
MOST_ROWS = 1000
SCAN = """SELECT count(*), sum(lo_revenue), sum(lo_quantity * lo_discount), min(lo_shipmode)
    FROM lineorder WHERE lo_tax < 8"""


def measure_commits(options: Options) -> Findings:
    """1 to 1,000 line orders a commit, evenly spread over the powers of ten."""
    scale = 0.1  # 600,000 line orders, which commits take from in turn
    star = options.data / f"{SSB.name}-sf{scale:g}"
    options.say(f"data in {star}")
    files = SSB.generate(star / "parquet", scale)
    place = options.data / "commits"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    sizes = _sizes(max(1, round(COMMITS * options.scale)))
    ours = isolated(_commit_coldb, place / "commits.coldb", files, sizes, options.threads)
    options.say("committed to coldb")
    theirs = isolated(_commit_duckdb, place / "commits.duckdb", files, sizes, options.threads)
    options.say("committed to DuckDB")
    scans = isolated(_compare_scans, place, files, sizes, options.threads, options.runs)
    shutil.rmtree(place)
    rows = [_latencies("coldb", ours["seconds"]), _latencies("duckdb", theirs["seconds"])]
    once = scans["bytes_written"]
    left = [
        [
            f"{sum(sizes):,}",
            str(ours["segments"]),
            str(ours["files"]),
            f"{ours['bytes'] / 1e6:.2f}",
            f"{scans['bytes'] / 1e6:.2f}",
            f"{ours['bytes_written'] / once:.1f}",
            f"{scans['ratio']:.2f}",
        ]
    ]
    tables = [
        Table(f"{len(sizes):,} commits", ["engine", "p50 ms", "p99 ms", "most ms"], rows),
        Table(
            "What they leave behind, beside a load at once",
            ["rows", "segments", "files", "MB", "MB at once", "x written", "x scan time"],
            left,
        ),
    ]
    figures = {"sizes": sizes, "coldb": ours, "duckdb": theirs, "scans": scans}
    return Findings(tables, figures, scans["wrong"])


def _sizes(commits: int) -> list[int]:
    random = np.random.default_rng(11)
    return [int(size) for size in 10 ** random.uniform(0, np.log10(MOST_ROWS), commits)]


def _latencies(engine: str, seconds: list[float]) -> list[str]:
    ordered = sorted(seconds)
    chosen = statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1]
    return [engine, *(f"{each * 1e3:.2f}" for each in chosen)]


def _batches(files: dict[str, Path], sizes: list[int]) -> list[pa.Table]:
    table = pq.read_table(files["lineorder"])
    starts = np.cumsum([0, *sizes])[:-1] % (table.num_rows - MOST_ROWS)
    return [table.slice(start, size) for start, size in zip(starts.tolist(), sizes, strict=True)]


def _star(path: Path, files: dict[str, Path], threads: int) -> coldb.Connection:
    """The star with its dimensions, and no line orders yet."""
    import coldb

    connection = coldb.connect(path, threads=threads)
    connection.execute(SSB.schema)
    for table, file in files.items():
        if table != "lineorder":
            connection.execute(f"COPY {table} FROM '{file}'")
    return connection


def _commit_coldb(
    path: Path, files: dict[str, Path], sizes: list[int], threads: int
) -> dict[str, Any]:
    with _star(path, files, threads) as connection:
        written = _bytes_written()
        seconds = _timed_inserts(connection, _batches(files, sizes))
        written = _bytes_written() - written
        segments = len(connection.warehouse.snapshot().table("lineorder").segments)
        connection.warehouse.vacuum()
    kept = [file for file in path.rglob("*") if file.is_file()]
    return {
        "seconds": seconds,
        "bytes_written": written,
        "segments": segments,
        "files": len(kept),
        "bytes": sum(file.stat().st_size for file in kept),
    }


def _commit_duckdb(
    path: Path, files: dict[str, Path], sizes: list[int], threads: int
) -> dict[str, Any]:
    import duckdb

    with duckdb.connect(str(path), config={"threads": threads}) as connection:
        connection.execute(without_star(SSB.schema))
        for table, file in files.items():
            if table != "lineorder":
                connection.execute(f"INSERT INTO {table} BY NAME FROM '{file}'")
        return {"seconds": _timed_inserts(connection, _batches(files, sizes))}


def _timed_inserts(connection: Any, batches: list[pa.Table]) -> list[float]:
    seconds = []
    for batch in batches:
        connection.register("batch", batch)
        started = time.perf_counter()
        connection.execute("INSERT INTO lineorder SELECT * FROM batch")
        seconds.append(time.perf_counter() - started)
    return seconds


def _compare_scans(
    place: Path, files: dict[str, Path], sizes: list[int], threads: int, runs: int
) -> dict[str, Any]:
    """The committed rows against the same rows loaded at once: scans in turn, after one untimed."""
    import pyarrow as pa

    import coldb

    with (
        coldb.connect(place / "commits.coldb", threads=threads) as many,
        _star(place / "once.coldb", files, threads) as once,
    ):
        once.register("batch", pa.concat_tables(_batches(files, sizes)))
        written = _bytes_written()
        once.execute("INSERT INTO lineorder SELECT * FROM batch")
        written = _bytes_written() - written
        same = many.execute(SCAN).fetchall() == once.execute(SCAN).fetchall()
        seconds: dict[str, list[float]] = {"many": [], "once": []}
        for _ in range(3 * runs):
            for name, connection in (("many", many), ("once", once)):
                started = time.perf_counter()
                connection.execute(SCAN).fetchall()
                seconds[name].append(time.perf_counter() - started)
        medians = {name: statistics.median(each) for name, each in seconds.items()}
    kept = [file for file in (place / "once.coldb").rglob("*") if file.is_file()]
    return {
        "seconds": seconds,
        "ratio": medians["many"] / medians["once"],
        "bytes": sum(file.stat().st_size for file in kept),
        "bytes_written": written,
        "wrong": [] if same else ["the scan after many commits"],
    }


def _bytes_written() -> int:
    """Bytes that this process has handed to write calls so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])
