"""to_char for dates and timestamps: a template of patterns such as YYYY-MM-DD HH24:MI:SS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from coldb.engine.functions.dates.calendar import DAY, civil_from_days, days_from_civil
from coldb.errors import DataError

__all__ = ["format_interval", "format_timestamp", "patterns_of"]

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


class Moment:
    """A timestamp taken apart."""

    def __init__(self, microseconds: int) -> None:
        self.days, time = divmod(microseconds, DAY)
        self.seconds, self.fraction = divmod(time, 1_000_000)
        self.astronomical_year, self.month, self.day = civil_from_days(self.days)
        self.year = (
            self.astronomical_year if self.astronomical_year > 0 else 1 - self.astronomical_year
        )
        self.hour = self.seconds // 3600
        self.minute = self.seconds // 60 % 60
        self.second = self.seconds % 60
        self.day_of_year = self.days - days_from_civil(self.astronomical_year, 1, 1) + 1
        self.weekday = (self.days + 3) % 7
        thursday = self.days - self.weekday + 3
        self.iso_year = civil_from_days(thursday)[0]
        self.iso_week = (thursday - days_from_civil(self.iso_year, 1, 1)) // 7 + 1
        first_monday = thursday - (self.iso_week - 1) * 7 - 3
        self.iso_day_of_year = self.days - first_monday + 1


class Duration:
    """An interval taken apart; every part has the sign of what it is a part of."""

    def __init__(self, months: int, days: int, microseconds: int) -> None:
        self.year, self.month = _split(months, 12)
        self.astronomical_year = self.year
        self.day = days
        self.day_of_year = months * 30 + days
        self.seconds, self.fraction = _split(microseconds, 1_000_000)
        minutes, self.second = _split(self.seconds, 60)
        self.hour, self.minute = _split(minutes, 60)


def _split(amount: int, unit: int) -> tuple[int, int]:
    """Quotient and remainder of division toward zero."""
    whole = abs(amount) // unit * (-1 if amount < 0 else 1)
    return whole, amount - whole * unit


Pattern: TypeAlias = Callable[[Any], "tuple[int, int]"]

_OF_DATES = frozenset(
    {"IYYY", "IYY", "IY", "I", "D", "ID", "IDDD", "WW", "IW", "W", "J", "AD", "BC", "A.D.", "B.C."}
)
"""Patterns besides the names that an interval has no value for."""


def _fraction(digits: int) -> Pattern:
    return lambda moment: (moment.fraction // 10 ** (6 - digits), digits)


# Numbers: the value and its least number of digits.
_NUMBERS: dict[str, Pattern] = {
    "YYYY": lambda m: (m.year, 4),
    "YYY": lambda m: (m.year % 1000, 3),
    "YY": lambda m: (m.year % 100, 2),
    "Y": lambda m: (m.year % 10, 1),
    "IYYY": lambda m: (m.iso_year, 4),
    "IYY": lambda m: (m.iso_year % 1000, 3),
    "IY": lambda m: (m.iso_year % 100, 2),
    "I": lambda m: (m.iso_year % 10, 1),
    "CC": lambda m: ((m.year - 1) // 100 + 1, 2),
    "Q": lambda m: ((m.month + 2) // 3, 1),
    "MM": lambda m: (m.month, 2),
    "DD": lambda m: (m.day, 2),
    "DDD": lambda m: (m.day_of_year, 3),
    "D": lambda m: ((m.weekday + 1) % 7 + 1, 1),
    "ID": lambda m: (m.weekday + 1, 1),
    "IDDD": lambda m: (m.iso_day_of_year, 3),
    "WW": lambda m: ((m.day_of_year - 1) // 7 + 1, 2),
    "IW": lambda m: (m.iso_week, 2),
    "W": lambda m: ((m.day - 1) // 7 + 1, 1),
    "J": lambda m: (m.days + 2_440_588, 1),
    "HH": lambda m: ((m.hour + 11) % 12 + 1, 2),
    "HH12": lambda m: ((m.hour + 11) % 12 + 1, 2),
    "HH24": lambda m: (m.hour, 2),
    "MI": lambda m: (m.minute, 2),
    "SS": lambda m: (m.second, 2),
    "MS": lambda m: (m.fraction // 1000, 3),
    "US": lambda m: (m.fraction, 6),
    **{f"FF{digits}": _fraction(digits) for digits in range(1, 7)},
    "SSSS": lambda m: (m.seconds, 1),
    "SSSSS": lambda m: (m.seconds, 1),
}

# Names: the text (in the case in which it is shown for a pattern like `Month`) and its width.
_NAMES: dict[str, Callable[[Any], tuple[str, int]]] = {
    "MONTH": lambda m: (MONTHS[m.month - 1], 9),
    "MON": lambda m: (MONTHS[m.month - 1][:3], 3),
    "DAY": lambda m: (DAYS[m.weekday], 9),
    "DY": lambda m: (DAYS[m.weekday][:3], 3),
    "RM": lambda m: (ROMAN[m.month - 1], 4),
}

_MERIDIEM = {
    "AM": ("AM", "PM"),
    "PM": ("AM", "PM"),
    "A.M.": ("A.M.", "P.M."),
    "P.M.": ("A.M.", "P.M."),
}
_ERA = {"BC": ("BC", "AD"), "AD": ("BC", "AD"), "B.C.": ("B.C.", "A.D."), "A.D.": ("B.C.", "A.D.")}

_WORDS = sorted(("Y,YYY", *_NUMBERS, *_NAMES, *_MERIDIEM, *_ERA), key=len, reverse=True)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    rf"|(?P<fill>FM|TM)?(?P<word>{'|'.join(map(re.escape, _WORDS))})(?P<ordinal>TH|th)?",
    re.IGNORECASE,
)


def format_timestamp(microseconds: int, template: str) -> str:
    """The timestamp as the template says; what is no pattern, or in double quotes, is kept."""
    moment = Moment(microseconds)
    return _TOKEN.sub(lambda token: _formatted(token, moment), template)


def patterns_of(template: str) -> Iterator[tuple[int, str]]:
    """Where the patterns of a template begin, and their names in capitals; literal text has none."""
    for token in _TOKEN.finditer(template):
        if token["word"] is not None:
            yield token.start(), token["word"].upper()


def format_interval(interval: tuple[int, int, int], template: str) -> str:
    """The same for months, days and microseconds. DataError for what only dates have."""
    duration = Duration(*interval)
    return _TOKEN.sub(lambda token: _formatted(token, duration), template)


def _formatted(token: re.Match[str], moment: Moment | Duration) -> str:
    if token["word"] is None:
        return str(token["quoted"])
    word, fill = token["word"], (token["fill"] or "").upper()
    key = word.upper()
    if isinstance(moment, Duration) and (key in _NAMES or key in _OF_DATES):
        raise DataError(f'an interval has no "{word}", because it is not tied to a date')
    # FM drops padding; TM asks for the names of the locale, which are English here and never padded.
    if key == "Y,YYY":
        return f"{moment.year // 1000},{moment.year % 1000:03d}"
    narrow = fill == "FM" or (fill == "TM" and key in _NAMES)
    if key in _NUMBERS:
        number, width = _NUMBERS[key](moment)
        text = str(number) if narrow else f"{number:0{width + (number < 0)}}"
        return text + (_ordinal(number, token["ordinal"]) if token["ordinal"] else "")
    if key in _NAMES:
        name, width = _NAMES[key](moment)
        text = _in_case(name, word)
        return (text if narrow else text.ljust(width)) + (token["ordinal"] or "")
    before, after = (_MERIDIEM | _ERA)[key]
    first = moment.hour < 12 if key in _MERIDIEM else moment.astronomical_year <= 0
    text = before if first else after
    return (text if word[0].isupper() else text.lower()) + (token["ordinal"] or "")


def _in_case(name: str, word: str) -> str:
    """MONTH is in capitals, month in small letters, Month as it is."""
    if word[0].islower():
        return name.lower()
    return name.upper() if word[1].isupper() else name


def _ordinal(number: int, suffix: str) -> str:
    text = (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return text.upper() if suffix.isupper() else text
