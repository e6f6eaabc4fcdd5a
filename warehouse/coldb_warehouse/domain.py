"""Domains: what the small integers of a coded column point into.

There are two kinds and readers treat them alike: the distinct values of a column (a dictionary),
and the rows of a referenced table (a foreign key, whose code is the position of the row). Whatever
is known of an entry of the domain - a predicate, an attribute, a rank - is a look-up table by code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Codes", "Dictionary", "Domain", "Rows", "code_dtype"]

Codes: TypeAlias = npt.NDArray[np.unsignedinteger]


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """The distinct values of one column; a code is an index into them.

    `is_sorted` tells that the values ascend, so that codes compare as the values do. Values that
    later loads bring are appended: codes stay valid, the order is lost. Sorting them again makes
    other codes of them, and begins the next `generation`.
    """

    values: pa.LargeStringArray | npt.NDArray[np.generic]
    is_sorted: bool
    generation: int = 0

    @property
    def size(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table; a code is a position: the row's number over all segments, from zero.

    Deleted rows keep their positions until the rows are moved, which begins the next `generation`.
    """

    table: str
    size: int
    generation: int = 0


Domain: TypeAlias = "Dictionary | Rows"


def code_dtype(size: int) -> np.dtype[np.unsignedinteger]:
    """The narrowest whole-byte type that holds the codes 0 to size - 1."""
    for dtype in (np.uint8, np.uint16, np.uint32):
        if size <= np.iinfo(dtype).max + 1:
            return np.dtype(dtype)
    return np.dtype(np.uint64)
