"""An array to which rows are added, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GrowingArray"]

_RESERVED = 1 << 23  # rows; memory that is reserved costs nothing until it is written to


class GrowingArray:
    """Numbers of one dtype. They are written once and hardly ever moved, whereas parts that are put
    together in the end would take twice the memory."""

    def __init__(self) -> None:
        self.rows = 0
        self._array: npt.NDArray[Any] = np.empty(0, np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of the rows that are there."""
        return self.rows * self._array.itemsize

    def room(self, rows: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """A place for so many rows more, to be filled by the caller."""
        before, self.rows = self.rows, self.rows + rows
        if before == 0:
            self._array = np.empty(rows, dtype)
        elif self.rows > len(self._array):
            reserved = 0 if dtype.kind == "O" else _RESERVED  # objects are set to None at once
            grown = np.empty(max(self.rows, 2 * len(self._array), reserved), dtype)
            grown[:before] = self._array[:before]
            self._array = grown
        return self._array[before : self.rows]

    def append(self, values: npt.NDArray[Any]) -> None:
        """Adds rows of the dtype of those before."""
        self.room(len(values), values.dtype)[:] = values

    def finish(self) -> npt.NDArray[Any]:
        """All rows since the last time."""
        array, rows = self._array, self.rows
        self._array, self.rows = np.empty(0, np.int64), 0
        return array[:rows]
