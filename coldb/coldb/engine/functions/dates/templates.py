"""to_char of columns of timestamps: each part of a template is written once for each day or time.

A template falls into stretches that depend on the day alone or on the time of day alone, and a
column has far fewer days, or minutes of the day, than moments.
"""

from __future__ import annotations

from functools import lru_cache

from coldb.engine.functions.dates.calendar import DAY
from coldb.engine.functions.dates.formats import format_timestamp, patterns_of
from coldb.engine.functions.distinct import map_distinct
from coldb.engine.vector import Vector
from coldb_warehouse.types import TIMESTAMP, Type

__all__ = ["write_moments"]

_MINUTE = 60_000_000
_OF_MINUTES = frozenset({"HH", "HH12", "HH24", "MI", "AM", "PM", "A.M.", "P.M."})
_OF_SECONDS = frozenset({"SS", "SSSS", "SSSSS"})
_OF_FRACTIONS = frozenset({"MS", "US", *(f"FF{digits}" for digits in range(1, 7))})


@lru_cache(maxsize=64)
def _stretches(template: str) -> tuple[tuple[str, int], ...]:
    """Pieces of a template, and the microseconds in which what they show changes; none if it shows
    nothing of a moment."""
    pieces: list[tuple[int, int]] = []
    for start, pattern in patterns_of(template):
        unit = DAY
        if pattern in _OF_MINUTES:
            unit = _MINUTE
        elif pattern in _OF_SECONDS:
            unit = 1_000_000
        elif pattern in _OF_FRACTIONS:
            unit = 1
        if not pieces or pieces[-1][1] != unit:
            pieces.append((start if pieces else 0, unit))
    if not pieces:
        return ()
    ends = (*(start for start, _ in pieces[1:]), len(template))
    return tuple(
        (template[start:end], unit) for (start, unit), end in zip(pieces, ends, strict=True)
    )


def write_moments(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The kernel of to_char(timestamp, template)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    moments, template = arguments
    stretches = _stretches(template.strings[0].as_py()) if template.constant else ()
    if moments.constant or not stretches:
        return map_distinct(format_timestamp, arguments, result, rows)
    time = moments.values
    written = []
    for text, unit in stretches:
        key = time // DAY * DAY if unit == DAY else time % DAY // unit * unit
        piece = Vector.constant_of(template.type, text)
        part = map_distinct(format_timestamp, (Vector(TIMESTAMP, key), piece), result, rows)
        if len(stretches) == 1:
            return part
        written.append(part.strings)
    nothing = pa.scalar("", pa.large_string())
    return Vector(result, pc.binary_join_element_wise(*written, nothing))
