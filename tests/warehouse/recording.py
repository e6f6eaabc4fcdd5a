"""Standing between the warehouse and the operating system: to record calls, fail them, or stop.

`coldb_warehouse.disk.files` reaches the system through its module variable `os` only. `Recorder` takes
its place, and from the calls that it has recorded `crash_states` derives every state in which a
power failure may leave the disk:

    names      those created or removed up to some moment, no earlier than the last fsync of a directory
    content    of files that were synced, all; of others nothing, half or all
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MUTATING = ("open", "write", "fsync", "link", "unlink", "mkdir")
ALL_CALLS = (*MUTATING, "pread", "listdir", "stat", "fstat")


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
class Recorder:
    """A stand-in for the module `os`.

    `calls` counts all calls named in ALL_CALLS. The one with number `fail_at` raises `error`; from
    the mutating one with number `stop_at` on nothing happens any more.
    """

    fail_at: int = -1
    error: int = errno.EIO
    stop_at: int = -1
    trace: list[Call] = field(default_factory=list)
    calls: int = 0
    mutations: int = 0
    stopped: bool = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self._watched(name, real) if name in ALL_CALLS else real

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self.stopped:
                raise Stopped
            self.calls += 1
            if self.calls - 1 == self.fail_at:
                raise OSError(self.error, os.strerror(self.error), name)
            noted = self._noted(name, arguments, named)
            if noted is not None:
                self.mutations += 1
                if self.mutations - 1 == self.stop_at:
                    self.stopped = True
                    raise Stopped
            result = real(*arguments, **named)
            if noted is not None:
                noted.data = noted.data[:result] if name == "write" else noted.data
                self.trace.append(noted)
            return result

        return call

    def _noted(self, name: str, arguments: Any, named: Any) -> Call | None:
        match name:
            case "open" if arguments[1] & os.O_EXCL:
                return Call("create", _under(named["dir_fd"], arguments[0]))
            case "write":
                return Call("write", _path(arguments[0]), bytes(arguments[1]))
            case "fsync":
                return Call("fsync", _path(arguments[0]))
            case "link":
                source = _under(named["src_dir_fd"], arguments[0])
                return Call("link", source, target=_under(named["dst_dir_fd"], arguments[1]))
            case "unlink":
                return Call("unlink", _under(named["dir_fd"], arguments[0]))
            case "mkdir":
                where = named.get("dir_fd")
                path = str(arguments[0]) if where is None else _under(where, arguments[0])
                return Call("mkdir", path)
        return None


def _path(fd: int) -> str:
    return os.readlink(f"/proc/self/fd/{fd}")


def _under(fd: int, name: str) -> str:
    return f"{_path(fd)}/{name}"


@dataclass
class _File:
    content: bytes = b""
    durable: bytes | None = None


Disk = dict[str, bytes]


def read_disk(root: Path) -> Disk:
    """All files under a directory."""
    return {
        str(path): path.read_bytes()
        for path in root.rglob("*")
        if stat.S_ISREG(path.stat().st_mode)
    }


def crash_states(before: Disk, trace: list[Call]) -> Iterator[tuple[int, Disk]]:
    """Each disk that a power failure may leave, given what was there before, and the number of
    calls after which it does so first, or, if that is so, after all of them."""
    seen: set[frozenset[tuple[str, bytes]]] = set()
    for done in [len(trace), *range(len(trace))]:
        for disk in _crash_states(before, trace, done):
            state = frozenset(disk.items())
            if state not in seen:
                seen.add(state)
                yield done, disk


def _crash_states(before: Disk, trace: list[Call], done: int) -> Iterator[Disk]:
    for cut in range(_last_directory_sync(trace[:done]), done + 1):
        files = {path: _File(data, data) for path, data in before.items()}
        by_path = dict(files)  # also files whose name is not on disk
        names = dict(files)
        for number, call in enumerate(trace[:done]):
            match call.name:
                case "create":
                    by_path[call.path] = _File()
                    if number < cut:
                        names[call.path] = by_path[call.path]
                case "write":
                    by_path[call.path].content += call.data
                case "fsync" if call.path in by_path:
                    by_path[call.path].durable = by_path[call.path].content
                case "link":
                    by_path[call.target] = by_path[call.path]
                    if number < cut:
                        names[call.target] = by_path[call.path]
                case "unlink" if number < cut:
                    names.pop(call.path, None)
        for share in (0.0, 0.5, 1.0):
            yield {path: _survivor(file, share) for path, file in names.items()}


def _last_directory_sync(trace: list[Call]) -> int:
    """The number of calls whose names are on disk for sure, taking names to reach it in order."""
    last = 0
    for number, call in enumerate(trace):
        if call.name == "fsync":
            made = [
                place + 1
                for place, other in enumerate(trace[:number])
                if os.path.dirname(other.target or other.path) == call.path
                and other.name in ("create", "link", "unlink", "mkdir")
            ]
            last = max([last, *made])
    return last


def _survivor(file: _File, share: float) -> bytes:
    if file.durable is not None and file.durable == file.content:
        return file.content
    return file.content[: int(len(file.content) * share)]
