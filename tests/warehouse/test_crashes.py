"""Power failures: after each, the warehouse is what it was before the commit or after it."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import WarehouseError, check
from coldb_warehouse.chunks import layout, streams
from coldb_warehouse.disk import files
from coldb_warehouse.disk.data_files import DataFiles
from coldb_warehouse.disk.files import Directory
from coldb_warehouse.versions import history, manifest_codec
from coldb_warehouse.versions.history import History

from tests.warehouse.recording import crash_points, lay_out, read_disk, torn_disks
from tests.warehouse.stars import open_small
from tests.warehouse.system import System
from tests.warehouse.workloads import OPERATIONS, Content, content, copied, make_base

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from coldb_warehouse.versions.manifest import Place

    from tests.warehouse.system import Call

SCHEDULES = 1


@dataclass
class Run:
    """Commits that were recorded. `states` has what was there before them and after each, and
    `ends` the number of calls made when each of these was acknowledged."""

    root: Path
    before: dict[str, bytes]
    states: list[Content]
    ends: list[int]
    trace: list[Call]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base") / "w")


def record(root: Path, operations: list[str]) -> Run:
    """Does each operation in a transaction of its own, with a recorder in the system's place."""
    run = Run(root, read_disk(root), [content(root)], [0], [])
    system = System()
    with pytest.MonkeyPatch.context() as patched, open_small(root, sync=True) as warehouse:
        system.install(patched)
        for number, name in enumerate(operations):
            with warehouse.begin() as transaction:
                OPERATIONS[name](transaction, 10 + number)
            run.ends.append(len(system.trace))
            run.states.append(content(root))
    run.trace = system.trace
    return run


@dataclass
class Verdicts:
    points: int = 0
    problems: list[str] = field(default_factory=list)
    found: Counter[int] = field(default_factory=Counter)


def crash_everywhere(
    run: Run, moved: Path, chance: random.Random, schedules: int = SCHEDULES
) -> Verdicts:
    """Whether each disk that a power failure may leave is a state that it may be."""
    verdicts = Verdicts()
    known: dict[frozenset[tuple[str, bytes]], Content | str] = {}
    for done, disk in crash_points(run.before, run.trace, chance, schedules):
        verdicts.points += 1
        key = frozenset(disk.items())
        if key not in known:
            lay_out(disk, run.root, moved)
            known[key] = found_in(moved)
        acknowledged = sum(end <= done for end in run.ends) - 1
        allowed = range(acknowledged, min(acknowledged + 2, len(run.states)))
        state = next((n for n in allowed if run.states[n] == known[key]), None)
        if state is None:
            verdicts.problems.append(f"after {done} calls: {str(known[key])[:300]}")
        else:
            verdicts.found[state - acknowledged] += 1
    return verdicts


def found_in(path: Path) -> Content | str:
    """What is there, or what is wrong."""
    try:
        return content(path)
    except WarehouseError as error:
        return str(error)


def crash(base: Path, moved: Path, seeds: range, commits: int) -> Verdicts:
    """What the power failures in some random runs lead to. The last commit of a run may drop the table
    that the others change."""
    total = Verdicts()
    last = sorted(set(OPERATIONS) - {"append_often"} if commits == 1 else OPERATIONS)
    names = [name for name in last if name != "drop_table"]
    for seed in seeds:
        chance = random.Random(seed)
        operations = [chance.choice(names) for _ in range(commits - 1)] + [chance.choice(last)]
        run = record(copied(base, moved / "w"), operations)
        verdicts = crash_everywhere(run, moved / "crashed", chance)
        total.problems += [f"{operations}: {problem}" for problem in verdicts.problems]
        total.points += verdicts.points
        total.found += verdicts.found
    return total


@pytest.mark.parametrize("first", range(0, 50, 10))
def test_every_power_failure_leaves_the_state_before_or_after(
    base: Path, tmp_path: Path, first: int
) -> None:
    verdicts = crash(base, tmp_path, range(first, first + 10), commits=1)
    assert verdicts.problems == []
    assert verdicts.points >= 600
    assert verdicts.found[0] > 100
    assert verdicts.found[1] > 10, "no crash kept a commit that was not acknowledged"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(1000, 1050, 10))
def test_power_failures_in_longer_histories(base: Path, tmp_path: Path, first: int) -> None:
    verdicts = crash(base, tmp_path, range(first, first + 10), commits=4)
    assert verdicts.problems == []
    assert verdicts.points >= 6_000


def test_what_a_power_failure_left_can_be_written_again(base: Path, tmp_path: Path) -> None:
    chance = random.Random(3)
    run = record(copied(base, tmp_path / "w"), ["append_few"])
    for done, disk in crash_points(run.before, run.trace, chance, 0):
        if done % 3 == 0:
            lay_out(disk, run.root, tmp_path / "crashed")
            before = content(tmp_path / "crashed")
            assert check(tmp_path / "crashed").problems == ()
            with open_small(tmp_path / "crashed") as warehouse, warehouse.begin() as transaction:
                OPERATIONS["append_few"](transaction, 99)
            after = content(tmp_path / "crashed")
            assert after["sales"][: len(before["sales"])] != after["sales"]
            assert len(after["sales"]) == len(before["sales"]) + 3
            report = check(tmp_path / "crashed")
            assert report.problems == report.leftovers == ()


