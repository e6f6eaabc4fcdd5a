"""Scans of single columns as a workload: small and large integers, runs, and words of a dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.workload import Query, Workload

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SCANS"]

ROWS = 16_000_000  # at scale factor 1
WORDS = 1000
RUN = 500  # rows of one value after the other in the column `run`, on the average

QUERIES = {
    "sum of 1 byte": "SELECT sum(small) FROM scanned",
    "sum of 4 bytes": "SELECT sum(wide) FROM scanned",
    "sum of runs": "SELECT sum(run) FROM scanned",
    "range of 1 byte": "SELECT count(*) FROM scanned WHERE small BETWEEN 20 AND 30",
    "range of 4 bytes": "SELECT count(*) FROM scanned WHERE wide BETWEEN 1000000 AND 1700000",
    "range of runs": "SELECT count(*) FROM scanned WHERE run BETWEEN 20 AND 30",
    "one word": "SELECT count(*) FROM scanned WHERE word = 'word-500'",
    "words by pattern": "SELECT count(*) FROM scanned WHERE word LIKE '%7%'",
    "sum by a range": "SELECT sum(wide) FROM scanned WHERE small BETWEEN 20 AND 30",
    "sum by a range of runs": "SELECT sum(wide) FROM scanned WHERE run BETWEEN 20 AND 30",
}


def _generate(directory: Path, scale: float) -> dict[str, Path]:
    path = directory / "scanned.parquet"
    if path.exists():
        return {"scanned": path}
    directory.mkdir(parents=True, exist_ok=True)
    rows = max(1, round(ROWS * scale))
    random = np.random.default_rng(7)
    runs = random.integers(0, 100, rows // RUN + 1, dtype=np.int32)
    lengths = random.multinomial(rows, np.full(len(runs), 1 / len(runs)))
    words = pa.array([f"word-{number}" for number in range(WORDS)])
    codes = pa.array(random.integers(0, WORDS, rows, dtype=np.int32))
    data = pa.table(
        {
            "small": random.integers(0, 100, rows, dtype=np.int32),
            "wide": random.integers(0, 1 << 24, rows, dtype=np.int32),
            "run": np.repeat(runs, lengths),
            "word": pa.DictionaryArray.from_arrays(codes, words),
        }
    )
    pq.write_table(data, path, compression="zstd")
    return {"scanned": path}


SCANS = Workload(
    name="scans",
    schema="""CREATE TABLE scanned (small INTEGER NOT NULL, wide INTEGER NOT NULL,
        run INTEGER NOT NULL, word VARCHAR NOT NULL)""",
    queries=tuple(Query(name, sql) for name, sql in QUERIES.items()),
    generate=_generate,
)
