"""To REAL and DOUBLE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, numbers_of, range_fault
from coldb_warehouse.convert.number_text import parse_floats
from coldb_warehouse.convert.strings import is_text

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["to_floats"]


def to_floats(array: pa.Array, type: Type) -> tuple[npt.NDArray[Any], Faults]:
    """Integers exactly; the nearest float of decimals, text and wider floats, if it is finite."""
    import pyarrow as pa

    faults: Faults = {}
    if pa.types.is_floating(array.type):
        return _from_floats(array, type, faults), faults
    if pa.types.is_integer(array.type):
        return _from_integers(array, type, faults), faults
    if pa.types.is_decimal(array.type):
        # Arrow's own conversion can be an ulp off; reading text gives the nearest float.
        array = array.cast(pa.large_string())
    if is_text(array.type):
        return parse_floats(array, type, faults), faults
    raise impossible(array.type, type)


def _from_floats(array: pa.Array, type: Type, faults: Faults) -> npt.NDArray[Any]:
    import pyarrow as pa

    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    given = numbers_of(array)
    with np.errstate(over="ignore"):
        floats = given.astype(type.dtype, copy=False)
    if floats.itemsize < given.itemsize:
        add_fault(faults, range_fault(type), np.isinf(floats) & ~np.isinf(given))
    return floats


def _from_integers(array: pa.Array, type: Type, faults: Faults) -> npt.NDArray[Any]:
    given = numbers_of(array)
    floats = given.astype(type.dtype)
    exact_below = 2 ** (np.finfo(floats.dtype).nmant + 1)
    doubtful = np.flatnonzero(np.abs(floats) >= exact_below)
    # Python compares an int with a float exactly, which no numpy dtype can do for both.
    inexact = given[doubtful].astype(object) != floats[doubtful].astype(object)
    fault = np.zeros(len(given), np.bool_)
    fault[doubtful] = inexact
    add_fault(faults, f"is no exact {type}", fault)
    return floats
