"""What the text of an INTERVAL means: months, days and microseconds.

The forms are PostgreSQL's: `1 month -2 days`, `3 12:30:05.5`, `1-2` (years and months), ISO 8601's
`P1Y2M3DT4H5M6S`, and a bare number with its unit behind the string. A fraction of a unit is carried
into smaller ones with 12 months a year, 30 days a month, 24 hours a day.
"""

from __future__ import annotations

import re
from fractions import Fraction

from coldb_grammar.errors import one_line

__all__ = ["IntervalError", "parse_interval", "truncated"]

_MICROSECONDS_A_DAY = 24 * 60 * 60 * 1_000_000

# unit -> (months, days, microseconds) of one.
_UNITS = {
    "millennium": (12_000, 0, 0),
    "century": (1_200, 0, 0),
    "decade": (120, 0, 0),
    "year": (12, 0, 0),
    "month": (1, 0, 0),
    "week": (0, 7, 0),
    "day": (0, 1, 0),
    "hour": (0, 0, 3_600_000_000),
    "minute": (0, 0, 60_000_000),
    "second": (0, 0, 1_000_000),
    "millisecond": (0, 0, 1_000),
    "microsecond": (0, 0, 1),
}
_SHORT = {
    "centuries": "century",
    "millennia": "millennium",
    "y": "year",
    "yr": "year",
    "yrs": "year",
    "mon": "month",
    "mons": "month",
    "w": "week",
    "d": "day",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "m": "minute",
    "min": "minute",
    "mins": "minute",
    "s": "second",
    "sec": "second",
    "secs": "second",
    "ms": "millisecond",
    "us": "microsecond",
}
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_PART = re.compile(
    rf"""\s*(?:
        (?P<sign>[+-]?)(?P<hours>[0-9]+):(?P<minutes>[0-9]+)(?::(?P<seconds>[0-9]+(?:\.[0-9]*)?))?
      | (?P<years>[+-]?[0-9]+)-(?P<months>[0-9]+)
      | (?P<number>{_NUMBER})\s*(?P<unit>[a-z]*)
    )\s*""",
    re.VERBOSE,
)
_ISO = re.compile(
    "p(?:{n}y)?(?:{n}m)?(?:{n}w)?(?:{n}d)?(?:t(?:{n}h)?(?:{n}m)?(?:{n}s)?)?".format(
        n=f"({_NUMBER})"
    )
)
_ISO_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
_SPACED_SIGN = re.compile(r"(?<=\s)([+-])\s+")
_LONGEST = 200  # characters


class IntervalError(ValueError):
    """The text is no interval; the message says why."""


def parse_interval(text: str, unit: str | None = None) -> tuple[int, int, int]:
    """(months, days, microseconds) of an interval's text; `unit` is that of a bare number.

    Raises IntervalError.
    """
    words = text.strip().lower()
    if not words or len(words) > _LONGEST:
        raise IntervalError(f"an interval has from 1 to {_LONGEST} characters")
    words = _SPACED_SIGN.sub(r"\1", f" {words}").lstrip()
    ago = words.endswith(" ago")
    parts = _parts(words.removesuffix(" ago").rstrip(), unit)
    total = [sum(column) for column in zip(*parts, strict=True)]
    months, days, microseconds = (-amount if ago else amount for amount in total)
    if max(abs(months), abs(days)) >= 2**31 or abs(microseconds) >= 2**63:
        raise IntervalError(f'the interval "{one_line(text)}" is out of range')
    return months, days, microseconds


def truncated(interval: tuple[int, int, int], unit: str) -> tuple[int, int, int]:
    """What is left of an interval whose text has no units smaller than `unit`: PostgreSQL's
    `INTERVAL '1 day 5 hours' DAY` is a day."""
    months, days, microseconds = interval
    if unit in ("year", "month"):
        kept = abs(months) // 12 * 12 if unit == "year" else abs(months)
        return kept if months >= 0 else -kept, 0, 0
    if unit == "day":
        return months, days, 0
    whole = abs(microseconds) // _UNITS[unit][2] * _UNITS[unit][2]
    return months, days, whole if microseconds >= 0 else -whole


def _parts(words: str, unit: str | None) -> list[tuple[int, int, int]]:
    if words.startswith("p"):
        return _iso_parts(words)
    parts = []
    position = 0
    while position < len(words):
        part = _PART.match(words, position)
        if part is None:
            raise IntervalError(f'"{one_line(words[position:])}" is no part of an interval')
        position = part.end()
        rest = words[position:]
        parts.append(_part(part, "day" if ":" in rest else "" if rest else unit or "second"))
    return parts


def _part(part: re.Match[str], bare_unit: str) -> tuple[int, int, int]:
    """One part; a number without a unit counts `bare_unit`s."""
    if part["hours"]:
        seconds = 3600 * int(part["hours"]) + 60 * int(part["minutes"])
        microseconds = round((seconds + Fraction(part["seconds"] or 0)) * 1_000_000)
        return 0, 0, -microseconds if part["sign"] == "-" else microseconds
    if part["years"]:
        months = int(part["months"])
        sign = -1 if part["years"].startswith("-") else 1
        return 12 * int(part["years"]) + sign * months, 0, 0
    return _amount(Fraction(part["number"]), part["unit"] or bare_unit)


def _iso_parts(words: str) -> list[tuple[int, int, int]]:
    match = _ISO.fullmatch(words)
    if match is None or not any(match.groups()):
        raise IntervalError(f'"{one_line(words.upper())}" is no ISO 8601 interval')
    return [
        _amount(Fraction(number), unit)
        for number, unit in zip(match.groups(), _ISO_UNITS, strict=True)
        if number
    ]


def _amount(number: Fraction, unit: str) -> tuple[int, int, int]:
    name = _SHORT.get(unit, unit)
    size = _UNITS.get(name) or _UNITS.get(name.removesuffix("s"))
    if size is None:
        raise IntervalError(f'"{unit}" is no unit of time')
    months, days, microseconds = (number * each for each in size)
    if size[0] > 1:
        return round(months), 0, 0
    whole_months = int(months)
    days += (months - whole_months) * 30
    whole_days = int(days)
    microseconds += (days - whole_days) * _MICROSECONDS_A_DAY
    return whole_months, whole_days, round(microseconds)
