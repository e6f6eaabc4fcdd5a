"""Writers killed at random moments: what they acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import Warehouse, check

from tests.warehouse.killing import ROWS, TABLES
from tests.warehouse.workloads import live_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_LIFE_SECONDS = 0.1
POINTS = ("fsync", "link", "unlink", "open", "write")


def state(path: Path) -> int:
    """The last batch; everything in the warehouse must be of whole batches, without a gap."""
    with Warehouse.open(path, read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        last: int = snapshot.properties.get("last", 0)
        batches = sorted(number for (number,) in live_rows(snapshot.table("batch"), "id"))
        first = last - last % 50 if last >= 50 else 1
        assert batches == (list(range(first, last + 1)) if last else [])
        entries = live_rows(snapshot.table("entry"), "batch_id", "text")
        assert Counter(batch for batch, _ in entries) == dict.fromkeys(batches, ROWS)
        texts = {text for _, text in entries}
        assert texts == {f"{batch} {number}" for batch in batches for number in range(ROWS)}
        return last


class Nursery:
    """Writers, one after the other, and what they have acknowledged."""

    def __init__(self, process: subprocess.Popen[str], path: Path) -> None:
        self._process = process
        self._path = path
        self.acknowledged = self.found = 0

    def send(self, name: str = "-", before: int = 0) -> int:
        """Lets a writer be born, which kills itself at a call; its process, or 0 if it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._path} {name} {before}\n")
        self._process.stdin.flush()
        word, *process = self.line()
        assert word in ("born", "buried")
        return int(process[0]) if process else 0

    def line(self) -> list[str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().split()
        if line and line[0] == "acknowledged":
            self.acknowledged = int(line[1])
        return line

    def bury(self) -> None:
        """Waits for the end of the writer, and looks at what it has left."""
        while (line := self.line()) and line[0] == "acknowledged":
            pass
        assert line == ["buried"]

    def judge(self) -> None:
        self.found = state(self._path)
        lost = f"{self.acknowledged} was acknowledged, {self.found} is there"
        assert self.found in (self.acknowledged, self.acknowledged + 1), lost
        self.acknowledged = self.found


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    path = tmp_path / "w"
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        for table in TABLES:
            transaction.create_table(table)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.killing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        yield Nursery(process, path)
        process.stdin.close()
    with Warehouse.open(path) as warehouse:
        warehouse.begin().rollback()
    assert check(path).problems == check(path).leftovers == ()


def kill(nursery: Nursery, chance: random.Random) -> None:
    process = nursery.send()
    if chance.random() < 0.5:
        nursery.line()
    time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
    os.kill(process, signal.SIGKILL)
    nursery.bury()


def test_a_hundred_kills(nursery: Nursery, tmp_path: Path) -> None:
    chance = random.Random(7)
    for number in range(100):
        kill(nursery, chance)
        nursery.judge()
        if number % 20 == 0:
            assert check(tmp_path / "w").problems == ()
    assert nursery.acknowledged > 30, "the writers hardly lived"


def test_death_at_each_kind_of_call(nursery: Nursery) -> None:
    """The first of each, in sweeping and writing, and later ones."""
    for before in range(8):
        for name in POINTS:
            if nursery.send(name, before * (5 if name in ("open", "write") else 2)):
                nursery.bury()
            nursery.judge()
    assert nursery.acknowledged > 10


@pytest.mark.slow
def test_a_hundred_double_kills(nursery: Nursery, tmp_path: Path) -> None:
    """The second while what the first has left is swept."""
    chance = random.Random(8)
    for number in range(100):
        kill(nursery, chance)
        if nursery.send(chance.choice(("unlink", "open")), number % 12):
            nursery.bury()
        nursery.judge()
        if number % 20 == 0:
            assert check(tmp_path / "w").problems == ()
    assert nursery.acknowledged > 30
