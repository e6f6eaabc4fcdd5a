"""Manifests that were made to harm, their checksums right: refused at once, and nothing outside of
the directory is touched."""

from __future__ import annotations

import json
import os
import resource
import stat
import time
import zlib
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from coldb_warehouse import Warehouse, WarehouseError, check
from coldb_warehouse.versions.manifest_codec import FORMAT_VERSION

from tests.warehouse.everything import make_everything
from tests.warehouse.system import System
from tests.warehouse.workloads import content_of, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Steps = tuple[str | int, ...]

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**62,
    2**64,
    10**4000,
    1e308,
    "",
    "a\0b",
    "../../../etc/passwd",
    "/etc/passwd",
    "x" * 100_000,
    "\ud800",
    [],
    [[[]]],
    {},
    {"a": 1},
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_everything(tmp_path_factory.mktemp("sound") / "w")


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    return copied(sound, tmp_path / "w")


def newest(path: Path) -> Path:
    return max((path / "manifests").iterdir())


def body_of(path: Path) -> Any:
    return json.loads(newest(path).read_bytes().partition(b"\n")[2])


def write(file: Path, body: bytes) -> None:
    header = b"coldb-manifest %d %08x %d\n" % (FORMAT_VERSION, zlib.crc32(body), len(body))
    file.write_bytes(header + body)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Where there is anything in a tree."""
    yield steps
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*steps, key))
    if isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*steps, index))


def of_each_kind(body: Any) -> list[Steps]:
    """One place of each kind: the same field, in whichever table, segment and column."""
    found: dict[Steps, Steps] = {}
    for steps in places(body):
        kind = tuple(
            "*" if before in LISTS or (str(step)[0] in "#0123456789" and before in MAPS) else step
            for before, step in zip((None, *steps), steps, strict=False)
        )
        found.setdefault(kind, steps)
    return [steps for steps in found.values() if steps]


LISTS = ("tables", "segments", "columns", "parts", "moves", "foreign_keys", "hierarchies")
MAPS = ("chunks", "dictionaries")


def changed(body: Any, steps: Steps, value: Any) -> Any:
    """A copy of the tree with something else in one place."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return copy


def attempt(path: Path) -> WarehouseError | None:
    """Reads everything; nothing but a typed error may come of it, soon, and from no other place."""
    system = System()
    start = time.thread_time()
    error = None
    with pytest.MonkeyPatch.context() as patched:
        system.install(patched)
        try:
            with Warehouse.open(path, read_only=True) as warehouse:
                content_of(warehouse.snapshot())
        except WarehouseError as caught:
            error = caught
    assert time.thread_time() - start < 20  # a hundredth of that, but for the load of the machine
    assert all(opened.startswith(str(path)) for opened in system.opened)
    assert not system.trace
    if error is not None:
        assert "\n" not in str(error)
        assert len(str(error)) < 1000
    return error


def attack(path: Path, step: int) -> tuple[int, int]:
    """Puts each `step`-th value in its place; how many were tried, and how many refused. Not all
    are: a table may have any name, and only `check` compares statistics."""
    body = body_of(path)
    kinds = of_each_kind(body)
    assert len(kinds) > 60
    tried = refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, (steps, value) in enumerate(product(kinds, VALUES)):
        if number % step == 0:
            write(newest(path), json.dumps(changed(body, steps, value)).encode() + b"\n")
            tried += 1
            refused += attempt(path) is not None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    return tried, refused


def test_fields_with_values_that_they_cannot_have(damaged: Path) -> None:
    tried, refused = attack(damaged, step=5)
    assert refused > max(200, 0.6 * tried)


@pytest.mark.slow
def test_every_kind_of_field_with_every_kind_of_value(damaged: Path) -> None:
    tried, refused = attack(damaged, step=1)
    assert refused > max(1_000, 0.6 * tried)


def sparse(file: Path, size: int) -> None:
    with open(file, "wb") as opened:
        opened.truncate(size)


FILES: dict[str, Callable[[Path], None]] = {
    "a gigabyte of zeros": lambda file: sparse(file, 1 << 30),
    "60 MB of zeros": lambda file: sparse(file, 60 << 20),
    "deep lists": lambda file: write(file, b"[" * 10**6 + b"]" * 10**6),
    "deep objects": lambda file: write(file, b'{"a":' * 10**6 + b"1" + b"}" * 10**6),
    "a number of a million digits": lambda file: write(file, b"1" * 10**6),
    "no UTF-8": lambda file: write(file, b'{"features":["\xff"]}'),
    "nothing": lambda file: write(file, b""),
    "an unknown feature": lambda file: write(file, b'{"features":["magic"]}'),
    "features that are no list": lambda file: write(file, b'{"features":7}'),
    "a length of 18 digits": lambda file: file.write_bytes(
        b"coldb-manifest 2 00000000 999999999999999999\n{}"
    ),
    "format 999999999": lambda file: file.write_bytes(b"coldb-manifest 999999999 00000000 2\n{}"),
    "no line": lambda file: file.write_bytes(b"coldb-manifest" * 1000),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_manifests(damaged: Path, name: str) -> None:
    FILES[name](newest(damaged))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert attempt(damaged) is not None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    if name != "an unknown feature" and not name.startswith("format"):
        assert check(damaged).problems


@pytest.mark.parametrize("kind", ["symlink", "directory", "fifo", "socket"])
@pytest.mark.parametrize("directory", ["data", "manifests"])
def test_what_is_no_file(damaged: Path, tmp_path: Path, directory: str, kind: str) -> None:
    file = max((damaged / directory).iterdir())
    (tmp_path / "elsewhere").write_bytes(file.read_bytes())
    file.unlink()
    match kind:
        case "symlink":
            file.symlink_to(tmp_path / "elsewhere")
        case "directory":
            file.mkdir()
        case "fifo":
            os.mkfifo(file)
        case "socket":
            os.mknod(file, 0o600 | stat.S_IFSOCK)
    assert attempt(damaged) is not None
