"""The commit protocol: its order, and what a commit that is cut short leaves."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from coldb_warehouse import StorageError, Warehouse, check
from coldb_warehouse.disk.files import Directory

from tests.warehouse.stars import SMALL, column, make_shop, open_small
from tests.warehouse.system import Call, Stopped, System
from tests.warehouse.workloads import copied

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = list[int]


def append(warehouse: Warehouse, number: int) -> None:
    """The commit under test: two tables, a dictionary that grows, a property."""
    with warehouse.begin() as transaction:
        transaction.append("store", pa.table({"id": [1000 + number], "city": [f"c{number}"]}))
        data = {"number": [number] * 30, "store_id": [1000 + number] * 30, "note": ["n"] * 30}
        transaction.append("sales", pa.table(data))
        transaction.set_property("last", number)


def state(path: Path) -> Rows:
    """What the warehouse holds: the numbers appended, each of which must be there as a whole."""
    with Warehouse.open(path, read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        numbers = column(snapshot.table("sales"), "number")
        appended = sorted(set(numbers))
        assert sorted(numbers) == [number for number in appended for _ in range(30)]
        ids = [key - 1000 for key in column(snapshot.table("store"), "id") if key >= 1000]
        assert sorted(ids) == appended
        assert snapshot.properties.get("last") == (appended[-1] if appended else None)
        return appended


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A warehouse of several versions, in which append(warehouse, 0..3) has been done."""
    with open_small(tmp_path / "shop") as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(4):
            append(warehouse, number)
    return tmp_path / "shop"


def record(monkeypatch: pytest.MonkeyPatch, shop: Path, system: System) -> System:
    """Runs the commit under test with `system` in the place of the operating system."""
    with open_small(shop, sync=True) as warehouse, monkeypatch.context() as patched:
        system.install(patched)
        append(warehouse, 4)
    return system


