"""A snapshot is what it was, whatever is written meanwhile."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse import Retention, StorageError, Warehouse
from coldb_warehouse.reading.cache import Cache

from tests.warehouse.stars import column, make_shop, open_small, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A shop with one sale, of which three versions are kept."""
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        transaction.set_retention(Retention(versions=3))
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": [0], "store_id": [10], "note": ["n0"]}))
    return tmp_path / "w"


@pytest.fixture
def writer(path: Path) -> Iterator[Warehouse]:
    with open_small(path) as warehouse:
        yield warehouse


@pytest.fixture
def reader(path: Path) -> Iterator[Warehouse]:
    """Another connection, which caches nothing, so that it reads files whenever it is asked."""
    with Warehouse.open(path, read_only=True) as warehouse:
        warehouse._cache.limit = 0
        yield warehouse


def sell(writer: Warehouse, number: int) -> None:
    with writer.begin() as transaction:
        transaction.append("store", pa.table({"id": [1000 + number], "city": [f"c{number}"]}))
        data = {"number": [number], "store_id": [1000 + number], "note": [f"n{number}"]}
        transaction.append("sales", pa.table(data))


def test_a_reader_keeps_its_snapshot(writer: Warehouse, reader: Warehouse) -> None:
    before = reader.snapshot()
    sell(writer, 1)
    after = reader.snapshot()
    assert after.version == before.version + 1
    assert reader.snapshot() is after
    assert rows(before.table("sales"), "number", "store_id", "note") == [(0, 10, "n0")]
    assert rows(after.table("sales"), "number", "store_id", "note") == [
        (0, 10, "n0"),
        (1, 1001, "n1"),
    ]
    assert before.table("store").rows == 4
    assert after.table("store").domain("city") is not before.table("store").domain("city")


def test_recent_snapshots_stay_readable(writer: Warehouse, reader: Warehouse) -> None:
    old = reader.snapshot()
    with writer.begin() as transaction:
        transaction.truncate("sales")
        transaction.truncate("store")
    sell(writer, 1)
    assert rows(old.table("sales"), "number", "store_id") == [(0, 10)]


def test_a_version_is_kept_while_it_is_read(writer: Warehouse, path: Path) -> None:
    with Warehouse.open(path, read_only=True) as reader:
        old = reader.snapshot()
        for number in range(6):
            with writer.begin() as transaction:
                transaction.truncate("sales")
            sell(writer, number)
        assert rows(old.table("sales"), "number", "store_id") == [(0, 10)]
        reader.snapshot()
        oldest = min((path / "manifests").iterdir())
        del old
        gc.collect()
        writer.begin().rollback()
        assert not oldest.exists()
        assert len(list((path / "manifests").iterdir())) == 3


def test_a_table_that_outlives_its_snapshot_says_so(writer: Warehouse, reader: Warehouse) -> None:
    table = reader.snapshot().table("sales")
    with writer.begin() as transaction:
        transaction.truncate("sales")
    reader.snapshot()
    for number in range(4):
        sell(writer, number)
    with pytest.raises(StorageError, match=r"newer versions have replaced.*run the query again"):
        column(table, "number")
    assert column(reader.snapshot().table("sales"), "number") == [0, 1, 2, 3]


def test_only_the_newest_versions_are_kept(writer: Warehouse, path: Path) -> None:
    for number in range(1, 11):
        sell(writer, number)
    writer.begin().rollback()
    assert len(list((path / "manifests").iterdir())) == 3
    with writer.begin() as transaction:
        transaction.truncate("sales")
        transaction.truncate("store")
    for number in range(4):
        with writer.begin() as transaction:
            transaction.set_property("touched", number)
    assert list((path / "data").iterdir()) == []


def test_readers_see_whole_commits_while_a_writer_writes(path: Path) -> None:
    """Each commit adds rows to two tables; in every snapshot they belong together."""
    commits = 30
    problems: list[BaseException] = []
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        try:
            with Warehouse.open(path, read_only=True) as reader:
                last = 0
                while not stop.is_set():
                    snapshot = reader.snapshot()
                    assert snapshot.version >= last
                    last = snapshot.version
                    numbers = column(snapshot.table("sales"), "number")
                    assert numbers == list(range(len(numbers)))
                    stores = column(snapshot.table("sales"), "store_id")
                    assert stores == [10, *(1000 + number for number in numbers[1:])]
                    seen.append(snapshot.version)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    with open_small(path) as writer:
        for number in range(1, commits + 1):
            sell(writer, number)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(seen)) > 1


def test_a_cache_keeps_what_was_used_last_and_within_its_limit() -> None:
    cache = Cache(limit=10)
    made: list[str] = []

    def get(key: str, size: int) -> str:
        def make() -> str:
            made.append(key)
            return key

        return cache.get(key, make, lambda _: size)

    for key, size in [("a", 4), ("b", 4), ("a", 4), ("c", 4), ("a", 4), ("b", 4), ("huge", 11)]:
        assert get(key, size) == key
        assert cache.nbytes <= 10
    assert made == ["a", "b", "c", "b", "huge"]
    cache.clear()
    assert cache.nbytes == 0


def test_what_is_read_is_cached(writer: Warehouse) -> None:
    sell(writer, 1)
    table = writer.snapshot().table("sales")
    assert table.chunk("number") is table.chunk("number")
    assert table.segments[0].chunk("number") is table.segments[0].chunk("number")
    store = writer.snapshot().table("store")
    assert store.key_index() is store.key_index()
