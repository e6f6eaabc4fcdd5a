"""One writer at a time, whoever and wherever the others are."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import LockedError, StorageError, Warehouse

from tests.warehouse.stars import STORE, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITER = """
    import sys
    from coldb_warehouse import Warehouse
    with Warehouse.open(sys.argv[1]) as warehouse:
        transaction = warehouse.begin()
        transaction.set_property("who", "child")
        print("writing", flush=True)
        if sys.stdin.readline() == "commit\\n":
            transaction.commit()
            print("committed", flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    open_small(tmp_path / "w").close()
    return tmp_path / "w"


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, in the middle of a transaction."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_another_process_is_writing(path: Path, writer: subprocess.Popen[str]) -> None:
    with open_small(path) as warehouse:
        with pytest.raises(LockedError, match=f"written by process {writer.pid}; wait until"):
            warehouse.begin()
        assert warehouse.snapshot().properties == {}
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write("commit\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "committed\n"
        writer.wait()
        with warehouse.begin() as transaction:
            assert transaction.snapshot().properties == {"who": "child"}


def test_a_killed_writer_leaves_no_lock(path: Path, writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.wait()
    with open_small(path) as warehouse, warehouse.begin() as transaction:
        assert transaction.snapshot().properties == {}


def test_the_same_connection_cannot_write_twice_at_once(path: Path) -> None:
    with open_small(path) as warehouse:
        transaction = warehouse.begin()
        with pytest.raises(LockedError, match="written by another connection"):
            warehouse.begin()
        transaction.rollback()
        warehouse.begin().commit()
        warehouse.begin().rollback()


@pytest.mark.parametrize("way", ["symlink", "relative", "dots"])
def test_other_names_of_the_same_directory(
    path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"symlink": path.parent / "link", "relative": "w", "dots": path / ".." / "w"}[way]
    (path.parent / "link").symlink_to(path)
    monkeypatch.chdir(path.parent)
    with open_small(path) as one, Warehouse.open(other) as two:
        with one.begin(), pytest.raises(LockedError):
            two.begin()
        with two.begin(), pytest.raises(LockedError):
            one.begin()


def test_waiting_for_the_lock(path: Path) -> None:
    with open_small(path) as one, open_small(path, lock_timeout=30.0) as two:
        transaction = one.begin()
        transaction.create_table(STORE)
        threading.Timer(0.1, transaction.commit).start()
        with two.begin() as late:
            assert late.snapshot().has_table("store")
    with open_small(path) as one, open_small(path, lock_timeout=0.05) as two, one.begin():
        start = time.monotonic()
        with pytest.raises(LockedError):
            two.begin()
        assert time.monotonic() - start >= 0.05


def test_a_forgotten_transaction_gives_the_lock_back(path: Path) -> None:
    with open_small(path) as warehouse:
        warehouse.begin().create_table(STORE)
        gc.collect()
        with warehouse.begin() as transaction:
            assert not transaction.snapshot().has_table("store")


def test_reading_only(path: Path) -> None:
    with Warehouse.open(path, read_only=True) as reader, open_small(path) as writer:
        with pytest.raises(LockedError, match="for reading only"):
            reader.begin()
        with writer.begin() as transaction:
            transaction.create_table(STORE)
            assert not reader.snapshot().has_table("store")
        assert reader.snapshot().has_table("store")


def test_a_lock_file_that_was_replaced_excludes_nobody(path: Path) -> None:
    with open_small(path) as one, open_small(path) as two:
        transaction = one.begin()
        (path / "LOCK").unlink()
        two.begin().rollback()  # the lock of the first writer is on a file that is gone
        transaction.rollback()
        with one.begin(), pytest.raises(LockedError):
            two.begin()


FORKING = """
    import os, sys
    from coldb_warehouse import StorageError, Warehouse
    warehouse = Warehouse.open(sys.argv[1])
    transaction = warehouse.begin()
    transaction.set_property("who", "parent")
    child = os.fork()
    if child == 0:
        try:
            warehouse.begin()
        except StorageError as error:
            print(error, flush=True)
        warehouse.close()
        sys.exit()
    os.waitpid(child, 0)
    try:
        Warehouse.open(sys.argv[1]).begin()
    except Exception as error:
        print(type(error).__name__, flush=True)
    transaction.commit()
    print(warehouse.snapshot().properties["who"], flush=True)
"""


def test_a_forked_child_cannot_write_or_unlock(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORKING), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, *others = done.stdout.splitlines()
    assert "opened by another process" in first
    assert others == ["LockedError", "parent"]


def test_many_writers_lose_nothing(path: Path) -> None:
    """Each adds one to a number, as often as it gets the lock."""

    def count() -> None:
        with open_small(path, lock_timeout=60.0) as warehouse:
            for _ in range(25):
                with warehouse.begin() as transaction:
                    number = transaction.snapshot().properties.get("number", 0)
                    transaction.set_property("number", number + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_small(path) as warehouse:
        assert warehouse.snapshot().properties["number"] == 100
        assert warehouse.snapshot().version == 101


def test_directories_that_are_no_warehouse(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").write_text("x")
    (tmp_path / "empty").mkdir()
    for path, problem in {
        "file": "not a directory",
        "full": 'holds other files ("photo.jpg"); choose another directory',
        "none/there": 'there is no directory "',
    }.items():
        with pytest.raises(StorageError) as caught:
            Warehouse.open(tmp_path / path)
        assert problem in str(caught.value)
    for path, problem in {
        "gone": "there is no warehouse at",
        "empty": "is not a warehouse",
    }.items():
        for options in ({"read_only": True}, {"create": False}):
            with pytest.raises(StorageError, match=problem):
                Warehouse.open(tmp_path / path, **options)
    assert os.listdir(tmp_path / "full") == ["photo.jpg"]
    assert os.listdir(tmp_path / "empty") == []
    Warehouse.open(tmp_path / "empty").close()
    Warehouse.open(tmp_path / "empty", read_only=True, create=True).close()


def test_in_memory() -> None:
    with Warehouse.open(":memory:") as warehouse, Warehouse.open(":memory:") as other:
        with warehouse.begin() as transaction:
            transaction.create_table(STORE)
        assert warehouse.path == ":memory:"
        assert not other.snapshot().has_table("store")
        place = warehouse.files.directory.path
        assert os.path.isdir(place)
    assert not os.path.exists(os.path.dirname(place))


def test_reading_needs_no_permission_to_write(path: Path) -> None:
    with open_small(path) as warehouse, warehouse.begin() as transaction:
        transaction.create_table(STORE)
    before = {found: found.stat().st_mtime_ns for found in path.rglob("*")}
    with Warehouse.open(path, read_only=True) as warehouse:
        assert warehouse.snapshot().table("store").chunk("id").rows == 0
    assert {found: found.stat().st_mtime_ns for found in path.rglob("*")} == before
