"""Reading everything there is, and comparing it with what is said of it.

Verified are the manifests of all kept versions and the chain of their digests; that the files which
they name, and no others, are there and as long as they were; every checksum; statistics against
values; codes against domains and their moves; and for the newest version the rules of its rows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from coldb_warehouse.checking.check_table import check_data, check_rules
from coldb_warehouse.checking.findings import Findings
from coldb_warehouse.disk.files import MissingFileError
from coldb_warehouse.errors import CatalogError, CorruptionError
from coldb_warehouse.settings import Settings
from coldb_warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import os

    from coldb_warehouse.reading.snapshot import Snapshot
    from coldb_warehouse.versions.history import Version
    from coldb_warehouse.versions.manifest import Manifest

__all__ = ["CheckReport", "check"]

_CACHE_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check has found: `version` to `nbytes` describe the newest version.

    `rows` are those not deleted, and `nbytes` bytes of data. `problems` are damage, one line each;
    `leftovers` are files of work that was cut short: harmless, and removed by the next writer.
    """

    version: int
    tables: int
    rows: int
    chunks: int
    nbytes: int
    problems: tuple[str, ...]
    leftovers: tuple[str, ...]


def check(path: str | os.PathLike[str]) -> CheckReport:
    """Checks the newest version, and the data of the versions kept beside it.

    Goes on after a problem, so as to find all. Raises StorageError if there is no warehouse at the
    path or it cannot be read, and UnsupportedFormatError.
    """
    settings = Settings(memory_limit=_CACHE_BYTES)
    try:
        with Warehouse.open(path, read_only=True, settings=settings) as opened:
            return _Checker(opened).run()
    except CorruptionError as error:
        return CheckReport(0, 0, 0, 0, 0, (str(error),), ())


class _Checker:
    def __init__(self, opened: Warehouse) -> None:
        self._opened = opened
        self._findings = Findings()
        self._leftovers: list[str] = []

    def run(self) -> CheckReport:
        snapshot = self._opened.snapshot()
        findings = self._findings
        findings.problems += self._opened.notices
        versions = self._versions()
        self._files(versions)
        newest = versions.get(snapshot.version)
        if newest is not None:
            self._tables(snapshot, newest.manifest, findings)
        for schema in snapshot.tables:
            check_rules(snapshot.table(schema.name), findings)
        tables = [snapshot.table(schema.name) for schema in snapshot.tables]
        chunks, nbytes = len(findings.seen), findings.nbytes
        for number in sorted(versions.keys() - {snapshot.version}):
            findings.attempt(partial(self._older, number, versions[number].manifest))
        return CheckReport(
            snapshot.version,
            len(tables),
            sum(table.live_rows for table in tables),
            chunks,
            nbytes,
            tuple(dict.fromkeys(findings.problems)),
            tuple(self._leftovers),
        )

    def _versions(self) -> dict[int, Version]:
        """The kept manifests that are whole; each must follow the one before."""
        versions: dict[int, Version] = {}
        for number in self._opened.history.numbers():
            try:
                versions[number] = self._opened.history.read(number)
            except MissingFileError:
                continue  # a writer has swept it meanwhile
            except CorruptionError as error:
                self._findings.problems.append(str(error))
        for before, after in pairwise(versions.values()):
            follows = after.manifest.version == before.manifest.version + 1
            if follows and after.manifest.previous != before.digest:
                self._findings.problems.append(
                    f"manifest {after.manifest.version} does not follow manifest "
                    f"{before.manifest.version} as it is: one of them was changed"
                )
            if after.manifest.committed_at <= before.manifest.committed_at:
                self._findings.problems.append(
                    f"manifest {after.manifest.version} is not younger than manifest "
                    f"{before.manifest.version}"
                )
        return versions

    def _files(self, versions: dict[int, Version]) -> None:
        """The data files that the versions name, and only they, are there, and as long as is said."""
        places = {place for version in versions.values() for place in version.manifest.places()}
        files = self._opened.files
        present = set(files.names())
        sizes: dict[str, int] = {}
        end = 0
        for place in sorted(places, key=lambda place: (place.file, place.offset)):
            path = files.path_of(place)
            if place.file not in sizes:
                sizes[place.file] = place.file_bytes
                end = 0
                if place.file not in present:
                    self._findings.problems.append(
                        f'data file "{path}" is missing; restore it from a backup'
                    )
                elif (size := files.directory.size(place.file)) != place.file_bytes:
                    self._findings.problems.append(
                        f'data file "{path}" is damaged: it has {size} bytes, '
                        f"not the {place.file_bytes} that were written"
                    )
            if place.file_bytes != sizes[place.file] or place.offset < end:
                self._findings.problems.append(
                    f'the manifests disagree on what data file "{path}" has at {place.offset}'
                )
            end = place.offset + place.length
        if len(versions) == len(self._opened.history.numbers()):
            self._leftovers = sorted(present - sizes.keys())

    def _older(self, number: int, manifest: Manifest) -> None:
        """Reads what an older version has and newer ones have not."""
        with suppress(CatalogError):  # a writer has swept it meanwhile
            self._tables(self._opened.snapshot(number), manifest, self._findings)

    def _tables(self, snapshot: Snapshot, manifest: Manifest, findings: Findings) -> None:
        for entry in manifest.tables:
            check_data(snapshot.table(entry.schema.name), entry, self._opened.files, findings)
