"""Single operations as a workload: what one function, window, sort, grouping or join costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.workload import Query, Workload

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MICRO"]

ROWS = 1_000_000  # at scale factor 1
GROUPS = 100_000
CITIES = 1000

QUERIES = {
    "upper": "SELECT max(upper(label)) FROM micro",
    "||": "SELECT max(label || '-' || label) FROM micro",
    "concat of floats": "SELECT max(length(concat(label, x))) FROM micro",
    "lpad": "SELECT max(lpad(label, 40, '*')) FROM micro",
    "replace": "SELECT max(replace(label, 'street', 'st')) FROM micro",
    "strpos": "SELECT max(strpos(label, 'street')) FROM micro",
    "substring": "SELECT max(substring(label, 3, 12)) FROM micro",
    "md5": "SELECT max(md5(label)) FROM micro",
    "LIKE": "SELECT count(*) FROM micro WHERE label LIKE '%99%1'",
    "regexp_replace": "SELECT max(regexp_replace(label, '[0-9]+', '#')) FROM micro",
    "round": "SELECT max(round(x / 3)) FROM micro",
    "round of decimals": "SELECT sum(round(price, 1)) FROM micro",
    "hour of": "SELECT sum(extract(hour FROM moment)) FROM micro",
    "date_trunc": "SELECT max(date_trunc('month', moment)) FROM micro",
    "sort": "SELECT id FROM micro ORDER BY x OFFSET 999 LIMIT 1",
    "top 10": "SELECT id, x FROM micro ORDER BY x DESC, id LIMIT 10",
    "distinct texts": "SELECT count(*) FROM (SELECT DISTINCT label FROM micro) AS d",
    "many groups": "SELECT max(n) FROM (SELECT sum(n) AS n FROM micro GROUP BY g) AS d",
    "groups of texts": "SELECT city, count(*) FROM micro GROUP BY city",
    "count distinct": "SELECT count(DISTINCT g) FROM micro",
    "percentile": "SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY n) FROM micro",
    "join of many": """SELECT count(*) FROM micro AS a JOIN micro AS b ON a.g = b.g
        WHERE a.n > b.n""",
    "row numbers": """SELECT sum(id) FROM (SELECT id, row_number() OVER
        (PARTITION BY g ORDER BY x, id) AS r FROM micro) AS d WHERE r <= 3""",
    "lag": "SELECT sum(d) FROM (SELECT n - lag(n) OVER (ORDER BY id) AS d FROM micro) AS w",
    "running sum": """SELECT max(s) FROM (SELECT sum(n) OVER
        (PARTITION BY city ORDER BY id) AS s FROM micro) AS w""",
    "sliding mean": """SELECT max(floor(s)) FROM (SELECT avg(n) OVER
        (ORDER BY id ROWS 9 PRECEDING) AS s FROM micro) AS w""",
}


def _generate(directory: Path, scale: float) -> dict[str, Path]:
    path = directory / "micro.parquet"
    if path.exists():
        return {"micro": path}
    directory.mkdir(parents=True, exist_ok=True)
    rows = max(1, round(ROWS * scale))
    random = np.random.default_rng(7)
    order = random.permutation(rows)
    cities = pa.array([f"city-{number}" for number in range(CITIES)])
    moments = random.integers(0, 1_700_000_000, rows) * 1_000_000
    data = pa.table(
        {
            "id": np.arange(rows, dtype=np.int32),
            "g": random.integers(0, max(1, round(GROUPS * scale)), rows, dtype=np.int32),
            "n": random.integers(-100_000, 100_000, rows, dtype=np.int32),
            "x": random.normal(0, 1000, rows),
            "price": pa.array(random.integers(0, 10**7, rows)).cast(pa.decimal128(19, 0)),
            "moment": moments.astype("datetime64[us]"),
            "label": [f"Customer#{row:07d} street {place}" for row, place in enumerate(order)],
            "city": cities.take(pa.array(random.integers(0, CITIES, rows))),
        }
    )
    price = data["price"].cast(pa.decimal128(22, 3)).cast(pa.decimal128(12, 3))
    pq.write_table(data.set_column(4, "price", price), path, compression="zstd")
    return {"micro": path}


MICRO = Workload(
    name="micro",
    schema="""CREATE TABLE micro (id INTEGER NOT NULL, g INTEGER NOT NULL, n INTEGER NOT NULL,
        x DOUBLE PRECISION NOT NULL, price DECIMAL(12, 3) NOT NULL, moment TIMESTAMP NOT NULL,
        label VARCHAR NOT NULL, city VARCHAR NOT NULL)""",
    queries=tuple(Query(name, sql) for name, sql in QUERIES.items()),
    generate=_generate,
)
