"""How long coldb takes from the text of a query to its plan, and to find the plan of a text that was run before."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from typing import TYPE_CHECKING

from coldb.engine.query import Stages, plan_query
from coldb_grammar import ast, parse_statement

import coldb
from benchmarks.report import machine, table
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workload import Workload

__all__ = ["measure_plans"]

# Statistics go into a plan, so there are data; how many matters little.
SMALL = 0.01
PLANNED = ("ssb", "tpch", "tpcds")
STEPS = ("parse", "bind", "optimize")


def measure_plans(runs: int, data: Path) -> str:
    """A table of medians and maxima in milliseconds. Each query counts with its fastest run."""
    head = ["workload", "queries", "median ms", *STEPS, "max ms", "slowest", "again ms"]
    rows = [_row(WORKLOADS[name], runs, data) for name in PLANNED if WORKLOADS[name].queries]
    return f"# From text to plan\n\n{machine()}\n\n{table(head, rows)}"


def _row(workload: Workload, runs: int, data: Path) -> list[str]:
    scale = workload.scale if workload.scale < 1 else SMALL
    files = workload.generate(data / f"{workload.name}-sf{scale:g}" / "parquet", scale)
    with closing(coldb.connect(":memory:")) as connection:
        connection.execute(workload.schema)
        for name, path in files.items():
            connection.execute(f"COPY {name} FROM '{path}'")
        fastest = {
            query.name: min((_planned(connection, query.sql) for _ in range(runs)), key=sum)
            for query in workload.queries
        }
        again = statistics.median(_again(connection, query.sql) for query in workload.queries)
    totals = {name: sum(steps) for name, steps in fastest.items()}
    slowest = max(totals, key=totals.__getitem__)
    medians = [statistics.median(totals.values())]
    medians += [statistics.median(steps) for steps in zip(*fastest.values(), strict=True)]
    figures = [f"{seconds * 1e3:.2f}" for seconds in (*medians, totals[slowest])]
    return [workload.name, str(len(totals)), *figures, slowest, f"{again * 1e3:.3f}"]


def _planned(connection: coldb.Connection, sql: str) -> tuple[float, ...]:
    """The seconds of each step."""
    stages = Stages()
    with stages.timed("parse"):
        statement = parse_statement(sql.strip().removesuffix(";"))
    assert isinstance(statement, ast.Query)
    plan_query(statement, None, connection.session.query_context(stages))
    return tuple(stages.seconds[step] for step in STEPS)


def _again(connection: coldb.Connection, sql: str) -> float:
    """What a repeated query takes beside its execution: the fastest of a few runs."""
    connection.execute(sql).fetchall()
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        cursor = connection.execute(sql)
        elapsed = time.perf_counter() - start
        assert cursor.metrics is not None
        seconds.append(elapsed - cursor.metrics.stages.get("execute", 0.0))
    return min(seconds)
