"""How long old versions stay readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Retention"]

_MICROSECONDS = 1_000_000
_MOST_VERSIONS = 1_000_000
_MOST_SECONDS = 100 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Retention:
    """The newest `versions` are kept, and those with which any moment of the last `seconds` can be
    read.

    A version costs its manifest and the files that only it names. With 32 of them a warehouse that
    is loaded every night can be read as it was on any day of a month, and one that takes a thousand
    small commits an hour keeps no more than these 32.
    """

    versions: int = 32
    seconds: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.versions <= _MOST_VERSIONS:
            raise CatalogError(f"1 to {_MOST_VERSIONS} versions can be kept, not {self.versions}")
        if not 0 <= self.seconds <= _MOST_SECONDS:
            raise CatalogError(
                f"versions can be kept for 0 to {_MOST_SECONDS} seconds, not {self.seconds}"
            )

    def retired(
        self, numbers: Sequence[int], committed_at: Callable[[int], int], now: int
    ) -> Sequence[int]:
        """Which of the versions, whose numbers ascend, need not be kept: the oldest few.

        `committed_at` is asked for the moment of some of them, and `now` is one, in microseconds.
        """
        retired = max(len(numbers) - self.versions, 0)
        if self.seconds:
            since = now - self.seconds * _MICROSECONDS
            # A version was the newest until the next one was committed.
            while retired and committed_at(numbers[retired]) > since:
                retired -= 1
        return numbers[:retired]
