"""Dates, times and intervals as text: read and written as PostgreSQL does.

Everything is in physical form: days or microseconds since 1970-01-01, microseconds since midnight,
months, days and microseconds of an interval.
"""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
from coldb.engine.functions.dates.calendar import (
    DAY,
    FIRST_DAY,
    LAST_DATE,
    LAST_TIMESTAMP_DAY,
    civil_from_days,
    days_from_civil,
    is_date,
)
from coldb.engine.functions.dates.time_zones import (
    named_zone,
    offset_of_abbreviation,
    utc_from_local,
)
from coldb.errors import DataError
from coldb_warehouse.types import Kind, Type

__all__ = [
    "date_text",
    "interval_text",
    "parse_moment",
    "parse_time",
    "time_text",
    "timestamp_text",
    "timestamptz_text",
]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCKS = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?P<fraction>\.[0-9]*)?)?"
    r"(?:\s*(?P<half>[ap]m)\b)?",
    r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?P<fraction>\.[0-9]*)?)?",
)
_ZONE = r"(?:\s*(?P<zone>[+-][0-9]{1,2}(?::?[0-9]{2}){0,2}|[a-z][a-z0-9_/+-]*))?"
_ERA = r"(?P<era>\s*\b(?:bc|ad))?"
_DAYS = (
    r"(?P<year>[0-9]{4,7})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})",
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
    rf"(?P<day>[0-9]{{1,2}})[ -]?{_MONTH}[ ,-]+(?P<year>[0-9]{{4,7}})",
    rf"{_MONTH}[ -]*(?P<day>[0-9]{{1,2}})[ ,-]+(?P<year>[0-9]{{4,7}})",
    rf"(?P<year>[0-9]{{4,7}})[ -]?{_MONTH}[ -]?(?P<day>[0-9]{{1,2}})",
)
_MOMENTS = tuple(
    re.compile(rf"{day}{_ERA}(?:(?:\s+|t){clock}{_ZONE})?{_ERA.replace('era', 'late_era')}")
    for day in _DAYS
    for clock in _CLOCKS
)
_TIMES = tuple(re.compile(rf"{clock}{_ZONE}") for clock in _CLOCKS)
_OFFSET = re.compile(r"([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::?([0-9]{2}))?")
_FORMS = {
    Kind.DATE: "YYYY-MM-DD",
    Kind.TIME: "HH:MM:SS",
    Kind.TIMESTAMP: "YYYY-MM-DD HH:MM:SS",
    Kind.TIMESTAMPTZ: "YYYY-MM-DD HH:MM:SS+00",
}


# --- reading -----------------------------------------------------------------------------------


def parse_moment(text: str, type_: Type) -> int:
    """Microseconds since 1970-01-01 of a date with or without a time. A zone counts for TIMESTAMPTZ,
    which is in UTC without one, and is ignored for others. DataError if the text is no moment."""
    words = text.strip().lower()
    if words == "epoch":
        return 0
    match = _first_match(_MOMENTS, words)
    if match is None:
        raise _invalid(text, type_, f"write it as {_FORMS[type_.kind]}")
    parts = match.groupdict()
    month = int(parts.get("month") or 0) or _MONTHS.index(parts["name"][:3]) + 1
    written, day = int(parts["year"]), int(parts["day"])
    is_bc = "bc" in (parts["era"] or parts["late_era"] or "")
    year = 1 - written if is_bc else written
    if written == 0 or not is_date(year, month, day):
        raise _invalid(text, type_, "there is no such day")
    total: int = days_from_civil(year, month, day) * DAY
    if parts["hour"] is not None:
        total += _time_of_day(match, text, type_)
    if type_.kind is Kind.TIMESTAMPTZ and parts["zone"]:
        total = _in_utc(total, parts["zone"], text, type_)
    last = LAST_DATE if type_.kind is Kind.DATE else LAST_TIMESTAMP_DAY
    if not FIRST_DAY <= total // DAY <= last:
        raise DataError(f'value "{text}" is out of range for {type_}')
    return total


def parse_time(text: str, type_: Type) -> int:
    """Microseconds since midnight; a zone, and a date before the time, are ignored."""
    words = text.strip().lower()
    match = _first_match(_TIMES, words) or _first_match(_MOMENTS, words)
    if match is None or match["hour"] is None:
        raise _invalid(text, type_, f"write it as {_FORMS[type_.kind]}")
    return _time_of_day(match, text, type_)


def _first_match(forms: tuple[re.Pattern[str], ...], words: str) -> re.Match[str] | None:
    return next(filter(None, (form.fullmatch(words) for form in forms)), None)


def _time_of_day(match: re.Match[str], text: str, type_: Type) -> int:
    """Microseconds since midnight; 24:00:00 and :60 roll over."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    fraction = round(Decimal(f"0{match['fraction'] or ''}") * 1_000_000)
    fits = True
    half = match.groupdict().get("half")
    if half:
        fits = hour <= 12
        hour = hour % 12 + (12 if half == "pm" else 0)
    total = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
    if not fits or minute > 59 or second > 60 or total > DAY:
        raise _invalid(text, type_, "there is no such time of day")
    return total


def _in_utc(local: int, zone: str, text: str, type_: Type) -> int:
    offset = _OFFSET.fullmatch(zone)
    if offset is None:
        east = offset_of_abbreviation(zone)
        if east is not None:
            return local - east
        return int(utc_from_local(np.array([local]), named_zone(zone))[0])
    hours, minutes, seconds = (int(part or 0) for part in offset.groups()[1:])
    if hours > 15 or minutes > 59 or seconds > 59:
        raise _invalid(text, type_, "there is no such offset from UTC")
    east = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000
    return local - east if offset[1] == "+" else local + east


def _invalid(text: str, type_: Type, hint: str) -> DataError:
    return DataError(f'invalid {type_} "{text}": {hint}')


# --- writing -----------------------------------------------------------------------------------


def date_text(days: int) -> str:
    year, month, day = civil_from_days(days)
    era = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{month:02}-{day:02}{era}"


def timestamp_text(microseconds: int, zone: str = "") -> str:
    days, time = divmod(microseconds, DAY)
    date, _, era = date_text(days).partition(" ")
    return f"{date} {time_text(time)}{zone}{' ' if era else ''}{era}"


def timestamptz_text(microseconds: int) -> str:
    """In the zone of the session, which is UTC."""
    return timestamp_text(microseconds, "+00")


def time_text(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:06}".rstrip("0") if fraction else text


def interval_text(months: int, days: int, microseconds: int) -> str:
    """PostgreSQL's style: `1 year 2 mons -3 days +04:05:06`; a sign is shown where it changes."""
    years = abs(months) // 12 * (-1 if months < 0 else 1)
    parts: list[str] = []
    negative = False
    for amount, unit in ((years, "year"), (months - years * 12, "mon"), (days, "day")):
        if amount:
            plus = "+" if negative and amount > 0 else ""
            parts.append(f"{plus}{amount} {unit}{'' if amount == 1 else 's'}")
            negative = amount < 0
    if microseconds or not parts:
        sign = "-" if microseconds < 0 else "+" if negative else ""
        parts.append(sign + time_text(abs(microseconds)))
    return " ".join(parts)
