"""The data of the Star Schema Benchmark, made by numpy and written as Parquet.

After the specification: P. O'Neil, E. O'Neil, X. Chen, "Star Schema Benchmark", revision 3, 2009.
Where the paper leaves a distribution to TPC-H, TPC-H's is used (1-7 lines an order, a third of the
customers never order, 8 of 32 order keys used, retail price a function of the part key). The rows
are not those of the authors' C program: they have the same shape and selectivities, from our own
random streams. Every table and every batch has a stream of its own, so a table is the same
whether or not the others are made, and memory does not grow with the scale factor.

Money is in whole cents. Dates are numbers like 19940131, as in the paper.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.ssb import vocabulary as words

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    Codes = np.ndarray[Any, np.dtype[Any]]

__all__ = ["TABLES", "generate", "table_rows"]

TABLES = ("dates", "customer", "supplier", "part", "lineorder")

FIRST_DAY = np.datetime64("1992-01-01", "D")
DAYS = 2556  # the paper's "7 years of days": up to 1998-12-30
LAST_ORDER_DAY = 2405  # 1998-08-02, so that every commit date is still in the calendar
ORDERS_PER_BATCH = 250_000
ADDRESS_LETTERS = np.frombuffer(
    b"0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,", dtype=np.uint8
)


def table_rows(scale: float) -> dict[str, int]:
    """Rows of each dimension, and orders (about a quarter of the line orders), at a scale factor.

    Parts grow with the logarithm, as the paper says, from scale 1 on; below that every table
    shrinks in proportion, down to sizes at which the hierarchies still have members.
    """
    parts = 200_000 * (1 + math.floor(math.log2(scale))) if scale >= 1 else 200_000 * scale
    return {
        "dates": DAYS,
        "customer": max(300, round(30_000 * scale)),
        "supplier": max(20, round(2_000 * scale)),
        "part": max(1_000, round(parts)),
        "orders": max(1, round(1_500_000 * scale)),
    }


def generate(directory: str | os.PathLike[str], scale: float, seed: int = 1) -> dict[str, Path]:
    """Write the five tables as Parquet files; returns table name -> file.

    A directory that already holds them is left as it is. No file appears before it is complete.
    """
    target = Path(directory)
    files = {table: target / f"{table}.parquet" for table in TABLES}
    if all(path.exists() for path in files.values()):
        return files
    rows = table_rows(scale)
    tables: dict[str, Iterator[pa.Table]] = {
        "dates": iter([_dates()]),
        "customer": iter([_customers(rows["customer"], _stream(seed, 1))]),
        "supplier": iter([_suppliers(rows["supplier"], _stream(seed, 2))]),
        "part": iter([_parts(rows["part"], _stream(seed, 3))]),
        "lineorder": _line_orders(rows, seed),
    }
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".") as scratch:
        for table, batches in tables.items():
            unfinished = Path(scratch) / table
            _write(unfinished, batches)
            unfinished.replace(files[table])
    return files


def _write(path: Path, batches: Iterator[pa.Table]) -> None:
    """Zstandard, one row group a batch, and no Arrow schema: what any other tool would write."""
    first = next(batches)
    with pq.ParquetWriter(path, first.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(first)
        for batch in batches:
            writer.write_table(batch)


def _stream(seed: int, table: int, batch: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, table, batch])


# --- columns -----------------------------------------------------------------------------------


def _integers(values: Codes) -> pa.Array:
    return pa.array(values.astype(np.int32))


def _text(vocabulary: Sequence[str], codes: Codes) -> pa.Array:
    indices = pa.array(codes.astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(vocabulary, pa.string()))


def _join(*parts: Any, between: str = "") -> pa.Array:
    texts = [pc.cast(part, pa.string()) if isinstance(part, pa.Array) else part for part in parts]
    return pc.binary_join_element_wise(*texts, between)


def _padded(values: Codes, width: int) -> pa.Array:
    return pc.utf8_lpad(pc.cast(_integers(values), pa.string()), width, "0")


def _addresses(rows: int, random: np.random.Generator) -> pa.Array:
    """Random text of 10 to 25 letters."""
    lengths = random.integers(10, 26, rows)
    offsets = np.zeros(rows + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    letters = ADDRESS_LETTERS[random.integers(0, len(ADDRESS_LETTERS), int(offsets[-1]))]
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(letters))


def _phones(nations: Codes, random: np.random.Generator) -> pa.Array:
    rows = len(nations)
    return _join(
        _integers(nations + 10),
        _integers(random.integers(100, 1000, rows)),
        _integers(random.integers(100, 1000, rows)),
        _integers(random.integers(1000, 10_000, rows)),
        between="-",
    )


def _geography(prefix: str, nations: Codes, random: np.random.Generator) -> dict[str, pa.Array]:
    """City, nation and region; a city is nine letters of its nation and a digit."""
    cities = [f"{nation[:9]:<9}{digit}" for nation in words.NATIONS for digit in range(10)]
    regions = np.array(words.REGION_OF_NATION)[nations]
    return {
        f"{prefix}_city": _text(cities, nations * 10 + random.integers(0, 10, len(nations))),
        f"{prefix}_nation": _text(words.NATIONS, nations),
        f"{prefix}_region": _text(words.REGIONS, regions),
    }


# --- tables ------------------------------------------------------------------------------------


def _dates() -> pa.Table:
    days = FIRST_DAY + np.arange(DAYS)
    months = days.astype("datetime64[M]")
    year = days.astype("datetime64[Y]").astype(int) + 1970
    month = months.astype(int) % 12 + 1
    day = (days - months).astype(int) + 1
    day_in_year = (days - days.astype("datetime64[Y]")).astype(int) + 1
    day_in_week = (days.astype(int) + 4) % 7 + 1  # 1970-01-01 was a Thursday; Sunday is 1
    last_in_month = (days + 1).astype("datetime64[M]") != months
    holiday = np.isin(month * 100 + day, [m * 100 + d for m, d in words.HOLIDAYS])
    stamps = pa.array(days)
    month_name = pc.strftime(stamps, "%B")
    return pa.table(
        {
            "d_datekey": _integers(year * 10_000 + month * 100 + day),
            "d_date": _join(month_name, _join(" ", _integers(day), ", ", _integers(year))),
            "d_dayofweek": pc.strftime(stamps, "%A"),
            "d_month": month_name,
            "d_year": _integers(year),
            "d_yearmonthnum": _integers(year * 100 + month),
            "d_yearmonth": _join(pc.strftime(stamps, "%b"), _integers(year)),
            "d_daynuminweek": _integers(day_in_week),
            "d_daynuminmonth": _integers(day),
            "d_daynuminyear": _integers(day_in_year),
            "d_monthnuminyear": _integers(month),
            "d_weeknuminyear": _integers((day_in_year - 1) // 7 + 1),
            "d_sellingseason": _text(words.SEASONS, month - 1).cast(pa.string()),
            "d_lastdayinweekfl": _integers(day_in_week == 7),
            "d_lastdayinmonthfl": _integers(last_in_month),
            "d_holidayfl": _integers(holiday),
            "d_weekdayfl": _integers((day_in_week > 1) & (day_in_week < 7)),
        }
    )


def _customers(rows: int, random: np.random.Generator) -> pa.Table:
    keys = np.arange(1, rows + 1)
    nations = random.integers(0, len(words.NATIONS), rows)
    segments = random.integers(0, len(words.MARKET_SEGMENTS), rows)
    return pa.table(
        {
            "c_custkey": _integers(keys),
            "c_name": _join("Customer#", _padded(keys, 9)),
            "c_address": _addresses(rows, random),
            **_geography("c", nations, random),
            "c_phone": _phones(nations, random),
            "c_mktsegment": _text(words.MARKET_SEGMENTS, segments),
        }
    )


def _suppliers(rows: int, random: np.random.Generator) -> pa.Table:
    keys = np.arange(1, rows + 1)
    nations = random.integers(0, len(words.NATIONS), rows)
    return pa.table(
        {
            "s_suppkey": _integers(keys),
            "s_name": _join("Supplier#", _padded(keys, 9)),
            "s_address": _addresses(rows, random),
            **_geography("s", nations, random),
            "s_phone": _phones(nations, random),
        }
    )


def _parts(rows: int, random: np.random.Generator) -> pa.Table:
    """Five manufacturers of five categories of forty brands; a name is two colors."""
    brand = random.integers(0, 1000, rows)
    manufacturers = [f"MFGR#{m}" for m in range(1, 6)]
    categories = [f"{name}{c}" for name in manufacturers for c in range(1, 6)]
    brands = [f"{name}{b}" for name in categories for b in range(1, 41)]
    colors = pa.array(words.COLORS)
    first, second, color = (random.integers(0, len(colors), rows) for _ in range(3))
    return pa.table(
        {
            "p_partkey": _integers(np.arange(1, rows + 1)),
            "p_name": _join(colors.take(first), colors.take(second), between=" "),
            "p_mfgr": _text(manufacturers, brand // 200),
            "p_category": _text(categories, brand // 40),
            "p_brand1": _text(brands, brand),
            "p_color": _text(words.COLORS, color),
            "p_type": _text(words.PART_TYPES, random.integers(0, len(words.PART_TYPES), rows)),
            "p_size": _integers(random.integers(1, 51, rows)),
            "p_container": _text(words.CONTAINERS, random.integers(0, 40, rows)),
        }
    )


def _line_orders(rows: dict[str, int], seed: int) -> Iterator[pa.Table]:
    for batch, first in enumerate(range(0, rows["orders"], ORDERS_PER_BATCH)):
        orders = np.arange(first, min(first + ORDERS_PER_BATCH, rows["orders"])) + 1
        yield _line_order_batch(orders, rows, _stream(seed, 4, batch))


def _line_order_batch(orders: Codes, rows: dict[str, int], random: np.random.Generator) -> pa.Table:
    calendar = _dates()["d_datekey"].to_numpy()
    count = len(orders)
    lines = random.integers(1, 8, count)
    first_line = np.cumsum(lines) - lines
    order_of_line = np.repeat(np.arange(count), lines)
    total = len(order_of_line)

    order_day = random.integers(0, LAST_ORDER_DAY + 1, count)
    buyers = rows["customer"] - rows["customer"] // 3
    buyer = random.integers(0, buyers, count)
    customer = buyer // 2 * 3 + buyer % 2 + 1  # the keys that are not multiples of three
    priority = random.integers(0, len(words.ORDER_PRIORITIES), count)

    part = random.integers(1, rows["part"] + 1, total)
    quantity = random.integers(1, 51, total)
    discount = random.integers(0, 11, total)
    tax = random.integers(0, 9, total)
    retail_price = 90_000 + part // 10 % 20_001 + part % 1000 * 100
    extended_price = retail_price * quantity
    revenue = extended_price * (100 - discount) // 100
    total_price = np.add.reduceat(revenue * (100 + tax) // 100, first_line)
    commit_day = order_day[order_of_line] + random.integers(30, 91, total)
    ship_mode = random.integers(0, len(words.SHIP_MODES), total)
    order_key = (orders >> 3 << 5) | (orders & 7)
    return pa.table(
        {
            "lo_orderkey": pa.array(order_key[order_of_line]),
            "lo_linenumber": _integers(np.arange(total) - first_line[order_of_line] + 1),
            "lo_custkey": _integers(customer[order_of_line]),
            "lo_partkey": _integers(part),
            "lo_suppkey": _integers(random.integers(1, rows["supplier"] + 1, total)),
            "lo_orderdate": _integers(calendar[order_day][order_of_line]),
            "lo_orderpriority": _text(words.ORDER_PRIORITIES, priority[order_of_line]),
            "lo_shippriority": _text(("0",), np.zeros(total)),
            "lo_quantity": _integers(quantity),
            "lo_extendedprice": _integers(extended_price),
            "lo_ordtotalprice": _integers(total_price[order_of_line]),
            "lo_discount": _integers(discount),
            "lo_revenue": _integers(revenue),
            "lo_supplycost": _integers(retail_price * 6 // 10),
            "lo_tax": _integers(tax),
            "lo_commitdate": _integers(calendar[commit_day]),
            "lo_shipmode": _text(words.SHIP_MODES, ship_mode),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the Star Schema Benchmark as Parquet.")
    parser.add_argument("directory")
    parser.add_argument("--sf", type=float, default=1.0, help="scale factor (default 1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for table, path in generate(options.directory, options.sf, options.seed).items():
        print(f"{table:10} {pq.read_metadata(path).num_rows:>12,} rows {path}")


if __name__ == "__main__":
    main()
