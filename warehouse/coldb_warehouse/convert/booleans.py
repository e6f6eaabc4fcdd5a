"""To BOOLEAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, mask_of, numbers_of
from coldb_warehouse.convert.strings import is_text, trimmed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["to_booleans"]

_TRUE = ("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1")
_FALSE = ("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0")


def to_booleans(array: pa.Array, type: Type) -> tuple[npt.NDArray[np.bool_], Faults]:
    """Booleans, the integers 0 and 1, and the words PostgreSQL takes, whole or begun."""
    import pyarrow as pa
    import pyarrow.compute as pc

    faults: Faults = {}
    reason = "is not a boolean"
    if pa.types.is_boolean(array.type):
        return mask_of(array), faults
    if pa.types.is_integer(array.type):
        numbers = numbers_of(array)
        add_fault(faults, reason, (numbers != 0) & (numbers != 1))
        return numbers == 1, faults
    if is_text(array.type):
        words = pc.ascii_lower(trimmed(array))
        true = mask_of(pc.is_in(words, pa.array(_TRUE, pa.large_string())))
        false = mask_of(pc.is_in(words, pa.array(_FALSE, pa.large_string())))
        add_fault(faults, reason, ~true & ~false)
        return true, faults
    raise impossible(array.type, type)
