"""Partitions: the rows of a table kept apart by ranges or hashes of one column.

A partition has a number, and a segment holds rows of one partition only. So a partition can be
replaced or dropped as a whole, and a query that asks for some partitions reads no others.

The numbers are on disk: how they are computed must never change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
import numpy.typing as npt

from coldb_warehouse.errors import CatalogError
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values

__all__ = [
    "NULL_PARTITION",
    "PartitionMethod",
    "PartitionNumbers",
    "Partitioning",
    "hashed",
    "hashed_text",
]

PartitionNumbers = npt.NDArray[np.int64]

NULL_PARTITION = int(np.iinfo(np.int64).min)  # the rows without a value
_INTEGERS = frozenset({Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
_TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_BYTES = frozenset({Kind.VARCHAR, Kind.BLOB, Kind.UUID})
_MICROSECONDS_A_DAY = 86_400_000_000
_LARGEST_COUNT = 1 << 16


class PartitionMethod(Enum):
    """How a value leads to the number of its partition. The values are the names on disk."""

    RANGE = "range"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class Partitioning:
    """By which column rows are kept apart, and how.

    `size` is how many values, days, months or years make a range, counted from 0 or 1970-01-01; or
    how many partitions rows are hashed to.
    """

    column: str
    method: PartitionMethod
    size: int = 1

    def __post_init__(self) -> None:
        most = _LARGEST_COUNT if self.method is PartitionMethod.HASH else NULL_PARTITION * -1 - 1
        if not 1 <= self.size <= most:
            raise CatalogError(
                f'partitions by {self.method.value} of column "{self.column}" need a size of '
                f"1 to {most}, not {self.size}"
            )

    def check_type(self, type: Type) -> None:
        """CatalogError unless values of the type can be partitioned in this way."""
        match self.method:
            case PartitionMethod.RANGE:
                kinds, named = _INTEGERS, "an integer"
            case PartitionMethod.DAY | PartitionMethod.MONTH | PartitionMethod.YEAR:
                kinds, named = _TIMES, "a DATE or TIMESTAMP"
            case PartitionMethod.HASH:
                kinds = _INTEGERS | _TIMES | _BYTES | {Kind.TIME}
                named = "an integer, DATE, TIME, TIMESTAMP, VARCHAR, BLOB or UUID"
            case _:
                assert_never(self.method)
        if type.kind not in kinds:
            raise CatalogError(
                f'column "{self.column}" is {type}: partitions by {self.method.value} '
                f"need {named} column"
            )

    def partition_of(self, value: int | str | bytes | None, type: Type) -> int:
        """The partition of one value, as types.py has values of that type; None is NULL."""
        if value is None:
            return NULL_PARTITION
        if type.is_bytes:
            import pyarrow as pa

            return int(self.partitions_of(pa.array([value], type.bytes_array), None, type)[0])
        return int(self.partitions_of(np.array([value], type.dtype), None, type)[0])

    def partitions_of(self, values: Values, valid: Mask | None, type: Type) -> PartitionNumbers:
        """The partition of each value; of those that are not valid, the one of NULL."""
        numbers = self._numbers(values, type)
        return numbers if valid is None else np.where(valid, numbers, NULL_PARTITION)

    def _numbers(self, values: Values, type: Type) -> PartitionNumbers:
        if self.method is PartitionMethod.HASH:
            hashes = hashed(values) if isinstance(values, np.ndarray) else hashed_text(values)
            return (hashes % np.uint64(self.size)).astype(np.int64)
        units = np.asarray(values).astype(np.int64)
        if type.kind is not Kind.DATE and self.method is not PartitionMethod.RANGE:
            units = units // _MICROSECONDS_A_DAY
        match self.method:
            case PartitionMethod.RANGE | PartitionMethod.DAY:
                pass
            case PartitionMethod.MONTH:
                units = units.view("M8[D]").astype("M8[M]").astype(np.int64)
            case PartitionMethod.YEAR:
                units = units.view("M8[D]").astype("M8[Y]").astype(np.int64)
            case _:
                assert_never(self.method)
        # The smallest number is that of NULL: the only value that has it joins its neighbour.
        return np.maximum(units // self.size, NULL_PARTITION + 1)


def hashed(values: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Well mixed 64 bits of each integer, whatever its width (splitmix64's finalizer, Steele
    2014)."""
    bits = values.astype(np.int64).view(np.uint64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def hashed_text(strings: pa.LargeStringArray) -> npt.NDArray[np.uint64]:
    """The bytes as the coefficients of a polynomial modulo 2**64 (Rabin and Karp 1987), mixed."""
    _, offsets_buffer, text = strings.buffers()
    ends = np.frombuffer(offsets_buffer, np.int64)[strings.offset :][: len(strings) + 1]
    used = np.frombuffer(text or b"", np.uint8)[ends[0] : ends[-1]]
    lengths = np.diff(ends)
    if not len(used):
        return hashed(lengths)
    powers = np.full(int(lengths.max()), 0x100000001B3, np.uint64)
    powers = np.multiply.accumulate(powers)
    starts = ends[:-1] - ends[0]
    place = np.arange(len(used)) - np.repeat(starts, lengths)
    sums = np.zeros(len(used) + 1, np.uint64)
    np.cumsum((used.astype(np.uint64) + np.uint64(1)) * powers[place], out=sums[1:])
    totals = sums[starts + lengths] - sums[starts]
    return hashed(totals.view(np.int64))
