"""Damage to every byte of a warehouse that has something of everything: the right rows, or a
CorruptionError that names the file."""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import CorruptionError, UnsupportedFormatError, Warehouse, check
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.reading.cache import Cache
from coldb_warehouse.reading.snapshot import Snapshot
from coldb_warehouse.versions.manifest_codec import decode_manifest

from tests.warehouse.everything import make_everything
from tests.warehouse.workloads import content, copied, live_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from coldb_warehouse.versions.manifest import Manifest

DAMAGES: dict[str, Callable[[int, int], int]] = {
    "a flipped bit": lambda byte, place: byte ^ 1 << place % 8,
    "zero": lambda byte, place: 0,
    "ones": lambda byte, place: 0xFF,
}
SAMPLED = 5_000
SHARES = 4


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_everything(tmp_path_factory.mktemp("sound") / "w")


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return copied(sound, tmp_path / "w")


class Reader:
    """Reads what a file has a part in, and compares it with what was there."""

    def __init__(self, sound: Path) -> None:
        self.expected = {name: repr(rows) for name, rows in content(sound).items()}
        self._owners: dict[str, set[str]] = {}
        self._manifest = manifest_of(sound)
        for table in self._manifest.tables:
            for place in table.places():
                self._owners.setdefault(place.file, set()).add(table.schema.name)

    def notices(self, path: Path, file: Path) -> bool:
        """Whether damage to that file is noticed, when all that it is needed for is read."""
        try:
            with Warehouse.open(path, read_only=True) as warehouse:
                self._read(warehouse.snapshot(), file)
        except (CorruptionError, UnsupportedFormatError) as error:
            message = str(error)
        else:
            return False
        assert file.name in message or (file.parent.name == "manifests" and str(path) in message)
        assert "\n" not in message
        return True

    def notices_when_open(self, warehouse: Warehouse, file: Path) -> bool:
        """The same of a warehouse whose manifest was read before the data was damaged; or of the
        manifest alone. Much faster."""
        try:
            if file.parent.name == "manifests":
                decode_manifest(file.read_bytes(), str(file))
            else:
                self._read(Snapshot(self._manifest, warehouse.files, Cache(0)), file)
        except (CorruptionError, UnsupportedFormatError) as error:
            return file.name in str(error)
        return False

    def _read(self, snapshot: Snapshot, file: Path) -> None:
        for name in self.tables(file):
            table = snapshot.table(name)
            assert repr(live_rows(table)) == self.expected[name]
            for hidden in table.column_names:
                table.chunk(hidden)

    def tables(self, file: Path) -> set[str]:
        """The tables that have data in the file, and those that reference them."""
        if file.parent.name == "manifests":
            return self.expected.keys() - {""}
        owners = self._owners[file.name]
        return owners | {"sales"} if "store" in owners else owners


def manifest_of(path: Path) -> Manifest:
    return decode_manifest(max((path / "manifests").iterdir()).read_bytes(), "")


def files_of(path: Path) -> list[Path]:
    return sorted([*(path / "data").iterdir(), *(path / "manifests").iterdir()])


def test_it_has_something_of_everything(sound: Path) -> None:
    files = files_of(sound)
    assert sum(file.stat().st_size for file in files) <= 65_536
    manifest = manifest_of(sound)
    assert {file.name for file in files[:-1]} == manifest.files()
    segments = [segment for table in manifest.tables for segment in table.segments]
    chunks = [chunk for segment in segments for chunk in segment.chunks.values()]
    names = {name for chunk in chunks for name in chunk.encodings}
    assert names >= {encoding.name for encoding in ENCODINGS}
    assert any(segment.deleted for segment in segments)
    assert any(table.moves for table in manifest.tables)
    assert any(segment.partition for segment in segments)
    dictionaries = [entry for table in manifest.tables for entry in table.dictionaries.values()]
    assert any(len(entry.parts) > 1 for entry in dictionaries)
    assert check(sound).problems == check(sound).leftovers == ()


def damage(sound: Path, damaged: Path, cases: Iterable[tuple[Path, int, str]]) -> int:
    """Damages one byte after the other, and how many of them it was that changed."""
    reader = Reader(sound)
    done = 0
    contents = {file: file.read_bytes() for file in files_of(damaged)}
    with Warehouse.open(damaged, read_only=True) as warehouse:
        for file, place, way in cases:
            before = contents[file]
            after = DAMAGES[way](before[place], place)
            if after == before[place]:
                continue
            with file.open("r+b") as opened:
                os.pwrite(opened.fileno(), bytes([after]), place)
                where = f"byte {place} of {file.name}: {way}"
                assert reader.notices_when_open(warehouse, file), where
                if done % 10 == 0:
                    assert reader.notices(damaged, file), where
                if done % 200 == 0:
                    assert any(str(damaged) in problem for problem in check(damaged).problems), (
                        where
                    )
                os.pwrite(opened.fileno(), before[place : place + 1], place)
            done += 1
    assert Reader(damaged).expected == reader.expected
    return done


def every_case(path: Path) -> list[tuple[Path, int, str]]:
    sizes = {file: file.stat().st_size for file in files_of(path)}
    return [(file, n, way) for file, size in sizes.items() for n in range(size) for way in DAMAGES]


@pytest.mark.parametrize("share", range(SHARES))
def test_sampled_bytes(sound: Path, damaged: Path, share: int) -> None:
    cases = random.Random(share).sample(every_case(damaged), SAMPLED // SHARES)
    assert damage(sound, damaged, cases) > SAMPLED // SHARES * 0.8


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("share", range(SHARES))
def test_every_byte(sound: Path, damaged: Path, share: int) -> None:
    cases = every_case(damaged)[share::SHARES]
    assert damage(sound, damaged, cases) > len(cases) * 0.8


def test_files_that_are_cut_or_grow(sound: Path, damaged: Path) -> None:
    reader = Reader(sound)
    for file in files_of(damaged):
        before = file.read_bytes()
        lengths = range(0, len(before), 64)
        for wrong in [*(before[:length] for length in lengths), before + b"\0", before + before]:
            file.write_bytes(wrong)
            assert reader.notices(damaged, file), f"{len(wrong)} bytes of {file.name}"
        assert any(str(damaged) in problem for problem in check(damaged).problems)
        file.write_bytes(before)


def test_files_that_are_gone_or_of_others(sound: Path, damaged: Path, tmp_path: Path) -> None:
    """Deleted, or replaced by another file of the warehouse, or by that of another warehouse."""
    reader = Reader(sound)
    other = make_everything(tmp_path / "other")
    files = files_of(damaged)
    for number, file in enumerate(files):
        before = file.read_bytes()
        file.unlink()
        if file.parent.name == "data":
            assert reader.notices(damaged, file), file.name
            assert any(file.name in problem for problem in check(damaged).problems)
        wrong: list[Any] = [files[number - 1].read_bytes()]
        wrong += [path.read_bytes() for path in files_of(other)[number : number + 1]]
        for replacement in wrong:
            file.write_bytes(replacement)
            if replacement != before:
                assert reader.notices(damaged, file), file.name
                assert check(damaged).problems
        file.write_bytes(before)
    shutil.rmtree(damaged / "data")
    with pytest.raises(CorruptionError, match='no directory "data"'):
        content(damaged)