def test_the_order_of_a_commit(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    trace = record(monkeypatch, shop, System()).trace
    data, manifests = str(shop / "data"), str(shop / "manifests")

    def at(wanted: Callable[[Call], bool]) -> list[int]:
        return [number for number, call in enumerate(trace) if wanted(call)]

    created = at(lambda call: call.name == "create" and call.path.startswith(data))
    assert len(created) >= 3
    for number in created:
        written = at(lambda call, path=trace[number].path: call.path == path)
        assert [trace[written[0]].name, trace[written[-1]].name] == ["create", "fsync"]
    (data_synced,) = at(lambda call: call.name == "fsync" and call.path == data)
    (linked,) = at(lambda call: call.name == "link")
    (manifests_synced,) = at(lambda call: call.name == "fsync" and call.path == manifests)
    (manifest_synced,) = at(lambda call: call.name == "fsync" and call.path == trace[linked].path)
    assert max(created) < data_synced < manifest_synced < linked < manifests_synced
    assert trace[linked].target.endswith("00000000000000000007.json")
    swept = at(lambda call: call.name == "unlink" and call.path.endswith((".json", ".col")))
    assert all(number < created[0] for number in swept)


def test_a_process_that_dies_at_any_call(
    monkeypatch: pytest.MonkeyPatch, shop: Path, tmp_path: Path
) -> None:
    total = record(monkeypatch, copied(shop, tmp_path / "whole"), System()).changes
    assert total > 15
    for stop_at in range(0, total, 3):
        moved = copied(shop, tmp_path / "dead")
        with pytest.raises(Stopped):
            record(monkeypatch, moved, System(stop_at=stop_at))
        left = copied(moved, tmp_path / "left")
        found = state(left)
        assert found in ([0, 1, 2, 3], [0, 1, 2, 3, 4])
        with open_small(left) as warehouse:
            append(warehouse, 9)
        assert state(left) == [*found, 9]
        if stop_at % 2 == 0:
            report = check(left)
            assert report.problems == report.leftovers == ()


def test_a_failed_sync_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    warehouse = open_small(shop, sync=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(StorageError, match="cannot confirm"):
            append(warehouse, 4)
    with pytest.raises(StorageError, match=r"not confirmed.*open it again"):
        warehouse.begin()
    assert warehouse.snapshot().properties["last"] == 3
    warehouse.close()
    with open_small(shop) as again:
        append(again, 4)
    assert state(shop) == [0, 1, 2, 3, 4]


def test_a_disk_that_keeps_less_than_it_says(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    def lose(fd: int, data: bytes) -> int:
        real(fd, data[: len(data) // 2])
        return len(data)

    real = os.write
    with open_small(shop) as warehouse:
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", lose)
            with pytest.raises(StorageError, match=r"bytes where \d+ were written; check the disk"):
                append(warehouse, 4)
        with pytest.raises(StorageError, match="not confirmed"):
            warehouse.begin()
    assert state(shop) == [0, 1, 2, 3]


def test_after_a_failed_link_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    def fail(*arguments: Any, **named: Any) -> None:
        raise OSError(errno.EIO, "input/output error")

    with open_small(shop) as warehouse:
        with monkeypatch.context() as patched:
            patched.setattr(os, "link", fail)
            with pytest.raises(StorageError, match=r"cannot create .*open the warehouse again"):
                append(warehouse, 4)
        with pytest.raises(StorageError, match="not confirmed"):
            warehouse.begin()
    with open_small(shop) as again:
        append(again, 5)
    assert state(shop) == [0, 1, 2, 3, 5]


def test_a_full_disk_is_no_reason_to_reopen(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    room = 500

    def write(fd: int, data: bytes) -> int:
        nonlocal room
        if room == 0:
            raise OSError(errno.ENOSPC, "no space left on device")
        written = real(fd, data[:room])
        room -= written
        return written

    real = os.write
    with open_small(shop) as warehouse:
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", write)
            with pytest.raises(StorageError, match=r"no space left.*free some space"):
                append(warehouse, 4)
            assert warehouse.snapshot().properties["last"] == 3
        append(warehouse, 4)
    assert state(shop) == [0, 1, 2, 3, 4]
    assert check(shop).leftovers == ()


def test_a_transaction_that_failed_can_only_be_rolled_back(
    monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    def refuse(self: Directory, name: str, parts: Any) -> None:
        raise StorageError("no")

    with open_small(shop) as warehouse:
        transaction = warehouse.begin()
        with monkeypatch.context() as patched:
            patched.setattr(Directory, "create", refuse)
            with pytest.raises(StorageError, match="no"):
                transaction.append("store", pa.table({"id": [1]}))
        with pytest.raises(StorageError, match="roll it back"):
            transaction.commit()
        transaction.rollback()
        append(warehouse, 4)


def test_short_writes_are_completed(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    real = os.write
    with open_small(shop) as warehouse, monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda fd, data: real(fd, data[:7]))
        append(warehouse, 4)
    assert state(shop) == [0, 1, 2, 3, 4]


def test_another_writer_is_noticed_even_if_the_lock_fails(
    monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    from coldb_warehouse import LockedError
    from coldb_warehouse.disk import lock

    monkeypatch.setattr(lock.fcntl, "flock", lambda fd, operation: None)
    with open_small(shop) as one, open_small(shop) as other:
        transaction = one.begin()
        transaction.set_property("who", "one")
        append(other, 4)
        with pytest.raises(LockedError, match="another process has written"):
            transaction.commit()
    assert state(shop) == [0, 1, 2, 3, 4]


def test_making_a_warehouse_may_stop_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = False
    stop_at = 0
    while not done:
        path = tmp_path / f"new{stop_at}"
        with monkeypatch.context() as patched:
            System(stop_at=stop_at).install(patched)
            try:
                Warehouse.open(path, settings=SMALL).close()
                done = True
            except Stopped:
                pass
        # The lock of the process that died is still held by this one, which lives.
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        if path.exists():
            shutil.copytree(path, tmp_path / "copy")
        with open_small(tmp_path / "copy") as warehouse, warehouse.begin() as transaction:
            make_shop(transaction)
        stop_at += 1
    assert stop_at > 5
