"""bit_and, bit_or and bit_xor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from coldb.engine.execute.states.state import (
    Mergeable,
    counted,
    merged_counts,
    none_if_all,
    valid_in_all,
)
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    import numpy.typing as npt
    from coldb.engine.execute.states.state import Arguments, State
    from coldb.engine.grouping import Groups
    from coldb_warehouse.types import Type

__all__ = ["FUNCTIONS"]


def _bits(ufunc: np.ufunc, neutral: int) -> Mergeable:
    """Combines the bits of the values; NULLs count as the value that changes nothing."""

    def combined(groups: Groups, values: npt.NDArray[np.int64]) -> Vector:
        if not len(values):
            return Vector(BIGINT, np.full(groups.count, neutral, dtype=np.int64))
        order, starts = groups.ordered()
        return Vector(BIGINT, ufunc.reduceat(values.take(order), starts))

    def start(groups: Groups, arguments: Arguments) -> State:
        valid = valid_in_all(arguments)
        values = arguments[0].values.astype(np.int64)
        if valid is not None:
            values[~valid] = neutral
        return (combined(groups, values), Vector(BIGINT, counted(groups, valid)))

    def merge(groups: Groups, state: State) -> State:
        return (combined(groups, state[0].values), merged_counts(groups, state[1]))

    def finish(state: State, type_: Type) -> Vector:
        bits = state[0].values.astype(type_.dtype)
        return Vector(type_, bits, none_if_all(state[1].values > 0))

    return Mergeable(start, merge, finish)


FUNCTIONS = {
    "bit_and": _bits(np.bitwise_and, -1),
    "bit_or": _bits(np.bitwise_or, 0),
    "bit_xor": _bits(np.bitwise_xor, 0),
}
