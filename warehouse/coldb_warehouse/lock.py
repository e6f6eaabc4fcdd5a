"""One writer at a time, among all processes and all connections of one process.

The lock is `flock` on the file LOCK: the kernel drops it when its holder dies, and, unlike with
`lockf`, closing some other descriptor of the same file does not. The file's content is the number
of the process that wrote last, for the message only.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from coldb_warehouse.errors import LockedError

if TYPE_CHECKING:
    from coldb_warehouse.files import Directory

__all__ = ["LOCK_NAME", "WriterLock"]

LOCK_NAME = "LOCK"
_PAUSE_SECONDS = 0.01


class WriterLock:
    """The right to write, from construction to `release`."""

    def __init__(self, directory: Directory, timeout: float = 0.0) -> None:
        """Waits up to `timeout` seconds for the lock; raises LockedError, or StorageError."""
        deadline = time.monotonic() + timeout
        while (fd := _try_lock(directory)) is None:
            if time.monotonic() >= deadline:
                raise LockedError(_busy(directory))
            time.sleep(_PAUSE_SECONDS)
        self._fd = fd
        with suppress(OSError):  # a full disk must not keep anybody from deleting
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Gives the lock back, also for child processes that inherited the descriptor."""
        if self._fd >= 0:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = -1


def _try_lock(directory: Directory) -> int | None:
    fd = directory.open_for_locking(LOCK_NAME)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    if not directory.is_file(LOCK_NAME, fd):
        # Somebody replaced the file between opening and locking it: that lock excludes nobody.
        os.close(fd)
        return None
    return fd


def _busy(directory: Directory) -> str:
    holder = directory.read_whole(LOCK_NAME, 100).decode("ascii", "replace").strip()
    who = f"process {holder}" if holder and holder != str(os.getpid()) else "another connection"
    return f'"{directory.path}" is being written by {who}; wait until it commits, then try again'
