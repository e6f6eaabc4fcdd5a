"""Loads from Parquet: coldb with keys resolved and tables sorted, DuckDB as it comes."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.storage.part import Findings, Table
from benchmarks.storage.stars import ENGINES, Star, differences

if TYPE_CHECKING:
    from benchmarks.storage.part import Options

__all__ = ["measure_loads"]


def measure_loads(options: Options) -> Findings:
    """Engines take turns, each load in a process of its own."""
    rows: list[list[str]] = []
    figures: dict[str, Any] = {}
    wrong: list[str] = []
    for name in options.stars:
        star = Star.generate(name, options)
        loads: dict[str, list[tuple[float, int, int]]] = {engine: [] for engine in ENGINES}
        for _ in range(options.runs):
            for engine in ENGINES:
                loads[engine].append(star.load(engine, options))
        wrong += differences(star, options)
        seconds = {engine: [load[0] for load in loads[engine]] for engine in ENGINES}
        memory = {engine: max(load[2] for load in loads[engine]) for engine in ENGINES}
        medians = {engine: statistics.median(seconds[engine]) for engine in ENGINES}
        yardstick = medians["duckdb"]
        rows += [
            [
                name,
                engine,
                f"{medians[engine]:.2f}",
                f"{min(seconds[engine]):.2f}",
                f"{medians[engine] / yardstick:.2f}",
                f"{memory[engine] / 1e6:.0f}",
            ]
            for engine in ENGINES
        ]
        figures[name] = {"seconds": seconds, "memory": memory}
    head = ["star", "engine", "median s", "best s", "x DuckDB's time", "peak MB"]
    title = f"Loads from Parquet, {options.runs} each"
    return Findings([Table(title, head, rows)], figures, wrong)
