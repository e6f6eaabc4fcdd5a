"""TPC-H as a workload.

Its data comes from tpchgen-cli, a package of that name. Its queries are not part of the project:
they are looked for as `tpch/queries/q01.sql` and so on in $COLDB_DATA, or beside the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.workload import Query, Workload

__all__ = ["QUERIES", "TPCH"]

HERE = Path(__file__).parent
DATA = Path(os.environ.get("COLDB_DATA", HERE.parents[2] / "shared" / "data"))
QUERIES = DATA / "tpch" / "queries"
TABLES = ("region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem")


def generate(directory: Path, scale: float) -> dict[str, Path]:
    files = {table: directory / f"{table}.parquet" for table in TABLES}
    if not all(path.exists() for path in files.values()):
        program = Path(sys.executable).with_name("tpchgen-cli")
        size = ["--scale-factor", f"{scale:g}", "--compression", "ZSTD(1)"]
        subprocess.run([program, "parquet", *size, "--quiet", "-o", directory], check=True)
    return files


TPCH = Workload(
    name="tpch",
    schema=(HERE / "schema.sql").read_text(),
    queries=tuple(Query(path.stem, path.read_text()) for path in sorted(QUERIES.glob("q*.sql"))),
    generate=generate,
)
