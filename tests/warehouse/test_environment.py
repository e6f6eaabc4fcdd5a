"""Surroundings that warehouses are used in: full disks, no permission, odd names, tight limits."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import Settings, StorageError, Warehouse, check
from coldb_warehouse.types import BIGINT

from tests.warehouse.stars import open_small, plain_table
from tests.warehouse.system import System
from tests.warehouse.workloads import content, make_base

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


# Full disks

LOAD_BYTES, STEP_BYTES = 20 << 20, 4096


class FullDisk(System):
    """Takes `room` bytes, and says that there is no space after that."""

    room: int = 0

    def __getattr__(self, name: str) -> Any:
        return self._write if name == "write" else super().__getattr__(name)

    def _write(self, fd: int, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.write(fd, data[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("every", [401, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_a_disk_that_is_full_after_so_many_bytes(tmp_path: Path, every: int) -> None:
    """At each step of a load of 20 MB; what was there can be read, and all works with space again."""
    path = tmp_path / "w"
    rows = LOAD_BYTES // 8
    data = pa.table({"number": np.random.default_rng(1).integers(-(2**62), 2**62, rows)})
    settings = Settings(sync=False, force_encoding="plain")
    with Warehouse.open(path, settings=settings) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("number", BIGINT)))
            transaction.append("t", data.slice(0, 10))
        for step in range(0, LOAD_BYTES // STEP_BYTES, every):
            disk = FullDisk()
            disk.room = step * STEP_BYTES
            transaction = warehouse.begin()
            with pytest.MonkeyPatch.context() as patched:
                disk.install(patched)
                with pytest.raises(StorageError, match=r"no space left.*free some space"):
                    transaction.append("t", data)
                transaction.rollback()
            assert warehouse.snapshot().table("t").rows == 10
            assert len(list((path / "data").iterdir())) == 1
        with warehouse.begin() as transaction:
            transaction.append("t", data)
        assert warehouse.snapshot().table("t").rows == rows + 10
    assert check(path).problems == check(path).leftovers == ()


# Permissions


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that everybody may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="coldb-test-") as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


def as_nobody(work: Any) -> str:
    """Does the work in a child process that has no rights; what it returns, or the error."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            result = str(work())
        except BaseException as error:
            result = f"{type(error).__name__}: {error}"
        os.write(sending, result.encode())
        os._exit(0)
    os.close(sending)
    os.waitpid(child, 0)
    with os.fdopen(receiving) as file:
        return file.read()


def read_only(path: Path) -> None:
    for found in [path, *path.rglob("*")]:
        found.chmod(0o555 if found.is_dir() else 0o444)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_reading_needs_no_right_to_write(public: Path) -> None:
    path = make_base(public / "w")
    expected = content(path)
    read_only(path)

    def read() -> int:
        system = System()
        with pytest.MonkeyPatch.context() as patched:
            system.install(patched)
            found = content(path)
        return len(system.trace) if found == expected else -1

    assert as_nobody(read) == "0"
    assert as_nobody(lambda: check(path).problems) == "()"
    with open_small(path) as warehouse:
        warehouse.snapshot()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_writing_without_the_right_is_a_typed_error(public: Path) -> None:
    path = make_base(public / "w")
    read_only(path)

    def write() -> None:
        with Warehouse.open(path) as warehouse, warehouse.begin():
            pass

    refused = as_nobody(write)
    assert refused.startswith("StorageError: cannot ")
    assert "permission denied; check its permissions" in refused
    refused = as_nobody(lambda: Warehouse.open(public / "new"))
    assert "permission denied; check its permissions" in refused
    path.chmod(0o000)
    refused = as_nobody(lambda: Warehouse.open(path, read_only=True))
    assert refused.startswith("StorageError: cannot open")
    path.chmod(0o755)


# Settings of the process

SMOKE = """
import hashlib, sys
from pathlib import Path
from coldb_warehouse import check
from tests.warehouse.everything import make_everything
from tests.warehouse.workloads import content

path = make_everything(Path(sys.argv[1]))
assert check(path).problems == ()
print(hashlib.sha256(repr(sorted(content(path).items())).encode()).hexdigest())
"""
SURROUNDINGS: dict[str, dict[str, str]] = {
    "time zone": {"TZ": "Pacific/Chatham"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "one hash": {"PYTHONHASHSEED": "0"},
    "another hash": {"PYTHONHASHSEED": "4294967295"},
    "no TMPDIR": {"TMPDIR": "/nonexistent"},
    "no home": {"HOME": "/nonexistent"},
}
LIMITS = {
    "umask": "umask 077",
    "few files": "ulimit -n 64",
    "low stack": "ulimit -s 512",
}
NAMES = ("with spaces", "naïve \u65e5\u672c \U0001f600", "quote'\"$(x)`;", "-x", "x" * 200)


def smoke(path: Path, environment: dict[str, str], limit: str = "true") -> str:
    done = subprocess.run(
        ["bash", "-c", f'{limit} && exec "$@"', "bash", sys.executable, "-c", SMOKE, str(path)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    return smoke(tmp_path_factory.mktemp("usual") / "w", {})


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_environment_changes_nothing(tmp_path: Path, usual: str, name: str) -> None:
    assert smoke(tmp_path / "w", SURROUNDINGS[name]) == usual


@pytest.mark.parametrize("name", LIMITS)
def test_limits_change_nothing(tmp_path: Path, usual: str, name: str) -> None:
    assert smoke(tmp_path / "w", {}, LIMITS[name]) == usual


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_path_will_do(tmp_path: Path, usual: str, name: str) -> None:
    assert smoke(tmp_path / name, {}) == usual
