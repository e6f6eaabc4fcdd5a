"""Collecting the numbers of a column while it is loaded, in as few bytes as their range allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coldb_warehouse.chunks.chunk import Fixed
from coldb_warehouse.chunks.narrow import join_fixed, narrow
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
        self._parts: list[Fixed] = []
        self.nbytes = 0

    def add(self, values: Values, valid: Mask | None) -> None:
        """Appends values; those of rows that are not valid do not matter."""
        assert isinstance(values, np.ndarray)
        if not len(values):
            return
        if values.dtype.kind == "i":
            stored, reference = narrow(values, int(values.min()), int(values.max()))
            part = Fixed(stored, reference)
        else:
            part = Fixed(values)
        self._parts.append(part)
        self.nbytes += part.stored.nbytes

    def finish(self) -> Fixed:
        """The values since the last time."""
        parts, self._parts, self.nbytes = self._parts, [], 0
        if parts:
            return join_fixed(parts, self._type)
        empty = empty_values(self._type)
        assert isinstance(empty, np.ndarray)
        return Fixed(empty)
