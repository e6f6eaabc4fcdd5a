"""Floats as integers times a power of ten, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_DIGITS", "DecimalShape", "decimal_shape", "from_integers", "to_integers"]

_SAMPLE = 64
MOST_DIGITS = 15
_POWERS = np.array([10.0**digits for digits in range(MOST_DIGITS + 1)])
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
    comes_back = _to_integers(sample, _POWERS[:, np.newaxis])[1]
    enough = np.flatnonzero(comes_back.mean(axis=1) >= 1 - _MOST_EXCEPTIONS)
    if len(enough) == 0:
        return None
    digits = int(enough[0])
    integers, exact = to_integers(values, digits)
    exceptions = len(values) - int(np.count_nonzero(exact))
    if exceptions > _MOST_EXCEPTIONS * len(values):
        return None
    found = integers[exact] if exceptions else integers
    return DecimalShape(digits, exceptions, int(found.min()), int(found.max()))


def to_integers(
    values: npt.NDArray[Any], digits: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """The integers, 0 where a value does not come back bit by bit, and where it does."""
    integers, exact = _to_integers(values, _POWERS[digits])
    integers[~exact] = 0
    return integers.astype(np.int64), exact


def _to_integers(
    values: npt.NDArray[Any], powers: Any
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    bits = f"<u{values.itemsize}"
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        integers = np.rint(values.astype(np.float64) * powers)
        integers += 0.0  # of -0.0 an integer is 0
        back = (integers / powers).astype(values.dtype)
    exact = (np.abs(integers) < _EXACT) & (back.view(bits) == values.view(bits))
    return integers, exact


def from_integers(
    integers: npt.NDArray[np.signedinteger[Any]], digits: int, out: npt.NDArray[Any]
) -> None:
    """Fills `out` with the floats."""
    with np.errstate(over="ignore", under="ignore"):
        np.divide(integers, _POWERS[digits], out=out, casting="unsafe")
