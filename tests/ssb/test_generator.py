"""The generated data has the shape that the specification gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.ssb.generator import TABLES, generate, table_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCALE = 0.02


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    files = generate(tmp_path_factory.mktemp("ssb"), SCALE)
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.execute(f"CREATE VIEW {table} AS FROM '{path}'")
        yield connection


def holds(data: duckdb.DuckDBPyConnection, table: str, condition: str) -> bool:
    """The condition is true, not false or NULL, for every row."""
    sql = f"SELECT count(*), count(*) FILTER (WHERE {condition}) FROM {table}"
    [(rows, true)] = data.execute(sql).fetchall()
    return rows == true > 0


def distinct(data: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    [(count,)] = data.execute(f"SELECT count(DISTINCT {column}) FROM {table}").fetchall()
    return int(count)


def test_tables_grow_as_the_paper_says() -> None:
    assert table_rows(1) == {
        "dates": 2556, "customer": 30_000, "supplier": 2_000, "part": 200_000, "orders": 1_500_000,
    }  # fmt: skip
    assert table_rows(8)["part"] == 800_000
    assert table_rows(10) == {
        "dates": 2556, "customer": 300_000, "supplier": 20_000, "part": 800_000, "orders": 15_000_000,
    }  # fmt: skip


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    first, second, other = (
        generate(tmp_path / name, 0.001, seed) for name, seed in [("a", 5), ("b", 5), ("c", 6)]
    )
    for table in TABLES:
        assert pq.read_table(first[table]).equals(pq.read_table(second[table]))
    assert not pq.read_table(first["part"]).equals(pq.read_table(other["part"]))


def test_existing_files_are_kept(tmp_path: Path) -> None:
    files = generate(tmp_path, 0.001)
    before = {table: path.stat().st_mtime_ns for table, path in files.items()}
    generate(tmp_path, 0.001)
    assert before == {table: path.stat().st_mtime_ns for table, path in files.items()}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{t}.parquet" for t in TABLES
    )


@pytest.mark.parametrize(
    ("key", "table", "referenced"),
    [
        ("lo_custkey", "customer", "c_custkey"),
        ("lo_partkey", "part", "p_partkey"),
        ("lo_suppkey", "supplier", "s_suppkey"),
        ("lo_orderdate", "dates", "d_datekey"),
        ("lo_commitdate", "dates", "d_datekey"),
    ],
)
def test_keys_lead_somewhere(
    data: duckdb.DuckDBPyConnection, key: str, table: str, referenced: str
) -> None:
    assert holds(data, "lineorder", f"{key} IN (SELECT {referenced} FROM {table})")
    assert distinct(data, table, referenced) == table_rows(SCALE)[table]


def test_line_orders(data: duckdb.DuckDBPyConnection) -> None:
    assert holds(data, "lineorder", "lo_linenumber BETWEEN 1 AND 7")
    assert holds(data, "lineorder", "lo_quantity BETWEEN 1 AND 50")
    assert holds(data, "lineorder", "lo_discount BETWEEN 0 AND 10 AND lo_tax BETWEEN 0 AND 8")
    assert holds(data, "lineorder", "lo_orderdate < lo_commitdate")
    assert holds(data, "lineorder", "lo_custkey % 3 <> 0")
    assert holds(data, "lineorder", "lo_orderkey % 32 < 8")
    assert holds(data, "lineorder", "lo_revenue = lo_extendedprice * (100 - lo_discount) // 100")
    assert holds(data, "lineorder", "lo_extendedprice % lo_quantity = 0")
    assert distinct(data, "lineorder", "lo_orderkey") == table_rows(SCALE)["orders"]
    [(mean,)] = data.execute(
        "SELECT avg(lines) FROM (SELECT count(*) AS lines FROM lineorder GROUP BY lo_orderkey)"
    ).fetchall()
    assert 3.95 < mean < 4.05


def test_what_belongs_to_an_order_is_the_same_on_its_lines(
    data: duckdb.DuckDBPyConnection,
) -> None:
    orders = """(SELECT lo_orderkey, max(lo_linenumber) = count(*) AS numbered,
        count(DISTINCT (lo_custkey, lo_orderdate, lo_orderpriority, lo_ordtotalprice)) AS heads,
        any_value(lo_ordtotalprice) AS total,
        sum(lo_revenue * (100 + lo_tax) // 100) AS sum FROM lineorder GROUP BY lo_orderkey)"""
    assert holds(data, orders, "numbered AND heads = 1 AND total = sum")


def test_hierarchies(data: duckdb.DuckDBPyConnection) -> None:
    assert holds(
        data, "part", "starts_with(p_category, p_mfgr) AND starts_with(p_brand1, p_category)"
    )
    assert (distinct(data, "part", "p_mfgr"), distinct(data, "part", "p_category")) == (5, 25)
    assert holds(
        data, "customer", "c_city[:9] = rpad(c_nation, 9, ' ')[:9] AND length(c_city) = 10"
    )
    assert distinct(data, "(SELECT DISTINCT c_nation, c_region FROM customer)", "c_nation") == 25
    [(pairs,)] = data.execute(
        "SELECT count(*) FROM (SELECT DISTINCT c_nation, c_region FROM customer)"
    ).fetchall()
    assert pairs == 25
    assert distinct(data, "customer", "c_region") == 5


def test_the_calendar(data: duckdb.DuckDBPyConnection) -> None:
    day = "strptime(d_datekey::VARCHAR, '%Y%m%d')"
    assert holds(data, "dates", f"d_year = year({day}) AND d_monthnuminyear = month({day})")
    assert holds(data, "dates", f"d_daynuminweek = dayofweek({day}) + 1")
    assert holds(data, "dates", f"d_dayofweek = dayname({day}) AND d_month = monthname({day})")
    assert holds(data, "dates", f"d_daynuminyear = dayofyear({day})")
    assert holds(data, "dates", "d_yearmonthnum = d_datekey // 100")
    assert holds(data, "dates", f"d_yearmonth = strftime({day}, '%b%Y')")
    assert holds(data, "dates", f"(d_lastdayinmonthfl = 1) = (last_day({day}) = {day})")
    assert holds(data, "dates", "d_weeknuminyear BETWEEN 1 AND 53")
    assert data.execute("SELECT min(d_datekey), max(d_datekey) FROM dates").fetchall() == [
        (19920101, 19981230)
    ]
