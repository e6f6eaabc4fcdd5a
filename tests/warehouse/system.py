"""Standing between the warehouse and the operating system: to record calls, fail them, or stop.

The warehouse reaches the system through the modules `os` and `fcntl` of `coldb_warehouse.disk.files`
and `coldb_warehouse.disk.lock` only. A `System` takes the place of both.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coldb_warehouse.disk import files, lock

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

__all__ = ["Call", "Stopped", "System"]

CHANGING = ("open", "write", "fsync", "link", "unlink", "mkdir", "ftruncate", "pwrite")
WATCHED = (*CHANGING, "pread", "listdir", "stat", "fstat", "flock")


class Stopped(BaseException):
    """The process is dead: it does nothing any more."""


@dataclass
class Call:
    """A call that changed something. `path` is that of the file, or of a directory that was synced."""

    name: str
    path: str
    data: bytes = b""
    target: str = ""


@dataclass
class System:
    """`called` has the names of calls, of those in WATCHED; `trace` has those that changed
    something, and `opened` what was opened. Nothing is synced: what a power failure leaves is
    computed, not tried.

    The call with number `fail_at` raises `error`, or, if that is "short", reads or writes only half
    of what was asked for; all calls after it do so too if the failure is `persistent`. From the
    changing call with number `stop_at` on nothing happens any more.
    """

    fail_at: int = -1
    error: int | str | type[BaseException] = 0
    persistent: bool = False
    stop_at: int = -1
    trace: list[Call] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    changes: int = 0
    failures: int = 0
    stopped: bool = False

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (files, lock):
            monkeypatch.setattr(module, "os", self)
        monkeypatch.setattr(lock, "fcntl", self)

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name) if hasattr(os, name) else getattr(fcntl, name)
        return self._watched(name, real) if name in WATCHED else real

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self.stopped:
                if name == "flock" and arguments[1] == fcntl.LOCK_UN:
                    return real(*arguments)  # the kernel frees the locks of the dead
                raise Stopped
            number = len(self.called)
            self.called.append(name)
            if number == self.fail_at or (self.persistent and number > self.fail_at):
                arguments = self._failed(name, arguments)
            noted = _noted(name, arguments, named)
            if noted is not None:
                self.changes += 1
                if self.changes - 1 == self.stop_at:
                    self.stopped = True
                    raise Stopped
            result = None if name == "fsync" else real(*arguments, **named)
            if name == "open":
                self.opened.append(_path(result))
            if noted is not None:
                noted.data = noted.data[:result] if name == "write" else noted.data
                self.trace.append(noted)
            return result

        return call

    def _failed(self, name: str, arguments: Any) -> Any:
        """Raises the error; the arguments of a call that does half of its work."""
        if self.error == "short":
            match name:
                case "write" if len(arguments[1]) > 1:
                    self.failures += 1
                    return arguments[0], arguments[1][: len(arguments[1]) // 2]
                case "pread" if arguments[1] > 1:
                    self.failures += 1
                    return arguments[0], arguments[1] // 2, arguments[2]
            return arguments
        self.failures += 1
        if isinstance(self.error, int):
            raise OSError(self.error, os.strerror(self.error), name)
        assert not isinstance(self.error, str)
        raise self.error


def _noted(name: str, arguments: Any, named: Any) -> Call | None:
    match name:
        case "open" if arguments[1] & os.O_CREAT:
            path = _path_of(arguments[0], named.get("dir_fd"))
            if os.path.exists(path):
                return Call("truncate", path) if arguments[1] & os.O_TRUNC else None
            return Call("create", path)
        case "write":
            return Call("write", _path(arguments[0]), bytes(arguments[1]))
        case "fsync" | "ftruncate" | "pwrite":
            return Call(name, _path(arguments[0]))
        case "link":
            source = _path_of(arguments[0], named["src_dir_fd"])
            return Call("link", source, target=_path_of(arguments[1], named["dst_dir_fd"]))
        case "unlink" | "mkdir":
            return Call(name, _path_of(arguments[0], named.get("dir_fd")))
    return None


def _path(fd: int) -> str:
    return os.readlink(f"/proc/self/fd/{fd}")


def _path_of(name: Any, fd: int | None) -> str:
    return os.fspath(name) if fd is None else f"{_path(fd)}/{name}"
