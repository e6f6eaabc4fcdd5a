"""What comes out of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Comparison", "Failure", "Result", "Side", "all_equal", "mean_ratio"]


@dataclass(frozen=True, slots=True)
class Side:
    """One database's part: what it was asked, and what each run took in seconds."""

    label: str
    sql: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A query that both sides ran. `difference` is None when the answers are equal."""

    name: str
    warehouse: Side
    source: Side
    rows: int
    difference: str | None

    @property
    def ratio(self) -> float:
        """How many times as long the source took."""
        return self.source.median / self.warehouse.median


@dataclass(frozen=True, slots=True)
class Failure:
    """A query that one side did not run, and the reason in one line."""

    name: str
    reason: str


Result: TypeAlias = "Comparison | Failure"


def all_equal(results: Iterable[Result]) -> bool:
    """Whether every query was compared and every answer was the same."""
    return all(isinstance(each, Comparison) and each.difference is None for each in results)


def mean_ratio(results: Iterable[Result]) -> float | None:
    """The geometric mean of the ratios of those with equal answers; None if there are none."""
    ratios = [r.ratio for r in results if isinstance(r, Comparison) and r.difference is None]
    return geometric_mean(ratios) if ratios else None
