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

    Runs at most `runs` times, but at least once; begins no further run after `seconds` in all.
    """
    result, taken = _timed(work)
    times = [taken]
    while len(times) < runs and sum(times) < seconds:
        times.append(_timed(work)[1])
    return result, tuple(times)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
