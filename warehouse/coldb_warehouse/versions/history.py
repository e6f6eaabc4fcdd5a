"""The versions of a warehouse: one manifest a version, published by giving it its final name.

    manifests/00000000000000000007.json      version 7

A manifest is written and synced under a temporary name; linking it to its final name is the
commit, and fails if another writer took that name. Nothing is ever replayed: the newest manifest
is the state.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_warehouse.disk.files import Directory, MissingFileError
from coldb_warehouse.disk.lock import ReaderLock, read_lock, remove_unless_read
from coldb_warehouse.errors import CorruptionError, LockedError, StorageError
from coldb_warehouse.versions.manifest_codec import (
    MAX_MANIFEST_BYTES,
    Outline,
    decode_manifest,
    encode_manifest,
    is_torn,
    outline_manifest,
)

if TYPE_CHECKING:
    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["History", "Version", "manifest_name"]

_NAME = re.compile(r"(\d{20})\.json")
_TEMPORARY = ".tmp"
_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Version:
    """A manifest and the SHA-256 of its file."""

    manifest: Manifest
    digest: str


class History:
    """The directory `manifests`."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def numbers(self) -> list[int]:
        """The numbers of the versions that are kept, ascending. Their manifests may be damaged."""
        matches = (_NAME.fullmatch(name) for name in self.directory.names())
        return [int(match[1]) for match in matches if match]

    def newest_number(self) -> int:
        """The highest number; 0 if there is none."""
        return max(self.numbers(), default=0)

    def path_of(self, number: int) -> str:
        """The path of a version's manifest."""
        return self.directory.path_of(manifest_name(number))

    def read(self, number: int) -> Version:
        """One version; raises MissingFileError, CorruptionError, UnsupportedFormatError."""
        name = manifest_name(number)
        data = self.directory.read_whole(name, MAX_MANIFEST_BYTES)
        manifest = decode_manifest(data, self.directory.path_of(name))
        if manifest.version != number:
            raise CorruptionError(
                f'manifest "{self.directory.path_of(name)}" is damaged: '
                f"it says that it is version {manifest.version}"
            )
        return Version(manifest, hashlib.sha256(data).hexdigest())

    def outline(self, number: int) -> Outline:
        """What a sweep must know of one version; raises as `read` does."""
        name = manifest_name(number)
        data = self.directory.read_whole(name, MAX_MANIFEST_BYTES)
        return outline_manifest(data, self.directory.path_of(name))

    def is_torn(self, number: int) -> bool:
        """Whether a power failure has cut off the manifest of that number."""
        return is_torn(self.directory.read_whole(manifest_name(number), MAX_MANIFEST_BYTES))

    def newest(self) -> Version | None:
        """The newest version, None in an empty directory.

        A newest manifest that ends too early was torn by a power failure, on a disk that had said
        to have written it: the version before is then the newest. Any other damage is an error.
        """
        for _ in range(_ATTEMPTS):
            numbers = self.numbers()
            if not numbers:
                return None
            with suppress(
                MissingFileError
            ):  # a writer has swept it meanwhile: there is a newer one
                if len(numbers) > 1 and self.is_torn(numbers[-1]):
                    return self.read(numbers[-2])
                return self.read(numbers[-1])
        raise StorageError(f'"{self.directory.path}" changes too fast to be read; try again')

    def publish(self, manifest: Manifest) -> Version:
        """Makes the manifest the newest version, durably; LockedError if its number is taken."""
        data = encode_manifest(manifest)
        if len(data) > MAX_MANIFEST_BYTES:
            raise StorageError(
                f'"{self.directory.path}" has too many segments for one manifest; '
                f"write more rows at a time"
            )
        name = manifest_name(manifest.version)
        temporary = f"{manifest.version:020}.{secrets.token_hex(6)}{_TEMPORARY}"
        self.directory.create(temporary, [data])
        try:
            if not self.directory.link(temporary, name):
                raise LockedError(
                    f'another process has written "{self.directory.path_of(name)}" meanwhile; '
                    f"nothing was changed: try again"
                )
            self.directory.sync()
        finally:
            with suppress(StorageError):  # left behind, it is swept later
                self.directory.remove(temporary)
        return Version(manifest, hashlib.sha256(data).hexdigest())

    def read_lock(self, number: int) -> ReaderLock | None:
        """Keeps the version while the lock exists; None if it is gone already."""
        return read_lock(self.directory, manifest_name(number))

    def remove(self, number: int) -> bool:
        """Removes an old version unless somebody is reading it; whether it is gone."""
        return remove_unless_read(self.directory, manifest_name(number))

    def remove_leftovers(self) -> None:
        """Removes the temporary files of commits that were cut short."""
        for name in self.directory.names():
            if name.endswith(_TEMPORARY):
                self.directory.remove(name)


def manifest_name(number: int) -> str:
    return f"{number:020}.json"
