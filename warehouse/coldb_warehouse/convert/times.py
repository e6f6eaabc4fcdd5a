"""To TIME."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coldb_warehouse.convert.converted import Faults, add_fault, impossible, numbers_of
from coldb_warehouse.convert.date_text import parse_time
from coldb_warehouse.convert.strings import is_text, read_by_arrow, trimmed

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.types import Type

__all__ = ["to_times"]

_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


def to_times(array: pa.Array, type: Type) -> tuple[npt.NDArray[np.int64], Faults]:
    """Microseconds since midnight; 24:00:00 is a time of its own, after all others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    faults: Faults = {}
    kind = array.type
    if pa.types.is_time(kind):
        storage = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        ticks = numbers_of(array.cast(storage)).astype(np.int64)
        if kind.unit == "ns":
            times, rest = np.divmod(ticks, 1_000)
            add_fault(faults, "has parts of a microsecond", rest != 0)
        else:
            times = ticks * _MICROSECONDS[kind.unit]
        add_fault(faults, "is no time of day", (times < 0) | (times > 86_400_000_000))
        return times, faults
    if not is_text(kind):
        raise impossible(kind, type)
    text = trimmed(array)
    # Arrow reads no times, but timestamps: those of the first day are the times.
    first_day, nothing = (pa.scalar(part, text.type) for part in ("1970-01-01 ", ""))
    dated = pc.binary_join_element_wise(first_day, text, nothing)
    read = read_by_arrow(dated, pa.timestamp("us"))
    if read is not None:
        return numbers_of(read.cast(pa.int64())), faults
    return parse_time(text, faults, "is no time of day"), faults
