"""A column over a range of rows, in memory, in the form in which the engine scans it.

Bytes on disk may be packed and compressed block by block. In memory a chunk has one of three forms,
each usable by numpy with no further decoding, and its nulls as a separate array:

    Fixed   small unsigned integers above a reference, or values as they are
    Coded   codes into a domain
    Text    strings that are no dictionary
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb_warehouse.domain import Codes, Domain
    from coldb_warehouse.types import Type

__all__ = ["BlockStatistics", "Chunk", "Coded", "Fixed", "Form", "Mask", "Text"]

Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """value = stored + reference. With reference 0, `stored` may have the type's own dtype."""

    stored: npt.NDArray[Any]
    reference: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """value = domain[code]. Codes of null rows are valid codes of no meaning."""

    codes: Codes
    domain: Domain


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Strings as they are; null rows hold the empty string."""

    strings: pa.LargeStringArray


Form: TypeAlias = "Fixed | Coded | Text"


@dataclass(frozen=True, slots=True, eq=False)
class BlockStatistics:
    """Smallest and largest value of each block: arrays of one entry a block.

    `low` and `high` are values (value = stored + reference) for Fixed forms and codes for Coded
    ones, in int64 or float64; both are None where nothing is known (Text, wide decimals). A block
    with no non-null value has low > high. NaN counts as larger than every number, as in SQL.
    `nulls` counts. All blocks but the last of each segment have the same number of rows.
    """

    rows: npt.NDArray[np.int64]
    nulls: npt.NDArray[np.int64]
    low: npt.NDArray[Any] | None
    high: npt.NDArray[Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """One column of one segment (or of a whole table). `valid` is None when no row is null."""

    type: Type
    rows: int
    form: Form
    valid: Mask | None
    blocks: BlockStatistics
    is_sorted: bool  # stored values or codes ascend over the chunk, and none is null

    @property
    def nbytes(self) -> int:
        """Bytes held in memory, the domain not counted."""
        match self.form:
            case Fixed(stored=stored):
                size = stored.nbytes
            case Coded(codes=codes):
                size = codes.nbytes
            case Text(strings=strings):
                size = int(strings.nbytes)
        return size + (0 if self.valid is None else self.valid.nbytes)
