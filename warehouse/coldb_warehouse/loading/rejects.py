"""What an append has done, and the rows that it set aside, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AppendResult", "Rejects"]


@dataclass(frozen=True, slots=True, eq=False)
class Rejects:
    """`rows` has the refused rows, every column as text; `reasons[i]` says why row i."""

    rows: pa.Table
    reasons: pa.StringArray

    def __len__(self) -> int:
        return len(self.reasons)


@dataclass(frozen=True, slots=True, eq=False)
class AppendResult:
    """What became of the rows of an append.

    `rows` were stored. `unknown` counts, by the columns of a foreign key, the keys that became
    NULL; `inferred` counts, by table, the rows that were made for keys not found there.
    """

    rows: int
    rejects: Rejects
    unknown: dict[tuple[str, ...], int]
    inferred: dict[str, int]
