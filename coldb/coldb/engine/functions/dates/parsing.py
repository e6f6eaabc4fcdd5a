"""to_date and to_timestamp: reads text by the patterns that to_char writes."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import NoReturn

from coldb.engine.functions.dates.calendar import (
    DAY,
    FIRST_DAY,
    JULIAN_EPOCH,
    LAST_TIMESTAMP_DAY,
    days_from_civil,
    is_date,
)
from coldb.engine.functions.dates.formats import DAYS, MONTHS, ROMAN
from coldb.errors import DataError

__all__ = ["moment_of_epoch", "parse_formatted"]

_NAMES = {name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)}
_FULL_NAME = "|".join(MONTHS)
_SHORT_NAME = "|".join(name[:3] for name in MONTHS)

# Pattern: the name of the field, and what it matches.
_FIELDS = {
    "Y,YYY": ("year", r"\d{1,3},\d{3}"),
    "YYYY": ("year", r"\d{1,7}"),
    "YY": ("short_year", r"\d{2}"),
    "IYYY": ("iso_year", r"\d{4}"),
    "IW": ("iso_week", r"\d{1,2}"),
    "ID": ("iso_day", r"[1-7]"),
    "J": ("julian", r"\d+"),
    "MM": ("month", r"\d{1,2}"),
    "MONTH": ("month_name", _FULL_NAME),
    "MON": ("month_name", _SHORT_NAME),
    "RM": ("roman", "|".join(sorted(ROMAN, key=len, reverse=True))),
    "DDD": ("day_of_year", r"\d{1,3}"),
    "DD": ("day", r"\d{1,2}"),
    "DAY": ("day_name", "|".join(DAYS)),
    "DY": ("day_name", "|".join(name[:3] for name in DAYS)),
    "HH24": ("hour", r"\d{1,2}"),
    "HH12": ("half_hour", r"\d{1,2}"),
    "HH": ("half_hour", r"\d{1,2}"),
    "MI": ("minute", r"\d{1,2}"),
    "SSSSS": ("seconds", r"\d{1,5}"),
    "SSSS": ("seconds", r"\d{1,5}"),
    "SS": ("second", r"\d{1,2}"),
    "MS": ("fraction", r"\d{1,3}"),
    "US": ("fraction", r"\d{1,6}"),
    **{f"FF{digits}": ("fraction", rf"\d{{1,{digits}}}") for digits in range(1, 7)},
    **dict.fromkeys(("AM", "PM", "A.M.", "P.M."), ("meridiem", r"[ap]\.?m\.?")),
    **dict.fromkeys(("BC", "AD", "B.C.", "A.D."), ("era", r"bc|ad|b\.c\.|a\.d\.")),
}
_WORDS = "|".join(re.escape(word) for word in sorted(_FIELDS, key=len, reverse=True))
_TOKEN = re.compile(
    rf'"(?P<quoted>[^"]*)"?|(?:FM|FX|TM)?(?P<field>{_WORDS})(?:th)?|(?P<separators>[\W_]+)|.',
    re.IGNORECASE,
)


def parse_formatted(text: str, template: str) -> int:
    """Microseconds since 1970-01-01; what the template leaves out is the first of its kind.

    Raises DataError if the text does not look like the template, or is no moment of the calendar.
    """
    match = _expression(template).match(text)
    if match is None:
        raise DataError(f'"{text}" does not look like {template}')
    fields = match.groupdict()
    days = _days(fields, text)
    if days > LAST_TIMESTAMP_DAY:
        _out_of_range(text)
    fraction = int((fields.get("fraction") or "0").ljust(6, "0"))
    return days * DAY + _seconds(fields, text) * 1_000_000 + fraction


@lru_cache(maxsize=64)
def _expression(template: str) -> re.Pattern[str]:
    """A separator matches any separators, another character any character."""
    parts = []
    seen = set()
    tokens = list(_TOKEN.finditer(template))
    for token, following in zip_longest(tokens, tokens[1:]):
        if token["field"] is None:
            quoted = token["quoted"]
            count = len(token[0] if quoted is None else quoted)
            parts.append(r"[\W_]*" if token["separators"] else "." * count)
            continue
        name, pattern = _FIELDS[token["field"].upper()]
        if name in seen:
            raise DataError(f'the template "{template}" has the same field twice')
        seen.add(name)
        if name == "year" and following is not None and following["field"]:
            pattern = r"\d{4}"
        parts.append(rf"\s*(?P<{name}>{pattern})")
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _days(fields: dict[str, str | None], text: str) -> int:
    if julian := fields.get("julian"):
        return int(julian) - JULIAN_EPOCH
    if iso_year := fields.get("iso_year"):
        return _iso_days(int(iso_year), fields, text)
    year = int((fields.get("year") or "0").replace(",", ""))
    if (fields.get("era") or "").lower().startswith("b"):
        year = 1 - year
    if short := fields.get("short_year"):
        year = int(short) + (2000 if int(short) < 70 else 1900)
    if day_of_year := fields.get("day_of_year"):
        days: int = days_from_civil(year, 1, 1) + int(day_of_year) - 1
        if not days_from_civil(year, 1, 1) <= days < days_from_civil(year + 1, 1, 1):
            _out_of_range(text)
        return days
    name = fields.get("month_name")
    month = _NAMES[name[:3].lower()] if name else int(fields.get("month") or 1)
    if roman := fields.get("roman"):
        month = ROMAN.index(roman.upper()) + 1
    day = int(fields.get("day") or 1)
    if not is_date(year, month, day):
        _out_of_range(text)
    return int(days_from_civil(year, month, day))


def _iso_days(year: int, fields: dict[str, str | None], text: str) -> int:
    """A week date: the first week is the one with January 4th."""
    week, day = int(fields.get("iso_week") or 1), int(fields.get("iso_day") or 1)
    fourth: int = days_from_civil(year, 1, 4)
    if not 1 <= week <= 53:
        _out_of_range(text)
    return fourth - (fourth + 3) % 7 + (week - 1) * 7 + day - 1


def _seconds(fields: dict[str, str | None], text: str) -> int:
    """Seconds since midnight."""
    if seconds := fields.get("seconds"):
        if int(seconds) >= 86_400:
            _out_of_range(text)
        return int(seconds)
    hour = _hour(fields, text)
    minute, second = int(fields.get("minute") or 0), int(fields.get("second") or 0)
    if hour > 23 or minute > 59 or second > 59:
        _out_of_range(text)
    return (hour * 60 + minute) * 60 + second


def _hour(fields: dict[str, str | None], text: str) -> int:
    half = fields.get("half_hour")
    if half is None:
        return int(fields.get("hour") or 0)
    if not 1 <= int(half) <= 12:
        _out_of_range(text)
    afternoon = (fields.get("meridiem") or "am").lower().startswith("p")
    return int(half) % 12 + (12 if afternoon else 0)


def _out_of_range(text: str) -> NoReturn:
    raise DataError(f'date/time field value out of range: "{text}"')


def moment_of_epoch(seconds: float) -> int:
    """Microseconds since 1970-01-01 of seconds since then."""
    if not FIRST_DAY * 86_400 <= seconds < (LAST_TIMESTAMP_DAY + 1) * 86_400:
        raise DataError(f"timestamp out of range: {seconds} seconds since 1970")
    return round(Fraction(seconds) * 1_000_000)
