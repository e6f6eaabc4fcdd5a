"""What has been read and decoded, up to a number of bytes; the least recently used goes first."""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Cache", "default_limit"]

T = TypeVar("T")


class Cache:
    """A map from keys to things that can be made again, safe for use by several threads."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes. One thing larger than all of it is handed out but not kept."""
        self.limit = limit
        self.nbytes = 0
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T], nbytes: Callable[[T], int]) -> T:
        """The thing of that key, made now if it is not there (by two threads at once, perhaps)."""
        with self._lock:
            found = self._things.get(key)
            if found is not None:
                self._things.move_to_end(key)
                thing: T = found[0]
                return thing
        thing = make()
        self._keep(key, thing, nbytes(thing))
        return thing

    def peek(self, key: Hashable) -> Any | None:
        """The thing of that key if it is there."""
        with self._lock:
            found = self._things.get(key)
        return None if found is None else found[0]

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
            self.nbytes = 0

    def _keep(self, key: Hashable, thing: object, size: int) -> None:
        if size > self.limit:
            return
        with self._lock:
            replaced = self._things.pop(key, None)
            self.nbytes += size - (0 if replaced is None else replaced[1])
            self._things[key] = (thing, size)
            while self.nbytes > self.limit:
                _, (_, freed) = self._things.popitem(last=False)
                self.nbytes -= freed


def default_limit() -> int:
    """Half of the machine's memory, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
