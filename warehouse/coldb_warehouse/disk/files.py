"""Every call to the operating system that touches the warehouse's directory.

Files are created under new names, written once, synced and never changed again. A directory is held
by its descriptor, so that a warehouse stays whole while its path is renamed, and no symbolic link
inside it is followed. Errors come out as StorageError with the file, the reason and what to do.
"""

from __future__ import annotations

import errno
import os
import re
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from coldb_warehouse.errors import CorruptionError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Directory", "MissingFileError", "SyncError", "make_directory"]

_NAME = re.compile(r"[A-Za-z0-9._-]{1,120}")
_ADVICE = {
    errno.ENOSPC: "free some space and try again",
    errno.EDQUOT: "free some space and try again",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "open it for reading only",
    errno.EMFILE: "close some files or raise the limit (ulimit -n)",
    errno.EIO: "check the disk",
}
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


class MissingFileError(StorageError):
    """The file is not there."""


class SyncError(StorageError):
    """The disk did not confirm a write. What it holds is unknown; asking again proves nothing."""


@contextmanager
def _explained(action: str, path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError(f'cannot {action} "{path}": it does not exist') from error
    except ValueError as error:  # a NUL in the path
        raise StorageError(f"cannot {action} {path!r}: {error}") from error
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0)
        reason = (error.strerror or str(error)).lower()
        raise StorageError(
            f'cannot {action} "{path}": {reason}' + (f"; {advice}" if advice else "")
        ) from error


def make_directory(path: str) -> None:
    """Makes a directory that survives a power failure; one that exists already is fine."""
    try:
        with _explained("make directory", path):
            os.mkdir(path)
    except MissingFileError:
        parent_path = os.path.dirname(os.path.abspath(path))
        raise StorageError(
            f'cannot make directory "{path}": there is no directory "{parent_path}"'
        ) from None
    except StorageError as error:
        if isinstance(error.__cause__, FileExistsError):
            return
        raise
    parent = Directory(os.path.dirname(os.path.abspath(path)))
    parent.sync()
    parent.close()


