"""Backups: whole, taken while others write, and refused if anything about them is not as written."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import tarfile
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import CorruptionError, StorageError, Warehouse, WarehouseError, check
from coldb_warehouse.backup import back_up, restore

from tests.warehouse.stars import open_small
from tests.warehouse.workloads import append_few, content, content_of, make_base

if TYPE_CHECKING:
    from pathlib import Path

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base") / "w")


@pytest.fixture(scope="module")
def archive(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "w.tar"
    back_up(base, path)
    return path


def test_a_backup_holds_all(base: Path, archive: Path, tmp_path: Path) -> None:
    restored = restore(archive, tmp_path / "w")
    assert content(tmp_path / "w") == content(base)
    with Warehouse.open(base, read_only=True) as warehouse:
        assert restored.version == warehouse.snapshot().version
    assert restored.files > 3
    report = check(tmp_path / "w")
    assert report.problems == report.leftovers == ()
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        append_few(transaction, 9)
    assert check(tmp_path / "w").problems == ()


def test_nothing_is_overwritten(base: Path, archive: Path, tmp_path: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(StorageError, match=r"cannot write .*exists"):
        back_up(base, archive)
    assert archive.read_bytes() == before
    (tmp_path / "empty").mkdir()
    for taken in (base, tmp_path / "empty", archive):
        with pytest.raises(StorageError, match="is there already"):
            restore(archive, taken)
    with pytest.raises(StorageError, match="there is no directory"):
        restore(archive, tmp_path / "none" / "w")
    with pytest.raises(StorageError, match="cannot read"):
        restore(tmp_path / "none.tar", tmp_path / "w")
    with pytest.raises(StorageError, match="cannot write"):
        back_up(base, tmp_path / "none" / "w.tar")
    with pytest.raises(StorageError, match="there is no warehouse"):
        back_up(tmp_path / "none", tmp_path / "w.tar")
    assert sorted(os.listdir(tmp_path)) == ["empty"]


def test_a_damaged_warehouse_is_not_backed_up(base: Path, tmp_path: Path) -> None:
    restore_copy = tmp_path / "w"
    back_up(base, tmp_path / "sound.tar")
    restore(tmp_path / "sound.tar", restore_copy)
    file = max((restore_copy / "data").iterdir())
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(CorruptionError, match=file.name):
        back_up(restore_copy, tmp_path / "w.tar")
    assert not (tmp_path / "w.tar").exists()


def test_backups_while_somebody_writes(tmp_path: Path) -> None:
    """Each holds one version: a row of the dimension for each three rows of the fact."""
    path = make_base(tmp_path / "w")
    stop = threading.Event()
    problems: list[BaseException] = []
    states: dict[int, Any] = {}

    def write() -> None:
        try:
            with open_small(path) as warehouse:
                number = 100
                while not stop.is_set():
                    with warehouse.begin() as transaction:
                        transaction.truncate("sales")
                        append_few(transaction, number)
                    snapshot = warehouse.snapshot()
                    states[snapshot.version] = content_of(snapshot)
                    number += 1
        except BaseException as error:
            problems.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    versions = []
    for number in range(10):
        while len(states) < number and writer.is_alive():
            time.sleep(0.01)
        backup = back_up(path, tmp_path / f"{number}.tar")
        versions.append((number, backup.version))
    stop.set()
    writer.join()
    assert problems == []
    assert len({version for _, version in versions}) > 2
    for number, version in versions:
        restore(tmp_path / f"{number}.tar", tmp_path / str(number))
        if version in states:
            assert content(tmp_path / str(number)) == states[version]


# Archives that were made to harm


def members(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        files = ((member, tar.extractfile(member)) for member in tar.getmembers())
        return [(member, file.read() if file else b"") for member, file in files]


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def plain(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    return member, data


def renamed(members: Members, index: int, name: str) -> Members:
    member, data = members[index]
    return [*members[:index], (member.replace(name=name), data), *members[index + 1 :]]


def resized(members: Members, index: int, size: int) -> Members:
    member, data = members[index]
    changed = tarfile.TarInfo(member.name)
    changed.size = size
    return [*members[:index], (changed, data), *members[index + 1 :]]


NAMES = (
    "../evil",
    "../../evil",
    "/tmp/evil",
    "data/../../evil",
    "data/../evil",
    "./data/1-abc-0.col",
    "data//1-abc-0.col",
    "data/sub/1-abc-0.col",
    "data/",
    "data",
    "LOCK",
    "manifests/evil.json",
    "manifests/00000000000000000099.json",
    "data/new\nline.col",
    "data/" + "x" * 300,
    "data/" + "x" * 5000,
    "data\\evil",
    "C:\\evil",
    "~/evil",
    "",
    "\u202e",
)
KINDS = {
    "symbolic link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
    "directory": tarfile.DIRTYPE,
    "sparse": tarfile.GNUTYPE_SPARSE,
    "contiguous": tarfile.CONTTYPE,
    "unknown": b"Z",
}


def hostile(sound: Members) -> dict[str, Members]:
    """Archives that `restore` must refuse."""
    data = sound[-1][0].name
    attacks: dict[str, Members] = {
        "nothing": [],
        "no manifest": sound[1:],
        "manifest last": [*sound[1:], sound[0]],
        "manifest twice": [sound[0], *sound],
        "a file twice": [*sound, sound[-1]],
        "a file missing": sound[:-1],
        "only the manifest": sound[:1],
        "files swapped": [
            *sound[:-2],
            (sound[-2][0], sound[-1][1]),
            (sound[-1][0], sound[-2][1]),
        ],
        "another version's name": renamed(sound, 0, f"manifests/{77:020}.json"),
        "manifest as link": [link(sound[0][0].name, "/etc/passwd"), *sound[1:]],
        "manifest empty": [plain(sound[0][0].name, b""), *sound[1:]],
        "manifest of junk": [plain(sound[0][0].name, b"coldb-manifest 2\n"), *sound[1:]],
        "a flipped byte": [
            *sound[:-1],
            (sound[-1][0], bytes([sound[-1][1][0] ^ 1]) + sound[-1][1][1:]),
        ],
        "zeros": [*sound[:-1], (sound[-1][0], bytes(len(sound[-1][1])))],
    }
    for name in NAMES:
        attacks[f"also {name[:20]!r}"] = [*sound, plain(name)]
        attacks[f"instead {name[:20]!r}"] = renamed(sound, len(sound) - 1, name)
    for kind, type_ in KINDS.items():
        attacks[f"data as {kind}"] = [*sound[:-1], link(data, "/etc/passwd", type_)]
        attacks[f"also a {kind}"] = [*sound, link("data/9-abc-9.col", "../../evil", type_)]
    for size in (0, 1, len(sound[-1][1]) - 1, len(sound[-1][1]) + 1, 2**40, 2**62):
        attacks[f"size {size}"] = resized(sound, len(sound) - 1, size)
        attacks[f"manifest of size {size}"] = resized(sound, 0, size)
    return attacks


def write(path: Path, members: Members) -> None:
    """An archive whose headers need not tell the truth of what follows them."""
    with open(path, "wb") as file:
        for member, data in members:
            file.write(member.tobuf(tarfile.PAX_FORMAT))
            file.write(data + bytes(-len(data) % 512))
        file.write(bytes(1024))


def test_hostile_archives_are_refused(archive: Path, tmp_path: Path) -> None:
    attacks = hostile(members(archive))
    assert len(attacks) >= 50
    (tmp_path / "in").mkdir()
    for attack, changed in attacks.items():
        write(tmp_path / "hostile.tar", changed)
        refuse(tmp_path, attack)


def refuse(tmp_path: Path, attack: str) -> None:
    """Nothing is made anywhere, and it does not take long."""
    start = time.thread_time()
    with pytest.raises(WarehouseError) as caught:
        restore(tmp_path / "hostile.tar", tmp_path / "in" / "w")
    assert time.thread_time() - start < 20, attack  # a hundredth of that, but for load
    assert "\n" not in str(caught.value), attack
    assert "hostile.tar" in str(caught.value), attack
    assert os.listdir(tmp_path / "in") == [], attack
    assert sorted(os.listdir(tmp_path)) == ["hostile.tar", "in"], attack


def test_archives_that_are_cut_or_damaged(base: Path, archive: Path, tmp_path: Path) -> None:
    sound = archive.read_bytes()
    end = len(sound.rstrip(b"\0"))
    chance = random.Random(5)
    (tmp_path / "in").mkdir()
    for length in [0, 1, 511, 512, *(chance.randrange(end) for _ in range(40))]:
        (tmp_path / "hostile.tar").write_bytes(sound[:length])
        refuse(tmp_path, f"cut to {length}")
    expected = content(base)
    for _ in range(100):
        damaged = bytearray(sound)
        damaged[chance.randrange(end)] ^= 1 << chance.randrange(8)
        (tmp_path / "hostile.tar").write_bytes(damaged)
        with contextlib.suppress(WarehouseError):
            restore(tmp_path / "hostile.tar", tmp_path / "in" / "w")
            # That was the time of a file, its owner, or what fills it up.
            assert content(tmp_path / "in" / "w") == expected
            shutil.rmtree(tmp_path / "in" / "w")
        assert os.listdir(tmp_path / "in") == []


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_compressed_archives_are_no_backups(archive: Path, tmp_path: Path, mode: str) -> None:
    (tmp_path / "in").mkdir()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:  # type: ignore[call-overload]
        for member, data in members(archive):
            tar.addfile(member, io.BytesIO(data))
    (tmp_path / "hostile.tar").write_bytes(packed.getvalue())
    refuse(tmp_path, mode)
