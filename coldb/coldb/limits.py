"""Sizes that a user may give as text."""

from __future__ import annotations

import re

from coldb.errors import InterfaceError

__all__ = ["parse_bytes"]

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}


def parse_bytes(text: str) -> int:
    """`"512MB"`, `"2 GB"`, `"1.5GiB"` or plain bytes. Raises InterfaceError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", text)
    unit = _UNITS.get(match.group(2).lower()) if match else None
    if match is None or unit is None:
        raise InterfaceError(
            f'"{text}" is not a size: write bytes, or a number with KB, MB, GB, KiB, MiB or GiB'
        )
    return int(float(match.group(1)) * unit)
