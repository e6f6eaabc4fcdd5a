"""Which rows are in a sample: told by a hash of where they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.functions.definition import ScalarFunction
from coldb.engine.vector import Vector

if TYPE_CHECKING:
    from coldb_warehouse.types import Type

__all__ = ["sampling"]


def sampling(percent: float, rows_together: int, seed: int | None) -> ScalarFunction:
    """A test on the positions of rows, TRUE for about so many percent of them.

    `rows_together` neighbours are in the sample or out of it as one. The same `seed` chooses the
    same rows again; None draws another one each time.
    """

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        drawn = np.random.default_rng().integers(2**63) if seed is None else seed
        units = (arguments[0].values // rows_together).view(np.uint64)
        # The upper 53 bits, which a double holds, as a number from 0 to 100.
        places = (_mixed(units ^ _mixed(np.array([drawn], np.uint64))) >> 11) * (100 / 2**53)
        return Vector(result, places < percent)

    return ScalarFunction("sampled", kernel, volatile=seed is None)


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[Any]:
    """Every bit of the result depends on every bit of the number: splitmix64 (Steele et al. 2014)."""
    mixed: npt.NDArray[Any] = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> 30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> 27)) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> 31
    return mixed
