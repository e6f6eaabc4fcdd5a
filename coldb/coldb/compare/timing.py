"""Measuring a piece of work more than once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["repeated"]

T = TypeVar("T")


def repeated(work: Callable[[], T], runs: int, seconds: float) -> tuple[T, tuple[float, ...]]:
    """The first result, and what each run took in seconds.

    The first run fills caches and does not count; up to `runs` others do. None of them begins after
    `seconds` in all, so that of slow work the first run may be the only one: then it counts.
    """
    result, first = _timed(work)
    times: list[float] = []
    while len(times) < runs and first + sum(times) < seconds:
        times.append(_timed(work)[1])
    return result, tuple(times or [first])


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
