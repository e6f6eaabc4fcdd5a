"""Old versions: which are kept, reading them, and getting rid of them."""

from __future__ import annotations

import gc
import shutil
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse import (
    CatalogError,
    CorruptionError,
    LockedError,
    Retention,
    Settings,
    Warehouse,
    check,
)

from tests.warehouse.stars import column, make_shop, open_small, rows

if TYPE_CHECKING:
    from pathlib import Path


def sell(warehouse: Warehouse, number: int) -> None:
    """Version `number` + 3 has the sales 0 to `number`."""
    with warehouse.begin() as transaction:
        sale = {"number": [number], "store_id": [10], "note": [f"n{number}"]}
        transaction.append("sales", pa.table(sale))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Versions 1 (empty), 2 (stores), and 3 to 12 (a sale more each)."""
    with open_small(tmp_path / "w") as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(10):
            sell(warehouse, number)
    return tmp_path / "w"


def numbers(warehouse: Warehouse) -> list[int]:
    return [version.number for version in warehouse.versions()]


def manifest(path: Path, number: int) -> Path:
    return path / "manifests" / f"{number:020}.json"


def test_every_version_that_is_kept_can_be_read(shop: Path) -> None:
    with Warehouse.open(shop, read_only=True) as warehouse:
        assert numbers(warehouse) == list(range(1, 13))
        for number in range(3, 13):
            snapshot = warehouse.snapshot(version=number)
            assert snapshot.version == number
            assert column(snapshot.table("sales"), "number") == list(range(number - 2))
            assert warehouse.snapshot(version=number) is snapshot
        assert warehouse.snapshot(version=12) is warehouse.snapshot()
        assert not warehouse.snapshot(version=1).has_table("sales")
        stores = warehouse.snapshot(version=5).table("store")
        assert stores is warehouse.snapshot().table("store")  # read and cached once


def test_versions_say_when_and_what(shop: Path) -> None:
    now = datetime.now(UTC)
    with Warehouse.open(shop, read_only=True) as warehouse:
        versions = warehouse.versions()
        moments = [version.committed_at for version in versions]
        assert moments == sorted(set(moments))
        assert now - timedelta(minutes=5) < moments[0] <= moments[-1] <= now
        assert [version.rows for version in versions] == [0, 4, *range(5, 15)]
        assert [version.tables for version in versions] == [0, *[2] * 11]
        assert versions[0].nbytes == 0 < versions[1].nbytes < versions[-1].nbytes
        for version in versions:
            at = version.committed_at
            assert warehouse.snapshot(at=at).version == version.number
            assert warehouse.snapshot(at=at.replace(tzinfo=None)).version == version.number
            just_before = at - timedelta(microseconds=1)
            if version.number > 1:
                assert warehouse.snapshot(at=just_before).version == version.number - 1
        assert warehouse.snapshot(at=now + timedelta(days=1)).version == 12
        with pytest.raises(CatalogError, match=r"no version is kept that is as old as .* is 1, of"):
            warehouse.snapshot(at=moments[0] - timedelta(microseconds=1))


def test_a_clock_that_is_set_back(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_small(shop) as warehouse:
        last = warehouse.versions()[-1].committed_at
        monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
        sell(warehouse, 10)
        sell(warehouse, 11)
        step = timedelta(microseconds=1)
        assert [v.committed_at for v in warehouse.versions()[-2:]] == [last + step, last + 2 * step]


@pytest.mark.parametrize("version", [0, -1, 2, 13])
def test_versions_that_are_not_kept(shop: Path, version: int) -> None:
    with open_small(shop) as warehouse:
        warehouse.vacuum(keep=10)
        problem = f"there is no version {version}: the versions from 3 to 12 are kept"
        with pytest.raises(CatalogError, match=problem):
            warehouse.snapshot(version=version)
        with pytest.raises(CatalogError, match="one of them"):
            warehouse.snapshot(version=5, at=datetime.now(UTC))


def test_vacuum(shop: Path) -> None:
    with open_small(shop) as warehouse:
        with warehouse.begin() as transaction:
            transaction.truncate("sales")
        files = len(list((shop / "data").iterdir()))
        swept = warehouse.vacuum(keep=4)
        assert (swept.versions, swept.files, swept.nbytes) == (9, 0, 0)
        swept = warehouse.vacuum()
        assert (swept.versions, numbers(warehouse)) == (3, [13])
        assert swept.files == files - len(list((shop / "data").iterdir())) > 0
        assert swept.nbytes > 0
        assert warehouse.vacuum() == type(swept)(0, 0, 0)
        with pytest.raises(CatalogError, match="versions can be kept, not 0"):
            warehouse.vacuum(keep=0)
        with warehouse.begin(), pytest.raises(LockedError):
            warehouse.vacuum()
    with (
        Warehouse.open(shop, read_only=True) as reader,
        pytest.raises(LockedError, match="reading only"),
    ):
        reader.vacuum()
    assert check(shop).problems == ()


def test_vacuum_leaves_what_is_read(shop: Path) -> None:
    with open_small(shop) as warehouse, Warehouse.open(shop, read_only=True) as reader:
        reader._cache.limit = 0
        old, older = reader.snapshot(version=7), warehouse.snapshot(version=4)
        with warehouse.begin() as transaction:
            transaction.truncate("sales")
        warehouse.vacuum()
        assert numbers(warehouse) == [4, 7, 12, 13]  # the reader's newest is still 12
        assert column(old.table("sales"), "number") == [0, 1, 2, 3, 4]
        with pytest.raises(CatalogError, match="version 5 is not kept; the versions around it are"):
            warehouse.snapshot(version=5)
        del old, older
        reader.snapshot()
        gc.collect()
        warehouse.vacuum()
        assert numbers(warehouse) == [13]


def test_retention_is_kept_with_the_warehouse(shop: Path) -> None:
    with open_small(shop) as warehouse:
        assert warehouse.retention == Retention()
        with warehouse.begin() as transaction:
            transaction.set_retention(Retention(versions=2))
        warehouse.begin().rollback()
        assert numbers(warehouse) == [12, 13]
    with open_small(shop) as warehouse:
        assert warehouse.retention == Retention(versions=2, seconds=0)
        for number in range(10, 14):
            sell(warehouse, number)
        assert numbers(warehouse) == [15, 16, 17]  # the next writer sweeps the oldest


def test_retention_by_time(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be read at any moment of the last minute stays."""
    with open_small(shop) as warehouse:
        with warehouse.begin() as transaction:
            transaction.set_retention(Retention(versions=1, seconds=60))
        start = time.time_ns()
        for after in (20, 40, 70):
            now = start + after * 1_000_000_000
            monkeypatch.setattr(time, "time_ns", lambda now=now: now)
            sell(warehouse, 10 + after)
        warehouse.begin().rollback()
        # 70 seconds after 13 was committed, 13 is what was there 60 seconds ago.
        assert numbers(warehouse) == [13, 14, 15, 16]
        monkeypatch.setattr(time, "time_ns", lambda: start + 101_000_000_000)
        warehouse.begin().rollback()
        assert numbers(warehouse) == [15, 16]