# Bugs that are planted, to show that the enumeration would find them


def without_file_sync(patched: pytest.MonkeyPatch) -> None:
    real = files._sync

    def sync(fd: int, path: str) -> None:
        if os.path.isdir(path):
            real(fd, path)

    patched.setattr(files, "_sync", sync)


def without_directory_sync(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(Directory, "sync", lambda self: None)


def manifest_before_data(patched: pytest.MonkeyPatch) -> None:
    """Data is written when it is appended, and synced after the manifest is there."""
    create, publish = Directory.create, History.publish
    late: list[tuple[Directory, str]] = []

    def create_late(self: Directory, name: str, parts: Any) -> None:
        is_data = name.endswith(".col")
        self._sync = not is_data
        create(self, name, parts)
        self._sync = True
        if is_data:
            late.append((self, name))

    def publish_early(self: History, *arguments: Any) -> Any:
        version = publish(self, *arguments)
        for directory, name in late:
            fd = directory.open_for_reading(name)
            files._sync(fd, directory.path_of(name))
            os.close(fd)
        return version

    patched.setattr(Directory, "create", create_late)
    patched.setattr(History, "publish", publish_early)


def manifest_without_sync(patched: pytest.MonkeyPatch) -> None:
    """The manifest gets its final name before its content is on disk."""
    create = Directory.create

    def unsynced(self: Directory, name: str, parts: Any) -> None:
        self._sync = not name.endswith(".tmp")
        create(self, name, parts)
        self._sync = True

    patched.setattr(Directory, "create", unsynced)


def unlink_too_early(patched: pytest.MonkeyPatch) -> None:
    """Keeps no version but the newest, before the next one is there."""
    publish = History.publish

    def remove_first(self: History, *arguments: Any) -> Any:
        for number in self.numbers():
            self.directory.remove(history.manifest_name(number))
        return publish(self, *arguments)

    patched.setattr(History, "publish", remove_first)


def reuse_of_names(patched: pytest.MonkeyPatch) -> None:
    """A new file overwrites one that the version before needs, and this one does not."""
    write = DataFiles.write
    overwritten: list[str] = []

    def overwrite(self: DataFiles, name: str, chunks: Any) -> list[Place]:
        newest = self._history.newest()
        if overwritten or newest is None:
            return write(self, name, chunks)
        sales = newest.manifest.tables[1].segments[0]
        old = next(iter(sales.chunks.values())).place.file
        overwritten.append(old)
        places = write(self, name, chunks)
        flags = files.os.O_WRONLY | files.os.O_CREAT | files.os.O_TRUNC
        fd = files.os.open(old, flags, 0o666, dir_fd=self.directory._fd)
        for chunk in chunks:
            for part in chunk.parts:
                files.os.write(fd, part)
        files.os.fsync(fd)
        os.close(fd)
        return [replace(place, file=old) for place in places]

    patched.setattr(DataFiles, "write", overwrite)


BUGS = (
    without_file_sync,
    without_directory_sync,
    manifest_before_data,
    manifest_without_sync,
    unlink_too_early,
    reuse_of_names,
)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(base: Path, tmp_path: Path, bug: Callable[..., None]) -> None:
    root = copied(base, tmp_path / "w")
    with pytest.MonkeyPatch.context() as patched:
        bug(patched)
        run = record(root, ["replace_rows"])
    assert crash_everywhere(run, tmp_path / "crashed", random.Random(1)).problems


def test_a_judge_that_finds_everything_sound_would_be_noticed(base: Path, tmp_path: Path) -> None:
    """It lets the planted bugs pass, and so fails the tests of these."""
    with pytest.MonkeyPatch.context() as patched:
        without_file_sync(patched)
        run = record(copied(base, tmp_path / "w"), ["append_few"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys.modules[__name__], "found_in", lambda path: run.states[-1])
        assert crash_everywhere(run, tmp_path / "crashed", random.Random(1)).problems == []
    assert crash_everywhere(run, tmp_path / "crashed", random.Random(1)).problems


class Whatever(int):
    """A checksum that is always right."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


def without_checksums(patched: pytest.MonkeyPatch) -> None:
    for module in (layout, streams, manifest_codec):
        patched.setattr(module, "zlib", SimpleNamespace(crc32=lambda data: Whatever()))


def misread(run: Run, moved: Path) -> Iterator[Content]:
    """What is taken for the content of disks where it is neither that of a version nor an error."""
    for disk in torn_disks(run.before, run.trace, pieces=20):
        lay_out(disk, run.root, moved)
        found = found_in(moved)
        if not isinstance(found, str) and found not in run.states:
            yield found


def test_a_reader_that_verifies_no_checksum_is_found(base: Path, tmp_path: Path) -> None:
    """The disk confirms what it has not written: checksums alone keep what is torn from being
    taken for data."""
    with pytest.MonkeyPatch.context() as patched:
        without_file_sync(patched)
        run = record(copied(base, tmp_path / "w"), ["replace_rows"])
    assert list(misread(run, tmp_path / "crashed")) == []
    with pytest.MonkeyPatch.context() as patched:
        without_checksums(patched)
        assert any(misread(run, tmp_path / "crashed"))
