"""Days since 1970-01-01 to year, month and day in the proleptic Gregorian calendar, and back.

Everything here is integer arithmetic that works alike on Python integers and on int64 arrays. Years
count astronomically: year 0 is 1 BC. Source: Howard Hinnant, chrono-Compatible Low-Level Date
Algorithms, with years that start in March so that the leap day comes last.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "DAY",
    "FIRST_DAY",
    "JULIAN_EPOCH",
    "LAST_DATE",
    "LAST_TIMESTAMP_DAY",
    "civil_from_days",
    "clamped_days",
    "days_from_civil",
    "days_in_month",
    "is_date",
]

DAY = 86_400_000_000
"""Microseconds in a day."""

FIRST_DAY = -2_440_588
"""4714-11-24 BC: dates and timestamps start here, as in PostgreSQL."""

JULIAN_EPOCH = 2_440_588
"""The Julian day number of 1970-01-01."""

LAST_DATE = 2_145_042_905
"""5874897-12-31."""

LAST_TIMESTAMP_DAY = 106_751_990
"""294247-01-09, the last day whose microseconds all fit in int64."""

_DAYS_PER_ERA = 146_097  # 400 years
_EPOCH = 719_468  # days from 0000-03-01 to 1970-01-01


def days_from_civil(year: Any, month: Any, day: Any) -> Any:
    """The day number of a date that exists."""
    year = year - (month <= 2)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _DAYS_PER_ERA + day_of_era - _EPOCH


def civil_from_days(days: Any) -> tuple[Any, Any, Any]:
    """Year, month (1 to 12) and day of the month (1 to 31) of a day number."""
    days = days + _EPOCH
    era = days // _DAYS_PER_ERA
    day_of_era = days - era * _DAYS_PER_ERA
    leap_days = day_of_era // 1460 - day_of_era // 36_524 + day_of_era // 146_096
    year_of_era = (day_of_era - leap_days) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = (month_from_march + 2) % 12 + 1
    return year_of_era + era * 400 + (month <= 2), month, day


def days_in_month(year: Any, month: Any) -> Any:
    next_year, next_month = year + (month == 12), month % 12 + 1
    return days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1)


def clamped_days(year: Any, months: Any, day: Any) -> Any:
    """The day number of a date whose month may be any integer: 13 is January of the next year.

    A day that the month does not have becomes its last.
    """
    year = year + (months - 1) // 12
    month = (months - 1) % 12 + 1
    length = days_in_month(year, month)
    return days_from_civil(year, month, day - (day > length) * (day - length))


def is_date(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)
