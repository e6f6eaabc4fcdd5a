"""What differs from run to run, told apart from what must not."""

from __future__ import annotations

import re

__all__ = ["comparable"]

_RULES = (
    (re.compile(r"\d[\d,.]* (?:ns|µs|ms|s|min|h)\b"), "# of time"),
    (re.compile(r"\d[\d,.]*(?= (?:B|kB|MB|GB|bytes)\b)"), "#"),
    (re.compile(r"(?<=│) *\d+\.\d{1,3} *$", re.MULTILINE), "#"),  # seconds in the last column
    (re.compile(r"\b\d[\d.]*x\b( (faster|slower|smaller))?"), "#x"),
    (re.compile(r"[█▉▊▋▌▍▎▏]+"), "█"),
    (re.compile(r"\b20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?= UTC| │|$)", re.MULTILINE), "@"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r"─+"), "─"),
)


def comparable(text: str, *, transcript: bool = False) -> str:
    """The text without spacing; of a transcript also without times, sizes, ratios and places."""
    rules = _RULES if transcript else _RULES[-2:]
    for pattern, stands_for in rules:
        text = pattern.sub(stands_for, text)
    return "\n".join(line.strip() for line in text.strip().splitlines())
