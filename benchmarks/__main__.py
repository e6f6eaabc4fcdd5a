"""Command line of the benchmarks.

`python -m benchmarks ssb --sf 1 --engines coldb,duckdb --runs 7 --threads 2`
`python -m benchmarks plans --runs 7`
`python -m benchmarks storage --sf 1 --parts sizes,loads --runs 3`
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.engines import ENGINES
from benchmarks.measure import measure
from benchmarks.plans import measure_plans
from benchmarks.report import markdown, save
from benchmarks.storage.part import Options
from benchmarks.storage.parts import DEFAULT_PARTS, PARTS
from benchmarks.storage.report import run_parts
from benchmarks.worker import EngineFailed
from benchmarks.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Collection


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Compare coldb to its peers.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, workload in WORKLOADS.items():
        about = "load a star and time its queries"
        queries = _subcommand(kinds, name, about, workload.scale)
        queries.add_argument("--engines", default=",".join(ENGINES), help="comma-separated")
    storage = _subcommand(kinds, "storage", "sizes, loads, scans and small commits")
    storage.add_argument("--parts", default=",".join(DEFAULT_PARTS), help="comma-separated")
    storage.add_argument("--stars", default="ssb,tpch", help="of sizes and loads")
    plans = kinds.add_parser("plans", help="the time from the text of a query to its plan")
    plans.add_argument("--runs", type=int, default=7, help="timed runs (default 7)")
    plans.add_argument("--data", type=Path, default=Path("bench-data"))
    options = parser.parse_args()
    if options.kind == "plans":
        print(measure_plans(options.runs, options.data.resolve()))
        return 0
    try:
        return _storage(options, parser) if options.kind == "storage" else _queries(options, parser)
    except EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1


def _subcommand(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    scale: float = 1.0,
) -> argparse.ArgumentParser:
    command = kinds.add_parser(name, help=about)
    command.add_argument(
        "--sf", type=float, default=scale, help=f"scale factor (default {scale:g})"
    )
    command.add_argument("--runs", type=int, default=7, help="timed runs (default 7)")
    command.add_argument("--threads", type=int, default=2)
    command.add_argument("--data", type=Path, default=Path("bench-data"))
    command.add_argument("--results", type=Path, default=Path("bench-results"))
    return command


def _queries(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    engines = _chosen(options.engines, ENGINES, "engine", parser)
    results = measure(
        WORKLOADS[options.kind],
        options.sf,
        engines,
        options.runs,
        options.threads,
        options.data.resolve(),
        say=_say,
    )
    print(markdown(results))
    _say(f"saved as {save(results, options.results)}")
    return 1 if results.wrong else 0


def _storage(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    parts = _chosen(options.parts, PARTS, "part", parser)
    report, right = run_parts(
        parts,
        Options(
            options.sf,
            options.runs,
            options.threads,
            options.data.resolve(),
            _say,
            tuple(_chosen(options.stars, WORKLOADS, "star", parser)),
        ),
        options.results,
    )
    print(report)
    return 0 if right else 1


def _chosen(
    text: str, known: Collection[str], what: str, parser: argparse.ArgumentParser
) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no {what} {unknown[0]!r}: choose from {', '.join(known)}")
    return names


def _say(message: str) -> None:
    print(message, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
