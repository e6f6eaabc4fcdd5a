"""What an encoding is: a way to write the values of one block, and to read them back exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["BlockShape", "Encoding", "Stored", "bit_patterns", "shape_of"]

Stored: TypeAlias = npt.NDArray[Any]
"""Values as they are stored: one of the fixed-width dtypes of chunk_layout.STORED_DTYPES."""


@dataclass(frozen=True, slots=True)
class BlockShape:
    """What the choice of an encoding depends on. `low` and `high` are those of integers, else None."""

    dtype: np.dtype[Any]
    rows: int
    runs: int
    low: int | None
    high: int | None


class Encoding(Protocol):
    """One way to write a block. `id` is its number on disk, never used for anything else."""

    id: int
    name: str

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        """The length of the payload or more; None where the values cannot be represented."""
        ...

    def encode(self, values: Stored) -> memoryview:
        """The payload. `values` is contiguous, and of a shape that has an estimate."""
        ...

    def decode(self, payload: memoryview, out: Stored) -> None:
        """Fills `out`, which has the block's dtype and rows.

        Raises ValueError if the payload is not one that `encode` can have written, having allocated
        no more than a few times what `out` takes.
        """
        ...


def bit_patterns(values: Stored) -> Stored:
    """The values as unsigned integers where such exist: equal only if every bit is equal.

    `==` on floats would merge -0.0 with 0.0 and part NaN from NaN.
    """
    return values.view(f"<u{values.itemsize}") if values.dtype.kind == "f" else values


def shape_of(values: Stored) -> BlockShape:
    """Looks at every value of a block once or twice."""
    rows = len(values)
    bits = bit_patterns(values)
    runs = int(np.count_nonzero(bits[1:] != bits[:-1])) + 1 if rows else 0
    if rows and values.dtype.kind in "iu":
        return BlockShape(values.dtype, rows, runs, int(values.min()), int(values.max()))
    return BlockShape(values.dtype, rows, runs, None, None)
