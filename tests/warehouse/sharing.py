"""Processes that share a warehouse: `python -m tests.warehouse.sharing ROLE PATH SECONDS`.

A writer moves money between accounts, so that the sum stays, and adds batches of entries; a
compactor optimizes and removes old versions; a reader opens the warehouse again and again and looks
whether what it sees is one version, and not older than the last. Each prints what it has done, as
JSON. On a machine that is busy with other things each works LEAST times, whatever time that takes.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from coldb_warehouse import Settings, Warehouse
from coldb_warehouse.schema import Column, TableKind, TableSchema
from coldb_warehouse.types import BIGINT, INTEGER

from tests.warehouse.workloads import live_rows

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LEAST", "ROLES", "make_bank"]

ACCOUNTS, START, BATCH = 20, 100, 5
LEAST = 5
ACCOUNT = TableSchema(
    "account",
    TableKind.DIMENSION,
    (Column("id", INTEGER), Column("balance", BIGINT)),
    primary_key=("id",),
)
ENTRY = TableSchema("entry", TableKind.FACT, (Column("batch", INTEGER), Column("number", INTEGER)))
PATIENT = Settings(lock_timeout=60.0)


def make_bank(path: str) -> None:
    with Warehouse.open(path) as warehouse, warehouse.begin() as transaction:
        transaction.create_table(ACCOUNT)
        transaction.create_table(ENTRY)
        data = {"id": range(ACCOUNTS), "balance": [START] * ACCOUNTS}
        transaction.append("account", pa.table(data))


def write(path: str, seconds: float) -> dict[str, float]:
    chance = random.Random(1)
    end = time.monotonic() + seconds
    commits = 0
    with Warehouse.open(path, settings=PATIENT) as warehouse:
        while time.monotonic() < end or commits < LEAST:
            with warehouse.begin() as transaction:
                batch = transaction.snapshot().properties.get("batch", 0) + 1
                balances = transaction.snapshot().table("account").values("balance")[0]
                payer, payee = chance.sample(range(ACCOUNTS), 2)
                changed = {"balance": [balances[payer] - batch, balances[payee] + batch]}
                transaction.update("account", [payer, payee], pa.table(changed))
                entries = {"batch": [batch] * BATCH, "number": range(BATCH)}
                transaction.append("entry", pa.table(entries))
                if batch % 100 == 0:
                    known = transaction.snapshot().table("entry").values("batch")[0]
                    transaction.delete("entry", np.flatnonzero(known == batch - 50))
                transaction.set_property("batch", batch)
            commits += 1
    return {"commits": commits}


def compact(path: str, seconds: float) -> dict[str, float]:
    end = time.monotonic() + seconds
    runs = 0
    with Warehouse.open(path, settings=PATIENT) as warehouse:
        while time.monotonic() < end:
            with warehouse.begin() as transaction:
                transaction.optimize()
            warehouse.vacuum()
            runs += 1
            time.sleep(0.3)
    return {"runs": runs}


def read(path: str, seconds: float) -> dict[str, float]:
    end = time.monotonic() + seconds
    opened = []
    last = 0
    while time.monotonic() < end or len(opened) < LEAST:
        start = time.perf_counter()
        with Warehouse.open(path, read_only=True) as warehouse:
            snapshot = warehouse.snapshot()
            opened.append(time.perf_counter() - start)
            assert snapshot.version >= last, "time runs backwards"
            last = snapshot.version
            balances = live_rows(snapshot.table("account"), "balance")
            assert sum(balance for (balance,) in balances) == ACCOUNTS * START
            batches = Counter(batch for (batch,) in live_rows(snapshot.table("entry"), "batch"))
            newest = snapshot.properties.get("batch", 0)
            deleted = {number - 50 for number in range(100, newest + 1, 100)}
            assert batches == {n: BATCH for n in range(1, newest + 1) if n not in deleted}
    opened.sort()
    return {"checks": len(opened), "open p99": opened[int(len(opened) * 0.99)]}


def count(path: str, times: float) -> dict[str, float]:
    """Adds one to a number, so many times, whenever it gets the lock."""
    with Warehouse.open(path, settings=PATIENT) as warehouse:
        for _ in range(int(times)):
            with warehouse.begin() as transaction:
                number = transaction.snapshot().properties.get("number", 0)
                transaction.set_property("number", number + 1)
    return {"counted": times}


ROLES: dict[str, Callable[[str, float], dict[str, float]]] = {
    role.__name__: role for role in (write, compact, read, count)
}

if __name__ == "__main__":
    role, path, amount = sys.argv[1:]
    print(json.dumps(ROLES[role](path, float(amount))))
