"""What an encoding is: a way to write the values of one block, and to read them back exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from coldb_warehouse.encodings.shape import BlockShape

__all__ = ["ByRun", "Encoding", "Runs", "Stored"]

Stored: TypeAlias = npt.NDArray[Any]
"""Values as they are stored: one of the fixed-width dtypes of chunks.layout.STORED_DTYPES."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """A block as runs: `values[i]`, `lengths[i]` times over. Lengths are positive and add up to the
    rows of the block."""

    values: Stored
    lengths: npt.NDArray[np.int64]


class Encoding(Protocol):
    """One way to write a block. `id` is its number on disk, never used for anything else."""

    id: int
    name: str

    def estimate_bytes(self, shape: BlockShape) -> int | None:
        """The length of the payload or more; None where the values cannot be represented."""
        ...

    def encode(self, values: Stored, shape: BlockShape) -> memoryview:
        """The payload. `values` is contiguous and of that shape, for which there is an estimate."""
        ...

    def decode(self, payload: memoryview, out: Stored) -> None:
        """Fills `out`, which has the block's dtype and rows.

        Raises ValueError if the payload is not one that `encode` can have written, having allocated
        no more than a few times what `out` takes.
        """
        ...


@runtime_checkable
class ByRun(Protocol):
    """What an encoding offers besides if its payload holds runs."""

    def runs(self, payload: memoryview, dtype: np.dtype[Any], rows: int) -> Runs:
        """The runs of a block of `rows` rows, at a cost by the run and not by the row.

        Raises ValueError as `decode` does.
        """
        ...
