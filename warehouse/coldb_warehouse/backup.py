"""One version of a warehouse as one file, and back.

The file is a tar archive: the manifest of the version, then every data file that it names, under
the names that they have in the warehouse's directory. Because files never change and a reader's
lock keeps them, a backup needs nobody to stop writing.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tarfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from coldb_warehouse.checking.check import check
from coldb_warehouse.disk.files import Directory, make_directory
from coldb_warehouse.errors import CorruptionError, StorageError
from coldb_warehouse.versions.history import History, manifest_name
from coldb_warehouse.versions.manifest_codec import MAX_MANIFEST_BYTES, decode_manifest
from coldb_warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["Backup", "back_up", "restore"]

_MANIFESTS, _DATA = "manifests", "data"
_MANIFEST = re.compile(rf"{_MANIFESTS}/\d{{20}}\.json")
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: one version, in so many data files of so many bytes in all."""

    version: int
    files: int
    nbytes: int


def back_up(path: str | os.PathLike[str], archive: str | os.PathLike[str]) -> Backup:
    """Writes the newest version of the warehouse at `path` into the new file `archive`, durably.

    Others may write meanwhile. Raises StorageError if the file exists or cannot be written, and
    what reading raises; an archive that is not complete is removed.
    """
    archive = os.fspath(archive)
    with Warehouse.open(path, read_only=True) as warehouse:
        snapshot = warehouse.snapshot()  # its lock keeps the files
        manifests, data = warehouse.history.directory, warehouse.files.directory
        name = manifest_name(snapshot.version)
        content = manifests.read_whole(name, MAX_MANIFEST_BYTES)
        manifest = decode_manifest(content, manifests.path_of(name))
        sizes = manifest.file_sizes()
        with _new_file(archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
            header = _header(f"{_MANIFESTS}/{name}", len(content), manifest)
            tar.addfile(header, io.BytesIO(content))
            for name, size in sizes.items():
                _add(tar, data, name, _header(f"{_DATA}/{name}", size, manifest))
        return Backup(snapshot.version, len(sizes), sum(sizes.values()))


@contextmanager
def _new_file(path: str) -> Iterator[BinaryIO]:
    """A file to be written, synced at the end; gone again if that fails."""
    try:
        with open(path, "xb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                os.unlink(path)
                raise
        with closing(Directory(os.path.dirname(os.path.abspath(path)))) as parent:
            parent.sync()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(f'cannot write "{path}": {reason}') from error


def restore(archive: str | os.PathLike[str], path: str | os.PathLike[str]) -> Backup:
    """Makes a warehouse at `path`, where nothing may be, of a file that `back_up` has written.

    All of it is read again and checked. If that fails nothing is left at `path`. Raises
    StorageError, and CorruptionError for an archive that is not as `back_up` writes it.
    """
    archive, path = os.fspath(archive), os.fspath(path)
    if os.path.lexists(path):
        raise StorageError(f'"{path}" is there already; restore into a directory that is not')
    try:
        with open(archive, "rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            make_directory(path)
            try:
                restored = _restore(tar, archive, path)
                problems = check(path).problems
                if problems:
                    raise CorruptionError(f'backup "{archive}" is damaged: {problems[0]}')
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise CorruptionError(f'backup "{archive}" is damaged: {error}') from error
    except OSError as error:
        raise StorageError(
            f'cannot read "{archive}": {(error.strerror or str(error)).lower()}'
        ) from error
    return restored


def _header(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mtime = manifest.committed_at // 1_000_000
    return header


def _add(tar: tarfile.TarFile, data: Directory, name: str, header: tarfile.TarInfo) -> None:
    path = data.path_of(name)
    with open(data.open_for_reading(name), "rb") as file:
        if os.fstat(file.fileno()).st_size != header.size:
            raise CorruptionError(
                f'file "{path}" is damaged: it has not the {header.size} bytes that were written; '
                f"restore it from a backup"
            )
        tar.addfile(header, file)


def _restore(tar: tarfile.TarFile, archive: str, path: str) -> Backup:
    """Writes the files, the manifest last: until it is there this is no warehouse."""
    first = tar.next()
    if first is None or not _is_plain(first) or not _MANIFEST.fullmatch(first.name):
        raise CorruptionError(f'"{archive}" is not a backup: it does not begin with a manifest')
    if first.size > MAX_MANIFEST_BYTES:
        raise CorruptionError(f'backup "{archive}" is damaged: a manifest of {first.size} bytes')
    manifest = decode_manifest(b"".join(_pieces(tar, first)), f"{archive}: {first.name}")
    if first.name != f"{_MANIFESTS}/{manifest_name(manifest.version)}":
        raise CorruptionError(
            f'backup "{archive}" is damaged: version {manifest.version} under another name'
        )
    sizes = manifest.file_sizes()
    with closing(Directory(path)) as root:
        for name in (_MANIFESTS, _DATA):
            root.make_directory(name)
        root.sync()
        with closing(Directory(_DATA, parent=root)) as data:
            _restore_data(tar, archive, data, dict(sizes))
            data.sync()
        with closing(Directory(_MANIFESTS, parent=root)) as manifests:
            History(manifests).publish(manifest)
    return Backup(manifest.version, len(sizes), sum(sizes.values()))


def _restore_data(
    tar: tarfile.TarFile, archive: str, data: Directory, missing: dict[str, int]
) -> None:
    """Writes the data files, each of which must be in `missing`, and nothing else."""
    while (member := tar.next()) is not None:
        directory, _, name = member.name.rpartition("/")
        size = missing.pop(name, None) if directory == _DATA and _is_plain(member) else None
        if size is None:
            raise CorruptionError(
                f'backup "{archive}" is damaged: {member.name[:200]!r} does not belong in it'
            )
        if size != member.size:
            raise CorruptionError(
                f'backup "{archive}" is damaged: {member.name!r} has {member.size} bytes, '
                f"not {size}"
            )
        data.create(name, _pieces(tar, member))
    if missing:
        raise CorruptionError(f'backup "{archive}" is damaged: "{min(missing)}" is missing')


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether it is a file of as many bytes as it says: no link, no device, nothing with holes."""
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(member)
    while file is not None and (piece := file.read(_PIECE_BYTES)):
        yield piece
