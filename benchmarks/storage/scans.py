"""Scans of single columns: what they read and how fast, beside what the machine can read at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.isolated import isolated
from benchmarks.measure import measure
from benchmarks.scans.workload import SCANS
from benchmarks.storage.bandwidth import read_bandwidth
from benchmarks.storage.part import Findings, Table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.storage.part import Options

__all__ = ["measure_scans"]


def measure_scans(options: Options) -> Findings:
    """Medians of warm queries, as of any workload, with the bytes that coldb's scans read."""
    engines = ("coldb", "duckdb")
    results = measure(
        SCANS, options.scale, engines, options.runs, options.threads, options.data, options.say
    )
    path = options.data / f"{SCANS.name}-sf{options.scale:g}" / "coldb" / "warehouse.coldb"
    touched = isolated(_bytes_read, path, options.threads)
    bandwidth = isolated(read_bandwidth, max(options.runs, 3), options.threads)
    fastest = max(bandwidth.values())
    rows = []
    for query in results.queries:
        seconds = results.median("coldb", query)
        rate = touched[query] / seconds
        rows.append(
            [
                query,
                f"{results.median('duckdb', query) * 1e3:.2f}",
                f"{seconds * 1e3:.2f}",
                f"{results.ratio('coldb', query, 'duckdb'):.2f}",
                f"{touched[query] / 1e6:.1f}",
                f"{rate / 1e9:.2f}",
                f"{rate / fastest:.0%}",
            ]
        )
    head = ["scan", "DuckDB ms", "coldb ms", "x DuckDB", "MB read", "GB/s", "of the machine's"]
    machine = [[name, f"{rate / 1e9:.2f}"] for name, rate in bandwidth.items()]
    tables = [
        Table("Scans", head, rows),
        Table("Reading memory (numpy's max)", ["array", "GB/s"], machine),
    ]
    figures: dict[str, Any] = {
        "seconds": results.seconds,
        "bytes_read": touched,
        "bandwidth": bandwidth,
    }
    return Findings(tables, figures, [f"{query} on {engine}" for query, engine in results.wrong])


def _bytes_read(path: Path, threads: int) -> dict[str, int]:
    import coldb

    touched = {}
    with coldb.connect(path, threads=threads, read_only=True) as connection:
        for query in SCANS.queries:
            cursor = connection.execute(query.sql)
            cursor.fetchall()
            assert cursor.metrics is not None
            touched[query.name] = cursor.metrics.bytes_read
    return touched
