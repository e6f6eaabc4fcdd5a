"""Checksums of a column that do not depend on the order of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values

__all__ = ["Checksum", "checksum"]


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of the values that are not null: how many, their exact sum, the smallest and the largest.

    The sum of text is that of its lengths in bytes, the sum of floats that of their bit patterns.
    """

    count: int = 0
    sum: int = 0
    low: Any = None
    high: Any = None

    def __add__(self, other: Checksum) -> Checksum:
        if not (self.count and other.count):
            return self if self.count else other
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Checksum(self.count + other.count, self.sum + other.sum, low, high)


def checksum(values: Values, valid: Mask | None) -> Checksum:
    """The checksum of values as types.py has them. NaN counts as the largest."""
    if valid is not None:
        values = values[valid] if isinstance(values, np.ndarray) else values.filter(pa.array(valid))
    if len(values) == 0:
        return Checksum()
    if not isinstance(values, np.ndarray):
        ends = pc.min_max(values.cast(pa.large_binary()))
        lengths = pc.sum(pc.binary_length(values)).as_py()
        return Checksum(len(values), lengths, ends["min"].as_py(), ends["max"].as_py())
    if values.dtype == object:
        return Checksum(len(values), int(values.sum()), int(values.min()), int(values.max()))
    if values.dtype.kind == "f":
        values = _ordered_bits(values)
    return Checksum(len(values), _exact_sum(values), int(values.min()), int(values.max()))


def _ordered_bits(floats: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Integers in the order of the floats, different for different bit patterns."""
    bits = floats.astype(np.float64).view(np.int64)
    return np.where(bits < 0, np.int64(-1) ^ (bits & np.int64(2**63 - 1)), bits)


def _exact_sum(values: np.ndarray[Any, Any]) -> int:
    """The sum of integers, which may need more than 64 bits, of less than 2**31 values."""
    wide = values.astype(np.int64)
    return (int((wide >> 32).sum()) << 32) + int((wide & 0xFFFFFFFF).sum())
