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

from coldb_warehouse import Warehouse, check

from tests.warehouse.killing import ROWS, TABLES
from tests.warehouse.stars import column

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 100
LONGEST_LIFE_SECONDS = 0.1


def state(path: Path) -> int:
    """The last batch; everything in the warehouse must be of whole batches, without a gap."""
    with Warehouse.open(path, read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        last: int = snapshot.properties.get("last", 0)
        batches = column(snapshot.table("batch"), "id")
        first = last - last % 50 if last >= 50 else 1
        assert batches == (list(range(first, last + 1)) if last else [])
        entries = Counter(column(snapshot.table("entry"), "batch_id"))
        assert entries == dict.fromkeys(batches, ROWS)
        texts = set(column(snapshot.table("entry"), "text"))
        assert texts == {f"{batch} {number}" for batch in batches for number in range(ROWS)}
        return last


def test_a_hundred_kills(tmp_path: Path) -> None:
    path = tmp_path / "w"
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        for table in TABLES:
            transaction.create_table(table)
    chance = random.Random(7)
    acknowledged = born = 0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.killing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for kill in range(KILLS):
            nursery.stdin.write(f"{path}\n")
            nursery.stdin.flush()
            word, process = nursery.stdout.readline().split()
            assert word == "born"
            born += 1
            if chance.random() < 0.5:
                acknowledged = int(nursery.stdout.readline().split()[1])
            time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
            os.kill(int(process), signal.SIGKILL)
            while (line := nursery.stdout.readline().split())[0] == "acknowledged":
                acknowledged = int(line[1])
            assert line == ["buried"]
            found = state(path)
            assert found in (acknowledged, acknowledged + 1), "an acknowledged commit is lost"
            acknowledged = found
            if kill % 10 == 0:
                assert check(path).problems == ()
        nursery.stdin.close()
    assert born == KILLS
    assert acknowledged > KILLS // 3, "the writers hardly lived"
    with Warehouse.open(path) as warehouse:
        warehouse.begin().rollback()
    assert check(path).problems == check(path).leftovers == ()