@pytest.mark.parametrize("wrong", [{"versions": 0}, {"seconds": -1}, {"versions": 2_000_000}])
def test_retentions_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(CatalogError, match="can be kept"):
        Retention(**wrong)


def test_a_thousand_small_commits_do_not_fill_the_disk(shop: Path) -> None:
    """Files stay as few as what 32 versions name, and a sweep reads no manifest twice."""
    with Warehouse.open(shop, settings=Settings(sync=False)) as warehouse:
        sell(warehouse, 10)
        reads: list[int] = []
        outline = warehouse.history.outline
        warehouse.history.outline = lambda number: reads.append(number) or outline(number)  # type: ignore[method-assign,func-returns-value]
        for number in range(11, 200):
            sell(warehouse, number)
        assert reads == []
        assert len(numbers(warehouse)) == 33
        assert len(list((shop / "data").iterdir())) < 100
        warehouse.vacuum()
        assert len(list((shop / "data").iterdir())) < 40


def tear(path: Path, number: int) -> None:
    manifest(path, number).write_bytes(manifest(path, number).read_bytes()[:200])


def test_a_torn_manifest_is_told(shop: Path) -> None:
    tear(shop, 12)
    with open_small(shop) as warehouse:
        (notice,) = warehouse.notices
        assert str(manifest(shop, 12)) in notice
        assert "a commit was lost when the power failed, and this is version 11" in notice
        assert numbers(warehouse) == list(range(1, 12))
        with pytest.raises(CatalogError, match="there is no version 12"):
            warehouse.snapshot(version=12)
        assert check(shop).problems != ()
        warehouse.vacuum()  # what it fell back to is not an old version
        assert numbers(warehouse) == [11]
        sell(warehouse, 9)
        assert warehouse.snapshot().version == 13
        assert warehouse.notices == ()
        assert numbers(warehouse) == [11, 13]
        warehouse.begin().rollback()
    assert not manifest(shop, 12).exists()
    assert check(shop).problems == ()
    with Warehouse.open(shop, read_only=True) as warehouse:
        assert warehouse.notices == ()
        assert column(warehouse.snapshot().table("sales"), "number") == list(range(10))


