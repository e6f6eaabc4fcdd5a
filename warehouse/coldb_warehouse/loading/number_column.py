"""Collecting the numbers of a column while it is loaded, in as few bytes as their range allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.chunks.chunk import Fixed
from coldb_warehouse.chunks.narrow import join_fixed, narrow_frame
from coldb_warehouse.loading.growing import GrowingArray
from coldb_warehouse.values import empty_values

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask
    from coldb_warehouse.convert import Values
    from coldb_warehouse.types import Type

__all__ = ["NumberColumn"]


class NumberColumn:
    """Collects the values of a column batch by batch."""

    def __init__(self, type: Type) -> None:
        self._type = type
        self._frames: list[_Frame] = []

    @property
    def nbytes(self) -> int:
        """Bytes of the values since the last time."""
        return sum(frame.stored.nbytes for frame in self._frames)

    def add(self, values: Values, valid: Mask | None) -> None:
        """Appends values; those of rows that are not valid do not matter."""
        assert isinstance(values, np.ndarray)
        if not len(values):
            return
        low = high = 0
        if values.dtype.kind == "i":
            low, high = int(values.min()), int(values.max())
        if not self._frames or not self._frames[-1].holds(values.dtype, low, high):
            self._frames.append(_Frame(values.dtype, low, high))
        self._frames[-1].append(values)

    def finish(self) -> Fixed:
        """The values since the last time."""
        frames, self._frames = self._frames, []
        if frames:
            forms = [Fixed(frame.stored.finish(), frame.reference) for frame in frames]
            return join_fixed(forms, self._type)
        empty = empty_values(self._type)
        assert isinstance(empty, np.ndarray)
        return Fixed(empty)


class _Frame:
    """Values of neighbouring batches that fit one dtype above one reference."""

    def __init__(self, dtype: np.dtype[Any], low: int, high: int) -> None:
        """For values of that dtype; integers are from low to high."""
        self.stored = GrowingArray()
        self.reference = 0
        self._dtype = dtype
        if dtype.kind == "i":
            self._dtype, self.reference = narrow_frame(low, high, dtype)

    def holds(self, dtype: np.dtype[Any], low: int, high: int) -> bool:
        """Whether values of that dtype fit."""
        if self._dtype.kind != "u":
            return self._dtype == dtype
        most = np.iinfo(self._dtype).max
        return dtype.kind == "i" and self.reference <= low and high <= self.reference + most

    def append(self, values: npt.NDArray[Any]) -> None:
        room = self.stored.room(len(values), self._dtype)
        if self.reference:
            np.subtract(values, values.dtype.type(self.reference), out=room, casting="unsafe")
        else:
            room[:] = values
