"""What a check has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coldb_warehouse.errors import CorruptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb_warehouse.versions.manifest import Place

__all__ = ["Findings"]


@dataclass(slots=True)
class Findings:
    """`problems` are damage, one line each; `seen` are the places whose bytes have been verified."""

    problems: list[str] = field(default_factory=list)
    seen: set[Place] = field(default_factory=set)
    nbytes: int = 0

    def attempt(self, step: Callable[[], None]) -> None:
        """Runs a step; damage that it meets is a problem, and ends that step only."""
        try:
            step()
        except CorruptionError as error:
            self.problems.append(str(error))

    def is_new(self, place: Place) -> bool:
        """Whether the place is seen for the first time; it is then counted as read."""
        if place in self.seen:
            return False
        self.seen.add(place)
        self.nbytes += place.length
        return True
