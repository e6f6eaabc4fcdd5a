"""Results as a Markdown table to read and as JSON to compare later."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Results

__all__ = ["machine", "markdown", "save", "table", "write"]


def markdown(results: Results) -> str:
    """Medians in milliseconds, and how many times as fast as DuckDB (or the first engine)."""
    engines = list(results.seconds)
    yardstick = "duckdb" if "duckdb" in engines else engines[0]
    others = [engine for engine in engines if engine != yardstick]
    head = ["query", f"{yardstick} ms"]
    for engine in others:
        head += [f"{engine} ms", f"x {yardstick}"]
    rows = []
    for query in results.queries:
        row = [query, f"{results.median(yardstick, query) * 1e3:.2f}"]
        for engine in others:
            row.append(f"{results.median(engine, query) * 1e3:.2f}")
            row.append(f"{results.ratio(engine, query, yardstick):.3g}")
        rows.append(row)
    mean = results.geometric_mean(yardstick)
    row = ["geometric mean", f"{mean * 1e3:.2f}"]
    for engine in others:
        own = results.geometric_mean(engine)
        row += [f"{own * 1e3:.2f}", f"{mean / own:.3g}"]
    rows.append(row)
    parts = [
        f"# {results.workload} at scale factor {results.scale:g}, {results.threads} threads\n",
        ", ".join(results.versions.values()) + f"; {machine()}\n",
        table(head, rows),
        table(["engine", "load s", "MB on disk", "x Parquet", "MB of memory"], _footprint(results)),
    ]
    if results.wrong:
        wrong = ", ".join(f"{query} on {engine}" for query, engine in results.wrong)
        parts.append(f"Wrong answers: {wrong}\n")
    return "\n".join(parts)


def _footprint(results: Results) -> list[list[str]]:
    parquet = results.parquet_bytes
    rows = [["Parquet (zstd)", "", f"{parquet / 1e6:.1f}", "1.00", ""]]
    for engine, load in results.loads.items():
        size = [f"{load.bytes / 1e6:.1f}", f"{load.bytes / parquet:.2f}"]
        rows.append([engine, f"{load.seconds:.2f}", *size, f"{results.memory[engine] / 1e6:.0f}"])
    return rows


def table(head: list[str], rows: list[list[str]]) -> str:
    """The first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def line(cells: list[str]) -> str:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        padded[0] = cells[0].ljust(widths[0])
        return f"| {' | '.join(padded)} |\n"

    return "".join(map(line, [head, rule, *rows]))


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def save(results: Results, directory: Path) -> Path:
    """Write both forms; returns the Markdown file."""
    stem = f"{results.workload}-sf{results.scale:g}"
    return write(stem, markdown(results), dataclasses.asdict(results), directory)


def write(stem: str, text: str, record: dict[str, Any], directory: Path) -> Path:
    """A report as Markdown and its figures as JSON, named by the time; returns the Markdown file."""
    directory.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    path = directory / f"{stem}-{now:%Y%m%d-%H%M%S}.md"
    path.write_text(text)
    record = {"time": now.isoformat(), "machine": machine(), **record}
    path.with_suffix(".json").write_text(json.dumps(record, indent=1))
    return path
