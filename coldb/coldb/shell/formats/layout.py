"""How a table is fitted into a terminal: which rows, which columns, how wide. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SEPARATOR_WIDTH", "ColumnWidth", "fit_columns", "head_and_tail"]

SEPARATOR_WIDTH = (
    3  # ' | ' between two columns; the outer blanks are counted as one more column edge
)
NARROWEST = 12  # a text column is cut down to this before any column is left out
GAP_WIDTH = 1  # the column that stands for those left out


@dataclass(frozen=True, slots=True)
class ColumnWidth:
    """Cells that a column needs: for its name, for its values; numbers may not be cut."""

    name: int
    values: int
    may_cut: bool

    def within(self, limit: int) -> int:
        """The width when texts longer than the limit are cut. Names may always be cut."""
        values = min(self.values, limit) if self.may_cut else self.values
        return max(values, min(self.name, limit), 1)


def head_and_tail(rows: int, limit: int | None) -> tuple[int, int]:
    """How many of the first and of the last rows to show; all are head when they fit."""
    if limit is None or rows <= limit:
        return rows, 0
    return limit - limit // 2, limit // 2


def fit_columns(columns: Sequence[ColumnWidth], available: int | None) -> list[int | None]:
    """The width of each column, None for those left out: the ones in the middle go first.

    Widths plus SEPARATOR_WIDTH a column stay within `available` if two columns can.
    """
    natural = [column.within(max(column.name, column.values)) for column in columns]
    if available is None or _total(natural) <= available:
        return list(natural)
    narrowest = [column.within(NARROWEST) for column in columns]
    if _total(narrowest) <= available:
        limit = NARROWEST
        while _total([column.within(limit + 1) for column in columns]) <= available:
            limit += 1
        return [column.within(limit) for column in columns]
    return _without_middle(narrowest, available)


def _without_middle(widths: list[int], available: int) -> list[int | None]:
    kept: list[int | None] = list(widths)
    middle = len(widths) // 2
    by_distance = sorted(range(len(widths)), key=lambda at: (abs(at - middle), at))
    for at in by_distance[: max(0, len(widths) - 2)]:
        kept[at] = None
        if _total([GAP_WIDTH, *(width for width in kept if width is not None)]) <= available:
            break
    return kept


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + SEPARATOR_WIDTH * len(widths) - 1
