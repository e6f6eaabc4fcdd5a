"""One writer at a time, and no version removed while it is read, among processes and connections.

Both are `flock`s: the kernel drops them when their holder dies, and, unlike with `lockf`, closing
some other descriptor of the same file does not. The writer's is on the file LOCK, whose content is
the number of the process that wrote last, for the message only. A reader's is shared, and on the
manifest of the version that it reads: it waits for nobody and keeps nobody waiting.
"""

from __future__ import annotations

import fcntl
import os
import time
import weakref
from typing import TYPE_CHECKING

from coldb_warehouse.disk.files import MissingFileError
from coldb_warehouse.errors import LockedError, StorageError

if TYPE_CHECKING:
    from coldb_warehouse.disk.files import Directory

__all__ = ["LOCK_NAME", "ReaderLock", "WriterLock", "read_lock", "remove_unless_read"]

LOCK_NAME = "LOCK"
_PAUSE_SECONDS = 0.01


class WriterLock:
    """The right to write, from construction until `release` is called or the object is gone."""

    def __init__(self, directory: Directory, timeout: float = 0.0) -> None:
        """Waits up to `timeout` seconds for the lock; raises LockedError, or StorageError."""
        deadline = time.monotonic() + timeout
        while (fd := _try_lock(directory)) is None:
            if time.monotonic() >= deadline:
                raise LockedError(_busy(directory))
            time.sleep(_PAUSE_SECONDS)
        self.release = weakref.finalize(self, _unlock, fd, os.getpid())
        holder = f"{os.getpid():<20}".encode()  # never shorter than before: truncating takes long
        try:
            if os.pread(fd, len(holder), 0) != holder:
                os.pwrite(fd, holder, 0)
        except OSError:
            pass  # a full disk must not keep anybody from deleting
        except BaseException:
            self.release()  # not when the error is gone, which may be late
            raise


class ReaderLock:
    """Keeps a file from being removed by `remove_unless_read` while this object exists."""

    def __init__(self, fd: int) -> None:
        self._released = weakref.finalize(self, os.close, fd)


def read_lock(directory: Directory, name: str) -> ReaderLock | None:
    """A reader's lock on the file; None if the file is gone or about to go."""
    try:
        fd = directory.open_for_reading(name)
    except MissingFileError:
        return None
    lock = ReaderLock(fd)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    except OSError:
        pass  # where files cannot be locked nobody can write, so nothing will be removed
    return lock if directory.is_file(name, fd) else None


def remove_unless_read(directory: Directory, name: str) -> bool:
    """Removes the file if no reader has a lock on it; whether it is gone."""
    try:
        fd = directory.open_for_reading(name)
    except MissingFileError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        directory.remove(name)
    except OSError:  # somebody reads it, or nobody can tell
        return False
    finally:
        os.close(fd)
    return True


def _try_lock(directory: Directory) -> int | None:
    fd = directory.open_for_locking(LOCK_NAME)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except OSError as error:
        os.close(fd)
        raise StorageError(
            f'cannot lock "{directory.path_of(LOCK_NAME)}": {error.strerror}; '
            f"keep the warehouse on a local disk"
        ) from error
    try:
        current = directory.is_file(LOCK_NAME, fd)
    except BaseException:
        os.close(fd)
        raise
    if not current:
        # Somebody replaced the file between opening and locking it: that lock excludes nobody.
        os.close(fd)
        return None
    return fd


def _unlock(fd: int, owner: int) -> None:
    # Closing alone would leave the lock with child processes that inherited the descriptor; and
    # such a child must not take the lock from its parent.
    try:
        if os.getpid() == owner:
            fcntl.flock(fd, fcntl.LOCK_UN)
    except OSError:
        pass  # closing has to do
    finally:
        os.close(fd)


def _busy(directory: Directory) -> str:
    holder = directory.read_whole(LOCK_NAME, 100).decode("ascii", "replace").strip()
    who = f"process {holder}" if holder and holder != str(os.getpid()) else "another connection"
    return f'"{directory.path}" is being written by {who}; wait until it commits, then try again'
