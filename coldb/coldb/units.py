"""Amounts as people read them: counts, durations, rows and bytes."""

from __future__ import annotations

__all__ = ["count", "duration", "quantity", "size"]


def count(number: int, noun: str) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """`0.2 ms`, `8.1 ms`, `1.25 s`, `2 min 05 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def quantity(number: float) -> str:
    """`980`, `12.5 k`, `6.0 M`, `1.2 G`."""
    return _scaled(number, ("", " k", " M", " G", " T"))


def size(octets: float) -> str:
    """`980 bytes`, `3.2 MB`: decimal units, as disks are sold."""
    return _scaled(octets, (" bytes", " kB", " MB", " GB", " TB"))


def _scaled(number: float, units: tuple[str, ...]) -> str:
    exponent = 0
    while number >= 999.95 and exponent < len(units) - 1:
        number /= 1000
        exponent += 1
    return f"{number:.1f}{units[exponent]}" if exponent else f"{number:.0f}{units[0]}"
