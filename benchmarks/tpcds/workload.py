"""TPC-DS as a workload.

Neither its data nor its queries are part of the project: `tpcds/sample/*.parquet`, a tenth of the
orders of scale factor 1, and `tpcds/queries/q01.sql` and so on are looked for in $COLDB_DATA, or
beside the repository.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from benchmarks.workload import Query, Workload

__all__ = ["QUERIES", "SAMPLE", "TPCDS"]

HERE = Path(__file__).parent
DATA = Path(os.environ.get("COLDB_DATA", HERE.parents[2] / "shared" / "data"))
QUERIES = DATA / "tpcds" / "queries"
SAMPLE = DATA / "tpcds" / "sample"
SCALE = 0.1
SCHEMA = (HERE / "schema.sql").read_text()


def tables() -> dict[str, Path]:
    """The files of the sample, in the order in which the schema declares their tables."""
    names = re.findall(r"CREATE \w+ TABLE (\w+)", SCHEMA)
    return {name: SAMPLE / f"{name}.parquet" for name in names}


def generate(directory: Path, scale: float) -> dict[str, Path]:
    """The files of the sample, where they lie: there is one scale."""
    if scale != SCALE:
        raise ValueError(f"the sample of TPC-DS has scale factor {SCALE:g}: ask for --sf {SCALE:g}")
    files = tables()
    if missing := [path for path in files.values() if not path.exists()]:
        raise FileNotFoundError(f"the sample of TPC-DS is not in {SAMPLE}: no {missing[0].name}")
    return files


TPCDS = Workload(
    name="tpcds",
    schema=SCHEMA,
    queries=tuple(
        Query(path.stem, path.read_text(), has_ties=True) for path in sorted(QUERIES.glob("q*.sql"))
    ),
    generate=generate,
    scale=SCALE,
)