def test_a_damaged_old_version_keeps_its_data(shop: Path) -> None:
    """Nobody knows what it needs, so nothing is removed until it is retired itself."""
    damaged = bytearray(manifest(shop, 11).read_bytes())
    damaged[-40] ^= 1
    manifest(shop, 11).write_bytes(damaged)
    with open_small(shop) as warehouse:
        with warehouse.begin() as transaction:
            transaction.truncate("sales")
        before = set((shop / "data").iterdir())
        warehouse.vacuum(keep=3)
        assert set((shop / "data").iterdir()) == before
        with pytest.raises(CorruptionError, match=r"0011.json.*checksum"):
            warehouse.versions()
        with pytest.raises(CorruptionError, match=r"0011.json.*checksum"):
            warehouse.snapshot(version=11)
        warehouse.vacuum()
        assert set((shop / "data").iterdir()) < before
        assert numbers(warehouse) == [13]


def test_old_versions_while_a_writer_sweeps(shop: Path) -> None:
    """Three readers go through the versions that are kept; each is whole or not kept any more."""
    problems: list[BaseException] = []
    done = threading.Event()
    read = [0, 0, 0]

    def travel(reader_number: int) -> None:
        try:
            with Warehouse.open(shop, read_only=True) as reader:
                reader._cache.limit = 0
                while not done.is_set():
                    for version in reader.versions():
                        try:
                            snapshot = reader.snapshot(version=version.number)
                        except CatalogError:
                            continue  # retired since
                        if not snapshot.has_table("sales"):
                            continue
                        sold = column(snapshot.table("sales"), "number")
                        assert sold == list(range(version.number - 2))
                        read[reader_number] += 1
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=travel, args=(number,)) for number in range(3)]
    with open_small(shop) as writer:
        with writer.begin() as transaction:
            transaction.set_retention(Retention(versions=3))
            transaction.append("sales", pa.table({"number": [10], "store_id": [10]}))
        for thread in threads:
            thread.start()
        number = 11
        while min(read) < 60 and not problems and number < 400:
            sell(writer, number)
            number += 1
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert min(read) >= 60


def copy_files(source: Path, target: Path, directories: tuple[str, str]) -> None:
    for directory in directories:
        with suppress(shutil.Error):  # a file was swept while it was copied: the others are there
            shutil.copytree(source / directory, target / directory)


def test_plain_copies_of_a_live_warehouse(shop: Path, tmp_path: Path) -> None:
    """Each of a hundred copies opens at a version that was committed, or says what is missing."""
    done = threading.Event()

    def write() -> None:
        with Warehouse.open(shop, settings=Settings(sync=False)) as writer:
            with writer.begin() as transaction:
                transaction.set_retention(Retention(versions=8))
                transaction.append("sales", pa.table({"number": [10], "store_id": [10]}))
            number = 11
            while not done.is_set():
                sell(writer, number)
                number += 1
                time.sleep(0.02)

    thread = threading.Thread(target=write)
    thread.start()
    orders = {("manifests", "data"): 0, ("data", "manifests"): 0}
    try:
        for number in range(50):
            for order in orders:
                target = tmp_path / f"{order[0]} first {number}"
                target.mkdir()
                copy_files(shop, target, order)
                orders[order] += is_whole(target)
                shutil.rmtree(target)
    finally:
        done.set()
        thread.join()
    assert orders["manifests", "data"] > 10


def is_whole(path: Path) -> bool:
    """Whether the copy has all data of the version at which it opens; else it must say so."""
    with Warehouse.open(path, read_only=True) as copy:
        snapshot = copy.snapshot()
        try:
            found = [number for (number,) in rows(snapshot.table("sales"), "number")]
        except CorruptionError as error:
            assert str(error).endswith("restore it from a backup")  # noqa: PT017
            return False
        assert found == list(range(snapshot.version - 2))
        return True
