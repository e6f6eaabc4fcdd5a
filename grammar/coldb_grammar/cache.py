"""One file in the user's cache directory for the generated table.

The directory and the file must belong to the user and be writable by nobody else; otherwise, and
wherever the disk says no, there is simply no cache. The contents are JSON, because reading it
cannot run code, behind a checksum.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Entry"]

_LAYOUT = "1"  # raised when the form of the data changes
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Entry:
    """The place of one table. `path` is None where no home directory is known."""

    path: Path | None

    @classmethod
    def of(cls, grammar: str) -> Entry:
        """The entry of a grammar; its name changes with the grammar and the layout."""
        directory = _directory()
        if directory is None:
            return cls(None)
        key = hashlib.sha256(f"{_LAYOUT}\0{grammar}".encode()).hexdigest()[:16]
        return cls(directory / f"grammar-{key}.json")

    def read(self) -> dict[str, Any] | None:
        """The stored data, or None if there is none to be trusted."""
        if self.path is None:
            return None
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with open(descriptor, "rb") as file:
                if not _is_private(os.fstat(file.fileno())):
                    return None
                checksum, payload = file.readline().strip(), file.read()
        except OSError:
            return None
        if checksum.decode("ascii", "replace") != hashlib.sha256(payload).hexdigest():
            return None
        data: dict[str, Any] = json.loads(payload)
        return data

    def write(self, data: dict[str, Any]) -> None:
        """Store the data for the next process; do nothing where that is not possible."""
        if self.path is None:
            return
        # Slow to import, and needed only here.
        import tempfile

        payload = json.dumps(data, separators=(",", ":")).encode()
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_private(self.path.parent.lstat()):
                return
            descriptor, name = tempfile.mkstemp(dir=self.path.parent)
            try:
                with open(descriptor, "wb") as file:
                    file.write(hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload)
                os.replace(name, self.path)
            except OSError:
                os.unlink(name)


def _directory() -> Path | None:
    configured = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(configured):
        return Path(configured) / "coldb"
    try:
        return Path.home() / ".cache" / "coldb"
    except RuntimeError:
        return None


def _is_private(status: os.stat_result) -> bool:
    """Owned by this user and writable by nobody else. Elsewhere than on POSIX: always."""
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
