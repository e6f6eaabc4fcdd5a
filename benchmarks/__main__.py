"""`python -m benchmarks ssb --sf 1 --engines coldb,duckdb --runs 7 --threads 2`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.engines import ENGINES
from benchmarks.measure import measure
from benchmarks.report import markdown, save
from benchmarks.worker import EngineFailed
from benchmarks.workloads import WORKLOADS


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Compare coldb to its peers.")
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--sf", type=float, default=1.0, help="scale factor (default 1)")
    parser.add_argument("--engines", default=",".join(ENGINES), help="comma-separated")
    parser.add_argument("--runs", type=int, default=7, help="timed runs of a query (default 7)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path("bench-data"))
    parser.add_argument("--results", type=Path, default=Path("bench-results"))
    options = parser.parse_args()
    engines = options.engines.split(",")
    if unknown := [engine for engine in engines if engine not in ENGINES]:
        parser.error(f"no engine {unknown[0]!r}: choose from {', '.join(ENGINES)}")
    try:
        results = measure(
            WORKLOADS[options.workload],
            options.sf,
            engines,
            options.runs,
            options.threads,
            options.data.resolve(),
            say=lambda message: print(message, file=sys.stderr),
        )
    except EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(markdown(results))
    print(f"saved as {save(results, options.results)}", file=sys.stderr)
    return 1 if results.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