class Directory:
    """An open directory. Names are plain file names: letters, digits, dot, underscore, hyphen."""

    def __init__(self, path: str, *, parent: Directory | None = None, sync: bool = True) -> None:
        """Opens the directory at `path`, or that of this name in `parent`; raises StorageError."""
        self.path: str = os.path.join(parent.path, path) if parent else path
        self._sync = sync
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        with _explained("open", self.path):
            if parent is None:
                self._fd = os.open(path, flags)
            else:
                self._fd = os.open(path, flags | os.O_NOFOLLOW, dir_fd=parent._fd)
        self._closed = weakref.finalize(self, os.close, self._fd)

    def close(self) -> None:
        self._closed()

    def path_of(self, name: str) -> str:
        return os.path.join(self.path, name)

    def names(self) -> list[str]:
        """The names in the directory, sorted."""
        self._check_open()
        with _explained("list", self.path):
            return sorted(os.listdir(self._fd))

    def make_directory(self, name: str) -> None:
        """Makes a directory in this one; one that exists already is fine."""
        with _explained("make directory", self.path_of(name)), suppress(FileExistsError):
            os.mkdir(self._checked(name), dir_fd=self._fd)

    def create(self, name: str, parts: Iterable[bytes | memoryview]) -> None:
        """Writes a new file of these parts and syncs it; a file that is not complete is removed."""
        path = self.path_of(name)
        with _explained("create", path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
            fd = os.open(self._checked(name), flags, 0o666, dir_fd=self._fd)
        try:
            try:
                with _explained("write", path):
                    written = sum(_write_all(fd, part) for part in parts)
                    size = os.fstat(fd).st_size
                if size != written:
                    raise SyncError(
                        f'"{path}" has {size} bytes where {written} were written; '
                        f"check the disk and open the warehouse again"
                    )
                if self._sync:
                    _sync(fd, path)
            finally:
                os.close(fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._fd)
            raise

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """A new file to be written piece by piece, which need not survive a crash: it is not synced.

        It is removed if the block raises.
        """
        path = self.path_of(name)
        with _explained("create", path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
            fd = os.open(self._checked(name), flags, 0o666, dir_fd=self._fd)
        try:
            with _explained("write", path), os.fdopen(fd, "wb") as file:
                yield file
        except BaseException:
            with suppress(OSError):
                os.unlink(name, dir_fd=self._fd)
            raise

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """A file that `writing` has made, to be read piece by piece."""
        fd = self.open_for_reading(name)
        with _explained("read", self.path_of(name)), os.fdopen(fd, "rb") as file:
            yield file

    def read(self, name: str, offset: int, length: int, file_bytes: int) -> bytes:
        """The bytes from offset on; CorruptionError unless the file is that long in all."""
        fd = self.open_for_reading(name)
        try:
            with _explained("read", self.path_of(name)):
                size = os.fstat(fd).st_size
                data = _read_all(fd, offset, length) if size == file_bytes else b""
        finally:
            os.close(fd)
        if size != file_bytes or len(data) != length:
            raise CorruptionError(
                f'file "{self.path_of(name)}" is damaged: it has {size} bytes, '
                f"not the {file_bytes} that were written; restore it from a backup"
            )
        return data

    def read_whole(self, name: str, limit: int) -> bytes:
        """The bytes of a file of at most `limit` bytes; CorruptionError if it is longer."""
        fd = self.open_for_reading(name)
        try:
            with _explained("read", self.path_of(name)):
                size = os.fstat(fd).st_size
                data = _read_all(fd, 0, size) if size <= limit else b""
        finally:
            os.close(fd)
        if size > limit:
            raise CorruptionError(
                f'file "{self.path_of(name)}" is damaged: {size} bytes are more than the {limit} '
                f"that such a file can have; restore it from a backup"
            )
        return data

    def open_for_reading(self, name: str) -> int:
        """A descriptor, to be closed by the caller."""
        with _explained("open", self.path_of(name)):
            # A pipe of that name must not keep anybody waiting for somebody to write into it.
            flags = os.O_RDONLY | os.O_NONBLOCK | _FLAGS
            return os.open(self._checked(name), flags, dir_fd=self._fd)

    def open_for_locking(self, name: str) -> int:
        """A descriptor of a file that is made if need be, to be closed by the caller."""
        with _explained("open", self.path_of(name)):
            return os.open(
                self._checked(name), os.O_RDWR | os.O_CREAT | _FLAGS, 0o666, dir_fd=self._fd
            )

    def size(self, name: str) -> int:
        """Bytes in the file."""
        with _explained("look at", self.path_of(name)):
            return os.stat(self._checked(name), dir_fd=self._fd, follow_symlinks=False).st_size

    def is_file(self, name: str, fd: int) -> bool:
        """Whether the descriptor is of the file that has this name now."""
        try:
            with _explained("look at", self.path_of(name)):
                named = os.stat(self._checked(name), dir_fd=self._fd, follow_symlinks=False)
                return os.path.samestat(named, os.fstat(fd))
        except MissingFileError:
            return False

    def link(self, existing: str, new: str) -> bool:
        """Gives a file a second name; False if another file has that name already.

        After any other failure the name may be on disk or not: SyncError.
        """
        try:
            with _explained("create", self.path_of(new)):
                os.link(
                    self._checked(existing),
                    self._checked(new),
                    src_dir_fd=self._fd,
                    dst_dir_fd=self._fd,
                    follow_symlinks=False,
                )
        except StorageError as error:
            if isinstance(error.__cause__, FileExistsError):
                return False
            raise SyncError(f"{error}; open the warehouse again") from error
        return True

    def remove(self, name: str) -> None:
        """Removes a file; one that is gone already is fine."""
        with suppress(MissingFileError), _explained("remove", self.path_of(name)):
            os.unlink(self._checked(name), dir_fd=self._fd)

    def sync(self) -> None:
        """Makes the names created in this directory survive a power failure."""
        if self._sync:
            self._check_open()
            _sync(self._fd, self.path)

    def _checked(self, name: str) -> str:
        self._check_open()
        if not _NAME.fullmatch(name) or name in (".", ".."):
            raise CorruptionError(f'"{name[:200]}" cannot be the name of a file in "{self.path}"')
        return name

    def _check_open(self) -> None:
        if not self._closed.alive:
            raise StorageError(f'the warehouse of "{self.path}" is closed; open it again')


def _write_all(fd: int, part: bytes | memoryview) -> int:
    view = memoryview(part).cast("B")
    nbytes = view.nbytes
    while view:
        view = view[os.write(fd, view) :]
    return nbytes


def _read_all(fd: int, offset: int, length: int) -> bytes:
    data = os.pread(fd, length, offset)
    if len(data) == length:
        return data
    pieces = [data]
    while data:
        offset, length = offset + len(data), length - len(data)
        data = os.pread(fd, length, offset)
        pieces.append(data)
    return b"".join(pieces)


def _sync(fd: int, path: str) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        raise SyncError(
            f'cannot confirm that "{path}" is on disk: {(error.strerror or str(error)).lower()}; '
            f"check the disk and open the warehouse again"
        ) from error
