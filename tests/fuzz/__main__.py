"""python -m tests.fuzz --queries 20000 --seed 1: random queries, and the differences that they show."""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.run import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first star")
    parser.add_argument("--each", type=int, default=40, help="queries a star")
    parser.add_argument("--configuration", default="default")
    options = parser.parse_args()
    started, asked, found = time.monotonic(), 0, 0
    for outcome in fuzz(options.seed, options.queries, options.each, options.configuration):
        asked += outcome.asked
        for difference in outcome.differences:
            found += 1
            print(f"== seed {outcome.seed}\n{difference}\n", flush=True)
    print(f"{asked} queries, {found} differences, {time.monotonic() - started:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
