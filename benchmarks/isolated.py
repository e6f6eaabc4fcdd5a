"""A function in a process of its own, whose memory is then its own too."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["isolated"]

P = ParamSpec("P")
T = TypeVar("T")


def isolated(function: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """What the function returns; it, its arguments and its result must be picklable."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments, **keywords).result()
