"""Making the next items while the last are used: extraction and conversion overlap."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["prefetched"]

_Item = TypeVar("_Item")


def prefetched(items: Iterator[_Item], ahead: int = 3) -> Generator[_Item]:
    """The same items, up to `ahead` of them made in another thread before they are asked for."""
    with ThreadPoolExecutor(1, thread_name_prefix="extract") as pool:
        waiting = deque(pool.submit(next, items, None) for _ in range(ahead))
        try:
            while (item := waiting.popleft().result()) is not None:
                waiting.append(pool.submit(next, items, None))
                yield item
        finally:
            pool.shutdown(cancel_futures=True)
