"""Whether two answers are the same answer, though two databases spell values differently.

Rows are compared as multisets. Integers, decimals, texts and dates must be equal; where either side
computed in binary floating point, values may differ by one part in 10**9. A source without dates,
decimals or booleans gives ISO texts, floats, or 0 and 1 for them: these are read as what the
warehouse says they are.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["RELATIVE_TOLERANCE", "difference"]

RELATIVE_TOLERANCE = 1e-9
# Above this many rows without a partner the search for one among all would take too long.
MAX_SEARCHED = 2_000

Row: TypeAlias = tuple[Any, ...]


def difference(types: Sequence[str], ours: Sequence[Row], theirs: Sequence[Row]) -> str | None:
    """None if the answers are equal, else one line that says how they are not.

    `types` are the warehouse's type names of the columns, `ours` its rows, `theirs` the source's.
    """
    if theirs and len(theirs[0]) != len(types):
        return f"{len(types)} columns here, {len(theirs[0])} in the source"
    if len(ours) != len(theirs):
        return f"{len(ours):,} rows here, {len(theirs):,} in the source"
    read = [_READERS.get(name.partition("(")[0], _same) for name in types]
    theirs = [tuple(f(v) for f, v in zip(read, row, strict=True)) for row in theirs]
    inexact = [at for at, name in enumerate(types) if _is_inexact(name, at, theirs)]
    left_ours, left_theirs = _unmatched(inexact, ours, theirs)
    if not left_ours:
        return None
    example = f"for example {_shown(left_ours[0])} here, {_shown(left_theirs[0])} in the source"
    return f"{len(left_ours):,} of {len(ours):,} rows differ, {example}"


def _is_inexact(type_name: str, at: int, theirs: Sequence[Row]) -> bool:
    return type_name in ("REAL", "DOUBLE") or any(isinstance(row[at], float) for row in theirs)


# --- reading the source's values ---------------------------------------------------------------


def _same(value: Any) -> Any:
    return value


def _date(value: Any) -> Any:
    moment = _timestamp(value)
    if isinstance(moment, dt.datetime) and moment.time() == dt.time():
        return moment.date()
    return moment


def _timestamp(value: Any) -> Any:
    return _read_by(dt.datetime.fromisoformat)(value)


def _moment(value: Any) -> Any:
    """A timestamp without a zone is in UTC."""
    moment = _timestamp(value)
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment


def _read_by(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A reader of texts that leaves what it cannot read, and what is no text, as it is."""

    def reader(value: Any) -> Any:
        try:
            return read(value) if isinstance(value, str) else value
        except ValueError:
            return value

    return reader


def _boolean(value: Any) -> Any:
    return bool(value) if value in (0, 1) else value


_READERS: dict[str, Callable[[Any], Any]] = {
    "BOOLEAN": _boolean,
    "DATE": _date,
    "TIMESTAMP": _timestamp,
    "TIMESTAMPTZ": _moment,
    "TIME": _read_by(dt.time.fromisoformat),
    "UUID": _read_by(uuid.UUID),
}


# --- matching rows -----------------------------------------------------------------------------


def _unmatched(
    inexact: Sequence[int], ours: Sequence[Row], theirs: Sequence[Row]
) -> tuple[list[Row], list[Row]]:
    """The rows of either side that have no partner on the other, each row used once."""
    if not inexact:
        left, right = Counter(ours), Counter(theirs)
        return list((left - right).elements()), list((right - left).elements())
    left_groups, right_groups = _grouped(inexact, ours), _grouped(inexact, theirs)
    left_over: list[Row] = []
    right_over: list[Row] = []
    for key in left_groups.keys() | right_groups.keys():
        left_rows, right_rows = _pair_off(
            inexact, left_groups.get(key, []), right_groups.get(key, [])
        )
        left_over += left_rows
        right_over += right_rows
    return left_over, right_over


def _grouped(inexact: Sequence[int], rows: Sequence[Row]) -> dict[Row, list[Row]]:
    """Rows by their exact values: only rows of one group can be partners."""
    groups: dict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(value for at, value in enumerate(row) if at not in inexact)].append(row)
    return groups


def _pair_off(
    inexact: Sequence[int], left: list[Row], right: list[Row]
) -> tuple[list[Row], list[Row]]:
    """Pairs rows in the order of their numbers; those that do not fit look for any partner."""
    left, right = sorted(left, key=_order(inexact)), sorted(right, key=_order(inexact))
    pairs = list(zip(left, right, strict=False))
    left_over = [one for one, other in pairs if not _close(inexact, one, other)] + left[
        len(right) :
    ]
    right_over = [other for one, other in pairs if not _close(inexact, one, other)] + right[
        len(left) :
    ]
    if max(len(left_over), len(right_over)) > MAX_SEARCHED:
        return left_over, right_over
    lonely = []
    for row in left_over:
        partner = next((other for other in right_over if _close(inexact, row, other)), None)
        if partner is None:
            lonely.append(row)
        else:
            right_over.remove(partner)
    return lonely, right_over


def _order(inexact: Sequence[int]) -> Callable[[Row], Any]:
    def key(row: Row) -> list[tuple[int, Any]]:
        return [_sortable(row[at]) for at in inexact]

    return key


def _sortable(value: Any) -> tuple[int, Any]:
    """Any mixture of values in one order: NULL, numbers, NaN, then the rest as text."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float | Decimal):
        return (2, 0) if math.isnan(value) else (1, value)
    return (3, str(value))


def _close(inexact: Sequence[int], one: Row, other: Row) -> bool:
    return all(_equal(one[at], other[at]) for at in inexact)


def _equal(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal)
    if not numbers:
        return bool(one == other)
    left, right = float(one), float(other)
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return math.isclose(left, right, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12)


def _shown(row: Row) -> str:
    return "(" + ", ".join("NULL" if value is None else str(value) for value in row) + ")"
