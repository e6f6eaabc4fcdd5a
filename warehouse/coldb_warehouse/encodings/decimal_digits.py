"""Floats as integers times a power of ten, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["DecimalShape", "decimal_shape", "from_integers", "to_integers"]

_SAMPLE = 1024
_MOST_DIGITS = 15
_MOST_EXCEPTIONS = 0.1  # of the rows; each costs more bytes than it would in its place
_EXACT = float(2**53)  # integers up to here are floats, and so their quotients are rounded rightly


@dataclass(frozen=True, slots=True)
class DecimalShape:
    """Of a block of floats: how many `digits` after the point they have, how many do not come back
    from them, and the smallest and the largest integer of those that do."""

    digits: int
    exceptions: int
    low: int
    high: int


def decimal_shape(values: npt.NDArray[Any]) -> DecimalShape | None:
    """None where the values are no decimals. A sample tells with how many digits to try."""
    sample = values[:: max(1, len(values) // _SAMPLE)]
    for digits in range(_MOST_DIGITS + 1):
        if _are_few(sample, to_integers(sample, digits)[1]):
            integers, exact = to_integers(values, digits)
            if not _are_few(values, exact):
                return None
            exceptions = len(values) - int(np.count_nonzero(exact))
            found = integers[exact] if exceptions else integers
            return DecimalShape(digits, exceptions, int(found.min()), int(found.max()))
    return None


def to_integers(
    values: npt.NDArray[Any], digits: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The integers, 0 where a value does not come back bit by bit, and where it does."""
    power = 10.0**digits
    bits = f"<u{values.itemsize}"
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        integers = np.rint(values.astype(np.float64) * power) + 0.0  # of -0.0 an integer is 0
        back = (integers / power).astype(values.dtype)
    exact = (np.abs(integers) < _EXACT) & (back.view(bits) == values.view(bits))
    integers[~exact] = 0
    return integers.astype(np.int64), exact


def from_integers(
    integers: npt.NDArray[np.signedinteger[Any]], digits: int, out: npt.NDArray[Any]
) -> None:
    """Fills `out` with the floats."""
    with np.errstate(over="ignore", under="ignore"):
        np.divide(integers, 10.0**digits, out=out, casting="unsafe")


def _are_few(values: npt.NDArray[Any], exact: npt.NDArray[np.bool_]) -> bool:
    """Whether there are exceptions to few values only, and not to all."""
    exceptions = len(values) - int(np.count_nonzero(exact))
    return exceptions <= _MOST_EXCEPTIONS * len(values) and exceptions < len(values)
