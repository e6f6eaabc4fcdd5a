"""From a trace of calls to the disks that a power failure may leave.

What survives of a moment (after Application-Level Crash Consistency, Pillai 2014, and B3, Mohan 2018):

    names      those created or removed up to some moment, no earlier than the last fsync of a directory
    content    of files that were synced, all; of each other file nothing, all, or zeros in its place,
               and of at most one of them a beginning, and after it nothing or zeros: the write that
               was torn
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.warehouse.system import Call

__all__ = ["Disk", "crash_points", "lay_out", "read_disk", "torn_disks"]

Disk = dict[str, bytes]


@dataclass
class _File:
    content: bytes = b""
    durable: bytes | None = None


def read_disk(root: Path) -> Disk:
    """All files under a directory."""
    return {
        str(path): path.read_bytes()
        for path in root.rglob("*")
        if stat.S_ISREG(path.stat().st_mode)
    }


def lay_out(disk: Disk, root: Path, moved: Path) -> None:
    """Makes the files of a disk under another directory, in place of those that are there."""
    for directory in ("data", "manifests"):
        (moved / directory).mkdir(parents=True, exist_ok=True)
    wanted = {moved / os.path.relpath(path, root): content for path, content in disk.items()}
    for path in moved.rglob("*"):
        if path not in wanted and not path.is_dir():
            path.unlink()
    for path, content in wanted.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def crash_points(
    before: Disk, trace: list[Call], chance: Random, schedules: int
) -> Iterator[tuple[int, Disk]]:
    """Disks that a power failure may leave after each number of calls, given what was there before:
    the one that lost all it could, the one that lost nothing, and `schedules` at random."""
    for done in range(len(trace) + 1):
        earliest = _last_directory_sync(trace[:done])
        yield done, _survivors(_names(before, trace, done, earliest), lambda file: b"")
        yield done, _survivors(_names(before, trace, done, done), lambda file: file.content)
        for _ in range(schedules):
            names = _names(before, trace, done, chance.randint(earliest, done))
            yield done, _survivors(names, _fates(names, chance))


def torn_disks(before: Disk, trace: list[Call], pieces: int) -> Iterator[Disk]:
    """What is left after all calls if of one file that was not synced only a beginning is there, and
    zeros after it: for each such file that many."""
    names = _names(before, trace, len(trace), len(trace))
    whole = _survivors(names, lambda file: file.content)
    for path, file in names.items():
        if file.durable != file.content:
            size = len(file.content)
            for length in range(0, size, max(size // pieces, 1)):
                yield {**whole, path: file.content[:length].ljust(size, b"\0")}


def _survivors(names: dict[str, _File], fate: Callable[[_File], bytes]) -> Disk:
    return {
        path: file.content if file.durable == file.content else fate(file)
        for path, file in names.items()
    }


def _fates(names: dict[str, _File], chance: Random) -> Callable[[_File], bytes]:
    """Each file has its own fate, and at most one is torn."""
    torn = chance.choice([*names.values(), None])

    def fate(file: _File) -> bytes:
        if file is torn:
            there = file.content[: chance.randrange(len(file.content) + 1)]
            return chance.choice([there, there.ljust(len(file.content), b"\0")])
        return chance.choice([b"", bytes(len(file.content)), file.content])

    return fate


def _names(before: Disk, trace: list[Call], done: int, cut: int) -> dict[str, _File]:
    """The files, if of the calls done those before `cut` have their names on disk."""
    names = {path: _File(data, data) for path, data in before.items()}
    by_path = dict(names)  # also files whose name is not on disk
    for number, call in enumerate(trace[:done]):
        match call.name:
            case "create":
                by_path[call.path] = _File()
                if number < cut:
                    names[call.path] = by_path[call.path]
            case "write":
                by_path[call.path].content += call.data
            case "truncate":
                by_path[call.path].content, by_path[call.path].durable = b"", None
            case "fsync" if call.path in by_path:
                by_path[call.path].durable = by_path[call.path].content
            case "link":
                by_path[call.target] = by_path[call.path]
                if number < cut:
                    names[call.target] = by_path[call.path]
            case "unlink" if number < cut:
                names.pop(call.path, None)
    return names


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
