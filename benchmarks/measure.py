"""Loads every engine from the same files, checks their answers, and times them turn by turn."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.answers import same_rows
from benchmarks.complete import complete
from benchmarks.worker import Load, Rows, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.workload import Query, Workload

__all__ = ["Results", "measure"]

PATIENCE = 10.0  # seconds that all timed runs of one query may take on one engine


@dataclass
class Results:
    """`seconds[engine][query]` holds every timed run, `memory` the peak bytes while querying,
    `wrong` the queries and engines whose answers differ from the first engine's."""

    workload: str
    scale: float
    threads: int
    parquet_bytes: int
    versions: dict[str, str] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def median(self, engine: str, query: str) -> float:
        return statistics.median(self.seconds[engine][query])

    def ratio(self, engine: str, query: str, yardstick: str) -> float:
        """How many times as fast as the yardstick."""
        return self.median(yardstick, query) / self.median(engine, query)

    def geometric_mean(self, engine: str) -> float:
        return statistics.geometric_mean(self.median(engine, query) for query in self.queries)

    @property
    def queries(self) -> list[str]:
        return list(next(iter(self.seconds.values())))


def measure(
    workload: Workload,
    scale: float,
    engines: Sequence[str],
    runs: int,
    threads: int,
    data: Path,
    say: Callable[[str], None] = lambda message: None,
) -> Results:
    """Run a workload. The first engine's answers are those that the others must give.

    Loads run one after the other, with the others idle. Queries run warm: once untimed for the
    answer, then in rounds in which every engine runs a query before any of them runs the next, so
    that a busy machine slows all of them down alike.
    """
    place = data / f"{workload.name}-sf{scale:g}"
    say(f"data in {place}")
    files = workload.generate(place / "parquet", scale)
    results = Results(
        workload.name, scale, threads, sum(path.stat().st_size for path in files.values())
    )
    with ExitStack() as stack:
        workers = {}
        for engine in engines:
            with closing(Worker(engine, place / engine, threads)) as loader:
                results.versions[engine] = loader.version()
                results.loads[engine] = loader.load(workload, files)
            say(f"loaded {engine} in {results.loads[engine].seconds:.1f} s")
        for engine in engines:
            worker = stack.enter_context(closing(Worker(engine, place / engine, threads)))
            worker.open(files)
            workers[engine] = worker
        for query in workload.queries:
            _measure_query(query, workers, runs, results)
            say(f"{query.name} done")
        results.memory = {engine: worker.peak_memory() for engine, worker in workers.items()}
    return results


def _measure_query(query: Query, workers: dict[str, Worker], runs: int, results: Results) -> None:
    whole = complete(query.sql) if query.has_ties else None
    expected: Rows | None = None
    turns = {}
    for engine, worker in workers.items():
        answer = worker.query(query.sql)
        if expected is None:
            expected = answer.rows if whole is None else worker.query(whole.sql).rows
        if not (whole.allows if whole else same_rows)(answer.rows, expected):
            results.wrong.append((query.name, engine))
        turns[engine] = max(1, min(runs, int(PATIENCE / max(answer.seconds, 1e-9))))
        results.seconds.setdefault(engine, {})[query.name] = []
    for turn in range(runs):
        for engine, worker in workers.items():
            if turn < turns[engine]:
                time.sleep(0.001)  # let the threads of the one before come to rest
                seconds = worker.query(query.sql).seconds
                results.seconds[engine][query.name].append(seconds)
