"""A disk that is full after some bytes of a load, and has space again later."""

from __future__ import annotations

import errno
import gc
import os
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import Settings, StorageError, Transaction, Warehouse, check
from coldb_warehouse.disk import files
from coldb_warehouse.types import BIGINT, VARCHAR

from tests.warehouse.stars import plain_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP = 4_096
STEPS = 5_120
TABLES = ("a", "b", "c", "d")
CHEAP = Settings(sync=False, force_encoding="plain", force_dictionary=False)
TEXT = pa.table({"text": [f"{n:10000}" for n in range(STEPS * STEP // 10_000 // len(TABLES))]})
NUMBERS = pa.table({name: np.random.default_rng(1).integers(0, 1 << 62, 200_000) for name in "xy"})


class FullDisk:
    """In the place of `os`: there is room for so many bytes more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, fd: int, data: memoryview) -> int:
        if data and not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.write(fd, data[: self.room])
        self.room -= written
        return written


@contextmanager
def room_for(nbytes: int) -> Iterator[FullDisk]:
    with pytest.MonkeyPatch.context() as patched:
        disk = FullDisk(nbytes)
        patched.setattr(files, "os", disk)
        yield disk


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse.open(tmp_path / "w", settings=CHEAP) as warehouse:
        with warehouse.begin() as transaction:
            for name in TABLES:
                transaction.create_table(plain_table(name, ("text", VARCHAR)))
            transaction.create_table(plain_table("numbers", ("x", BIGINT), ("y", BIGINT)))
        yield warehouse


def load(transaction: Transaction) -> None:
    for name in TABLES:
        transaction.append(name, TEXT)


def fill_up(warehouse: Warehouse, rooms: range) -> None:
    """Loads with room for less than there is to write; nothing of that stays."""
    for room in rooms:
        refused = pytest.raises(StorageError, match="free some space")
        with room_for(room), refused, warehouse.begin() as transaction:
            load(transaction)
        assert warehouse.files.names() == [], room
        assert not any(warehouse.snapshot().table(name).rows for name in TABLES)
        if room % (64 * STEP) == 0:
            with warehouse.begin() as transaction:
                transaction.set_property("room", room)


def load_all(warehouse: Warehouse) -> None:
    with room_for(1 << 30) as disk, warehouse.begin() as transaction:
        load(transaction)
    assert (1 << 30) - disk.room > (STEPS - 4) * STEP
    assert [warehouse.snapshot().table(name).rows for name in TABLES] == [len(TEXT)] * 4
    report = check(warehouse.path)
    assert report.problems == report.leftovers == ()


def test_a_load_that_finds_the_disk_full(warehouse: Warehouse) -> None:
    fill_up(warehouse, range(0, (STEPS - 4) * STEP, 256 * STEP))
    load_all(warehouse)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_disk_that_is_full_at_any_page_of_a_load(warehouse: Warehouse) -> None:
    fill_up(warehouse, range(0, (STEPS - 4) * STEP, STEP))
    load_all(warehouse)


@pytest.mark.parametrize("room", [0, 100_000, 2_000_000])
def test_a_failed_load_is_gone_from_memory_at_once(warehouse: Warehouse, room: int) -> None:
    """Without waiting for the collector of cycles, also where several threads have written."""
    gc.disable()
    try:
        with room_for(room), pytest.raises(StorageError), warehouse.begin() as transaction:
            transaction.append("numbers", NUMBERS)
        forgotten = weakref.ref(transaction)
        del transaction
        assert forgotten() is None
    finally:
        gc.enable()
