"""Functions that give any number of values for a row: series of numbers and times, elements of arrays.

A kernel tells how many values each row has and computes those that are asked for, so a long series is
never in memory as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.arrays import elements
from coldb.engine.functions.coercion import common_type, implicit_cast_allowed
from coldb.engine.functions.dates.calendar import DAY
from coldb.engine.functions.registry import resolve
from coldb.engine.vector import Vector
from coldb.errors import DataError, ProgrammingError
from coldb_warehouse.types import BIGINT, INTEGER, INTERVAL, NULL, TIMESTAMP, TIMESTAMPTZ, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coldb.engine.vector import Indices, Mask
    from coldb_warehouse.types import Type

__all__ = ["SET_FUNCTIONS", "SetFunction", "SetValues", "resolve_set", "values_of_set"]

Typing: TypeAlias = "tuple[tuple[Type, ...], Type]"
"""The types that the arguments have to be cast to, and the type of the values."""


class SetValues(Protocol):
    """What a call gives for a number of rows: `counts[row]` values each."""

    @property
    def counts(self) -> npt.NDArray[np.int64]: ...

    def at(self, rows: Indices, offsets: Indices) -> Vector:
        """For each row number, its value of that number, from zero."""
        ...


@dataclass(frozen=True, slots=True)
class SetFunction:
    """An entry of the table. `match` gives None for arguments that the function does not take."""

    name: str
    takes: str
    match: Callable[[tuple[Type, ...]], Typing | None]
    values: Callable[[Sequence[Vector], Type], SetValues]
    summary: str
    example: str


def resolve_set(name: str, arguments: tuple[Type, ...]) -> Typing:
    """How a call is typed. Raises ProgrammingError for arguments that the function does not take."""
    function = SET_FUNCTIONS[name]
    typing = function.match(arguments)
    if typing is None:
        given = ", ".join("unknown" if type_ == NULL else str(type_) for type_ in arguments)
        raise ProgrammingError(f"no function {name}({given}): it takes {function.takes}")
    return typing


def values_of_set(name: str, arguments: Sequence[Vector], type_: Type) -> SetValues:
    """The values of a call; arguments are plain and have an entry for each row."""
    return SET_FUNCTIONS[name].values(arguments, type_)


# --- series ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """Values at equal distances: start, start + step, ..."""

    counts: npt.NDArray[np.int64]
    start: npt.NDArray[Any]
    step: npt.NDArray[Any]
    type: Type

    def at(self, rows: Indices, offsets: Indices) -> Vector:
        values = self.start.take(rows) + offsets * self.step.take(rows)
        return Vector(
            self.type, values.astype(self.type.dtype) if values.dtype != object else values
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Elements:
    """Values that are there already: those of a row follow each other from `starts[row]`."""

    counts: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    values: Vector

    def at(self, rows: Indices, offsets: Indices) -> Vector:
        return self.values.take(self.starts.take(rows) + offsets)


def _series_typing(arguments: tuple[Type, ...]) -> Typing | None:
    if len(arguments) not in (2, 3):
        return None
    bounds = [type_ for type_ in arguments[:2] if type_ != NULL]
    if bounds and all(implicit_cast_allowed(type_, TIMESTAMPTZ) for type_ in bounds):
        if len(arguments) < 3 or not implicit_cast_allowed(arguments[2], INTERVAL):
            return None
        moment = TIMESTAMPTZ if TIMESTAMPTZ in bounds else TIMESTAMP
        return (moment, moment, INTERVAL), moment
    known = [type_ for type_ in arguments if type_ != NULL]
    if not known or not all(type_.is_exact for type_ in known):
        return None
    result = common_type((INTEGER, *known))
    return (result,) * len(arguments), result


def _number_series(bounds: Sequence[Vector], type_: Type, *, closed: bool) -> SetValues:
    start, stop, step = (vector.values for vector in bounds)
    start, stop, step = (_wide(values, type_) for values in (start, stop, step))
    valid = _all_valid(bounds)
    if ((step == 0) & valid).any():
        raise DataError("the step of a series must not be zero")
    step = np.where(valid, step, 1)
    up = step > 0
    if closed:
        reached = np.where(up, start <= stop, start >= stop)
    else:
        reached = np.where(up, start < stop, start > stop)
    distance = np.where(up, _distance(start, stop), _distance(stop, start))
    size = np.abs(step) if step.dtype == object else np.where(up, step, -step).view(np.uint64)
    steps = (distance if closed else distance - (distance > 0)) // size
    counts = np.where(reached & valid, np.clip(steps, 0, 2**62).astype(np.int64) + 1, 0)
    return _Series(counts, start, step, type_)


def _wide(values: npt.NDArray[Any], type_: Type) -> npt.NDArray[Any]:
    return values.astype(object if type_.kind is Kind.DECIMAL else np.int64)


def _distance(low: npt.NDArray[Any], high: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """high - low where that is not negative: up to 2^64 - 1 for integers, so without a sign."""
    distance: npt.NDArray[Any] = (
        high - low if low.dtype == object else high.view(np.uint64) - low.view(np.uint64)
    )
    return distance


def _time_series(bounds: Sequence[Vector], type_: Type, *, closed: bool) -> SetValues:
    start, stop, step = bounds
    valid = _all_valid(bounds)
    parts = [part or (0, 0, 0) for part in step.data]
    if any(part == (0, 0, 0) and known for part, known in zip(parts, valid.tolist(), strict=True)):
        raise DataError("the step of a series must not be zero")
    if any(months for months, _, _ in parts):
        return _calendar_series(start, stop, step, valid, closed=closed)
    lengths = [days * DAY + microseconds for _, days, microseconds in parts]
    if any(abs(length) >= 2**62 for length in lengths):
        raise DataError("the step of a series is too long")
    step = Vector(BIGINT, np.array(lengths, dtype=np.int64), valid)
    return _number_series((start, stop, step), type_, closed=closed)


def _calendar_series(
    start: Vector, stop: Vector, step: Vector, valid: Mask, *, closed: bool
) -> SetValues:
    """Steps of months, which differ in length: each is added to the value before, for all rows at
    once, because a day that a month lacks changes all that follow it."""
    plus = resolve("+", (start.type, INTERVAL)).function.kernel
    up = np.array([_days(part) > 0 for part in step.data])
    rows = np.flatnonzero(valid)
    values, last = start.values, stop.values
    rounds: list[tuple[Indices, npt.NDArray[np.int64]]] = []
    current = values.take(rows)
    while len(rows):
        end, rising = last.take(rows), up.take(rows)
        inside = np.where(rising, current < end, current > end)
        inside |= closed & (current == end)
        rows, current = rows.compress(inside), current.compress(inside)
        rounds.append((rows, current))
        if len(rows):
            moments = (Vector(start.type, current), step.take(rows))
            current = plus(moments, start.type, len(rows)).values
    owners = np.concatenate([np.zeros(0, dtype=np.intp), *(owner for owner, _ in rounds)])
    made = np.concatenate([np.zeros(0, dtype=np.int64), *(part for _, part in rounds)])
    counts = np.bincount(owners, minlength=len(valid)).astype(np.int64)
    ordered = made.take(np.argsort(owners, kind="stable"))
    return _Elements(counts, np.cumsum(counts) - counts, Vector(start.type, ordered))


def _days(step: tuple[int, int, int] | None) -> float:
    """The sign by which an interval is compared: a month counts as thirty days."""
    months, days, microseconds = step or (0, 0, 0)
    return (months * 30 + days) * DAY + microseconds


def _all_valid(vectors: Sequence[Vector]) -> Mask:
    valid: Mask = np.logical_and.reduce([vector.valid_mask for vector in vectors])
    return valid


def _series(*, closed: bool) -> Callable[[Sequence[Vector], Type], SetValues]:
    def values(arguments: Sequence[Vector], type_: Type) -> SetValues:
        if type_ in (TIMESTAMP, TIMESTAMPTZ):
            return _time_series(arguments, type_, closed=closed)
        if len(arguments) == 2:
            one = Vector.constant_of(type_, 10**type_.scale).expanded(len(arguments[0]))
            arguments = (*arguments, one)
        return _number_series(arguments, type_, closed=closed)

    return values


# --- arrays ------------------------------------------------------------------------------------


def _array_typing(arguments: tuple[Type, ...]) -> Typing | None:
    if len(arguments) != 1 or arguments[0].element is None:
        return None
    return arguments, arguments[0].element


def _array_values(arguments: Sequence[Vector], type_: Type) -> SetValues:
    del type_
    (array,) = arguments
    offsets, flat = elements(array)
    counts = np.diff(offsets)
    if array.valid is not None:
        counts = np.where(array.valid, counts, 0)
    return _Elements(counts, offsets[:-1], flat)


def _parts_typing(array_function: str) -> Callable[[tuple[Type, ...]], Typing | None]:
    """The types of a function that gives the elements of an array that a scalar function makes."""

    def typing(arguments: tuple[Type, ...]) -> Typing | None:
        try:
            made = resolve(array_function, arguments)
        except ProgrammingError:
            return None
        return None if made.result.element is None else (made.parameters, made.result.element)

    return typing


def _parts(array_function: str) -> Callable[[Sequence[Vector], Type], SetValues]:
    def values(arguments: Sequence[Vector], type_: Type) -> SetValues:
        made = resolve(array_function, tuple(vector.type for vector in arguments))
        arrays = made.function.kernel(tuple(arguments), made.result, len(arguments[0]))
        return _array_values((arrays.plain(),), type_)

    return values


def _subscript_typing(arguments: tuple[Type, ...]) -> Typing | None:
    if len(arguments) != 2 or arguments[0].element is None or not arguments[1].is_integer:
        return None
    return (arguments[0], INTEGER), INTEGER


def _subscripts(arguments: Sequence[Vector], type_: Type) -> SetValues:
    array, dimension = arguments
    counts = np.diff(elements(array)[0])
    counts = np.where(_all_valid(arguments) & (dimension.values == 1), counts, 0)
    ones = np.ones(len(counts), dtype=np.int64)
    return _Series(counts, ones, ones, type_)


_SERIES = "two or three numbers, or two moments and an INTERVAL"

SET_FUNCTIONS = {
    function.name: function
    for function in (
        SetFunction(
            "generate_series",
            _SERIES,
            _series_typing,
            _series(closed=True),
            "the values from the first argument to the second one, in steps of the third (or 1)",
            "generate_series(1, 10, 3)",
        ),
        SetFunction(
            "range",
            _SERIES,
            _series_typing,
            _series(closed=False),
            "the same as `generate_series` without the end itself",
            "range(0, 3)",
        ),
        SetFunction(
            "unnest",
            "an array",
            _array_typing,
            _array_values,
            "the elements of an array",
            "unnest(ARRAY['a', 'b'])",
        ),
        SetFunction(
            "string_to_table",
            "a text, a delimiter and perhaps the text that stands for NULL",
            _parts_typing("string_to_array"),
            _parts("string_to_array"),
            "the parts of a text between delimiters",
            "string_to_table('a,b', ',')",
        ),
        SetFunction(
            "regexp_split_to_table",
            "a text, a pattern and perhaps flags",
            _parts_typing("regexp_split_to_array"),
            _parts("regexp_split_to_array"),
            "the parts of a text between the matches of a regular expression",
            "regexp_split_to_table('a, b', ',\\s*')",
        ),
        SetFunction(
            "generate_subscripts",
            "an array and the number 1",
            _subscript_typing,
            _subscripts,
            "the subscripts of an array: 1, 2, ...",
            "generate_subscripts(ARRAY['a', 'b'], 1)",
        ),
    )
}
"""The set-returning functions by name."""
