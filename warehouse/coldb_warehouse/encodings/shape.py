"""What the choice of an encoding depends on, found in a few cheap passes over a block.

Where a look at a few rows can rule something out for certain (a common divisor of all distances, a
gain by differences), the others are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.encodings.decimal_digits import DecimalShape, decimal_shape

__all__ = ["BlockShape", "bit_patterns", "run_starts", "shape_of", "steps_of"]

_SAMPLE = 1024  # rows, of a block of 131,072


@dataclass(frozen=True, slots=True)
class BlockShape:
    """`low` and `high` are those of integers and booleans, else None.

    All integers are a multiple of `divisor` above `low`. `steps` are the smallest and the largest
    difference of neighbours, modulo the width of the dtype and taken as signed; None where they
    would need as many bits as the values. `longest_run` may be too large, but never too small.
    `decimals` is what floats are if they are decimals; `halves` are those of integers of 16 bytes.
    """

    dtype: np.dtype[Any]
    rows: int
    runs: int
    longest_run: int
    low: int | None = None
    high: int | None = None
    divisor: int = 1
    steps: tuple[int, int] | None = None
    decimals: DecimalShape | None = None
    halves: tuple[BlockShape, BlockShape] | None = None

    @property
    def width(self) -> int | None:
        """The bits of the largest value as a multiple of the divisor above low; None of no integers."""
        if self.low is None or self.high is None:
            return None
        return ((self.high - self.low) // self.divisor).bit_length()


def shape_of(values: npt.NDArray[Any]) -> BlockShape:
    """Looks at every value of a block a few times. Of no rows, integers have no bounds either."""
    rows = len(values)
    bits = bit_patterns(values)
    runs = int(np.count_nonzero(bits[1:] != bits[:-1])) + 1 if rows else 0
    longest = rows - runs + 1
    if runs <= rows // 2:
        longest = int(np.diff(run_starts(values), append=rows).max())
    if rows and values.dtype.kind == "f":
        return BlockShape(values.dtype, rows, runs, longest, decimals=decimal_shape(values))
    if rows and values.dtype.kind == "V":
        halves = [shape_of(np.ascontiguousarray(values[half])) for half in ("low", "high")]
        return BlockShape(values.dtype, rows, runs, longest, halves=(halves[0], halves[1]))
    if rows == 0:
        return BlockShape(values.dtype, rows, runs, longest)
    low, high = int(values.min()), int(values.max())
    divisor = 1 if values.dtype.kind == "b" else _common_divisor(values, low)
    width = ((high - low) // divisor).bit_length()
    steps = _steps_within(values, width)
    return BlockShape(values.dtype, rows, runs, longest, low, high, divisor, steps)


def bit_patterns(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values as unsigned integers where such exist: equal only if every bit is equal.

    `==` on floats would merge -0.0 with 0.0 and part NaN from NaN.
    """
    return values if values.dtype.kind == "V" else values.view(f"<u{values.itemsize}")


def run_starts(values: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """The row at which each run of equal values begins."""
    bits = bit_patterns(values)
    return np.flatnonzero(np.concatenate(([True], bits[1:] != bits[:-1])))


def steps_of(values: npt.NDArray[Any]) -> npt.NDArray[np.signedinteger[Any]]:
    """The difference of each integer but the first from the one before, modulo its width."""
    unsigned = bit_patterns(values)
    steps: npt.NDArray[Any] = unsigned[1:] - unsigned[:-1]
    return steps.view(f"<i{values.itemsize}")


def _common_divisor(values: npt.NDArray[Any], low: int) -> int:
    """The greatest common divisor of all distances above low; 1 if all are 0."""
    sample = values[:: max(1, len(values) // _SAMPLE)]
    for some in (sample, values):
        unsigned = bit_patterns(some)
        divisor = int(np.gcd.reduce(unsigned - np.array(low).astype(unsigned.dtype)))
        if divisor <= 1:
            return 1
    return divisor


def _steps_within(values: npt.NDArray[Any], width: int) -> tuple[int, int] | None:
    """The bounds of the steps if they take fewer than `width` bits."""
    if len(values) < 2 or values.dtype.kind == "b":
        return None
    for some in (values[:_SAMPLE], values):
        steps = steps_of(some)
        low, high = int(steps.min()), int(steps.max())
        if (high - low).bit_length() >= width:
            return None
    return low, high
