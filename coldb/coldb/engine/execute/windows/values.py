"""Functions that give the value of another row: lag and lead, first_value, last_value, nth_value.

All of them count rows: of the partition, or of the frame. With IGNORE NULLS, only the rows where the
value is not NULL count. The counted rows are listed once, and prefix sums tell how many of them come
before a place, so that the row wanted is found without a search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.assemble import scattered
from coldb.engine.execute.states.state import none_if_all
from coldb.engine.grouping import validity
from coldb.errors import DataError

if TYPE_CHECKING:
    import numpy.typing as npt
    from coldb.engine.execute.windows.arrangement import Places
    from coldb.engine.execute.windows.call_rows import CallRows
    from coldb.engine.vector import Mask, Vector

__all__ = ["FUNCTIONS"]


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """`places` are those that count, `before[place]` is how many of them come before a place; both
    None where every place counts."""

    places: Places | None
    before: Places | None

    def number_at(self, places: Places) -> Places:
        """How many counted places come before each of these."""
        return places if self.before is None else self.before.take(places)

    def place_of(self, numbers: Places) -> Places:
        """The counted places by number."""
        return numbers if self.places is None else self.places.take(numbers, mode="clip")


def _counted(rows: CallRows, value: Vector) -> _Counted:
    valid = validity(value) if rows.call.ignore_nulls else None
    if valid is None:
        return _Counted(None, None)
    before = np.zeros(rows.rows + 1, dtype=np.intp)
    np.cumsum(valid, out=before[1:])
    # One place more, so that there is always something to take.
    return _Counted(np.append(np.flatnonzero(valid), 0), before)


# --- lag and lead ------------------------------------------------------------------------------


def _lag(rows: CallRows) -> Vector:
    return _shifted(rows, -1)


def _lead(rows: CallRows) -> Vector:
    return _shifted(rows, 1)


def _shifted(rows: CallRows, direction: int) -> Vector:
    """The value so many rows away in the partition; the default where there is no such row."""
    value = rows.argument(0)
    steps, known = _steps(rows)
    steps *= direction
    counted = _counted(rows, value)
    here = counted.number_at(rows.places)
    if counted.before is not None:
        # Of the counted places, one that is itself NULL lies between two.
        here = here - ((steps > 0) & (counted.before[1:] == counted.before[:-1]))
    target = here + steps
    exists = target >= counted.number_at(rows.partitions.first_of)
    exists &= target < counted.number_at(rows.partitions.ends_of)
    target = counted.place_of(np.where(exists, target, 0))
    target = np.where(steps == 0, rows.places, target)
    exists |= steps == 0
    if known is not None:
        exists &= known
    found = _picked(value, target, exists)
    return found if len(rows.call.arguments) < 3 else _or_default(rows, found, exists, known)


def _steps(rows: CallRows) -> tuple[npt.NDArray[np.int64], Mask | None]:
    """The offset of each row, and where it is not NULL."""
    if len(rows.call.arguments) < 2:
        return np.ones(rows.rows, dtype=np.int64), None
    offset = rows.argument(1).plain()
    return offset.values.astype(np.int64), validity(offset)


def _or_default(rows: CallRows, found: Vector, exists: Mask, known: Mask | None) -> Vector:
    missing = ~exists if known is None else ~exists & known
    where = np.flatnonzero(missing)
    if not len(where):
        return found
    others = np.flatnonzero(~missing)
    return scattered(
        [(others, found.take(others)), (where, rows.argument(2).take(where))], rows.rows
    )


# --- values of the frame -----------------------------------------------------------------------


def _first_value(rows: CallRows) -> Vector:
    return _nth_of_frame(rows, np.ones(rows.rows, dtype=np.int64), None)


def _last_value(rows: CallRows) -> Vector:
    return _nth_of_frame(rows, None, None)


def _nth_value(rows: CallRows) -> Vector:
    nth = rows.argument(1).plain()
    valid = validity(nth)
    numbers = nth.values.astype(np.int64)
    if (numbers < 1 if valid is None else (numbers < 1) & valid).any():
        raise DataError("the argument of nth_value must be greater than zero")
    return _nth_of_frame(rows, numbers, valid)


def _nth_of_frame(
    rows: CallRows, wanted: npt.NDArray[np.int64] | None, known: Mask | None
) -> Vector:
    """The value in the row of the frame with the wanted number, from one; of the last row for None."""
    value = rows.argument(0)
    counted = _counted(rows, value)
    ranges = [
        (counted.number_at(piece.first), counted.number_at(piece.ends)) for piece in rows.pieces
    ]
    sizes = [ends - first for first, ends in ranges]
    total = sum(sizes[1:], start=sizes[0])
    wanted = total if wanted is None else wanted
    exists = (wanted >= 1) & (wanted <= total)
    number, left = np.zeros(rows.rows, dtype=np.intp), wanted - 1
    for (first, _), size in zip(ranges, sizes, strict=True):
        number = np.where((left >= 0) & (left < size), first + left, number)
        left = left - size
    if known is not None:
        exists &= known
    return _picked(value, counted.place_of(np.where(exists, number, 0)), exists)


def _picked(value: Vector, places: Places, exists: Mask) -> Vector:
    """The values at the places, NULL where there is none."""
    picked = value.take(places)
    valid = exists if picked.valid is None else exists & picked.valid
    return replace(picked, valid=none_if_all(valid))


FUNCTIONS = {
    "lag": _lag,
    "lead": _lead,
    "first_value": _first_value,
    "last_value": _last_value,
    "nth_value": _nth_value,
}
