"""What a running load tells of itself while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Phase", "Progress", "Report"]

# extract: rows stream from the source and are converted on the way; write: they are sorted, their
# keys resolved, encoded and written; commit: everything becomes visible at once.
Phase: TypeAlias = Literal["extract", "write", "commit"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the load of one table is. `total` is None where the number of rows is not known.

    The phase "commit" comes once, for all tables: `table` is empty.
    """

    table: str
    phase: Phase
    rows: int
    total: int | None
    seconds: float

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds if self.seconds > 0 else 0.0


Report: TypeAlias = Callable[[Progress], None]
