"""The calendar: a dimension that no source has, made by a query over the days of its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.schema import Column, Filling, Hierarchy, TableKind, TableSchema
from coldb_warehouse.types import DATE, INTEGER, VARCHAR

from coldb_etl.names import quote_identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CALENDAR_DAY", "calendar"]

CALENDAR_DAY = "day"
_MAX_DAYS = 73_049  # two hundred years: one wrong date must not make a calendar of ten thousand


def calendar(name: str, source: str, days: Iterable[tuple[str, str]]) -> TableSchema:
    """A table of the whole years from the first to the last day in these (table, column) of SQLite."""
    return TableSchema(
        name,
        TableKind.DIMENSION,
        (
            Column(CALENDAR_DAY, DATE, nullable=False),
            Column("year", INTEGER, nullable=False),
            Column("quarter", INTEGER, nullable=False),
            Column("month", INTEGER, nullable=False),
            Column("weekday", INTEGER, nullable=False),
            Column("weekday_name", VARCHAR, nullable=False),
        ),
        primary_key=(CALENDAR_DAY,),
        hierarchies=(Hierarchy("date", ("year", "quarter", "month", CALENDAR_DAY)),),
        filling=Filling(source, _query(days)),
    )


def _query(days: Iterable[tuple[str, str]]) -> str:
    found = "\n        UNION ALL ".join(
        f"SELECT substr({quote_identifier(column)}, 1, 10) FROM {quote_identifier(table)}"
        for table, column in dict.fromkeys(days)
    )
    return f"""
    WITH RECURSIVE days_of_facts (day) AS (
        {found}
    ), bounds (first_day, last_day) AS (
        SELECT strftime('%Y-01-01', min(day)), strftime('%Y-12-31', max(day))
        FROM days_of_facts WHERE date(day) = day
    ), days (day) AS (
        SELECT first_day FROM bounds WHERE first_day IS NOT NULL
        UNION ALL
        SELECT date(day, '+1 day') FROM days, bounds WHERE day < last_day LIMIT {_MAX_DAYS}
    )
    SELECT day,
           CAST(strftime('%Y', day) AS INTEGER) AS year,
           (CAST(strftime('%m', day) AS INTEGER) + 2) / 3 AS quarter,
           CAST(strftime('%m', day) AS INTEGER) AS month,
           (CAST(strftime('%w', day) AS INTEGER) + 6) % 7 + 1 AS weekday,
           CASE strftime('%w', day)
               WHEN '0' THEN 'Sunday' WHEN '1' THEN 'Monday' WHEN '2' THEN 'Tuesday'
               WHEN '3' THEN 'Wednesday' WHEN '4' THEN 'Thursday' WHEN '5' THEN 'Friday'
               ELSE 'Saturday' END AS weekday_name
    FROM days"""
