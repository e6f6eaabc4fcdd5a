"""A nursery of writers to be killed: run as a program, it forks one for each line that it reads.

Starting an interpreter and importing takes longer than all else a writer does in its short life;
forking does not. A line names the warehouse and the call to the system at which the writer kills
itself: its name and how many of them come before; `- 0` for none. A writer loads, deletes, updates
and optimizes until it is killed, and says so on the standard output, which is shared:

    born <process>
    acknowledged <number>       commit number so-and-so has returned
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import Any

import numpy as np
import pyarrow as pa
from coldb_warehouse import Transaction, Warehouse
from coldb_warehouse.schema import Column, ForeignKey, TableKind, TableSchema
from coldb_warehouse.types import BIGINT, INTEGER, VARCHAR

__all__ = ["ROWS", "TABLES", "append"]

ROWS = 40
TABLES = (
    TableSchema(
        "batch",
        TableKind.DIMENSION,
        (Column("id", INTEGER), Column("name", VARCHAR)),
        primary_key=("id",),
    ),
    TableSchema(
        "entry",
        TableKind.FACT,
        (Column("batch_id", INTEGER), Column("number", BIGINT), Column("text", VARCHAR)),
        foreign_keys=(ForeignKey(("batch_id",), "batch", ()),),
        order_by=("batch_id", "number"),
    ),
)


def append(transaction: Transaction, batch: int) -> None:
    """One row in the dimension and ROWS in the fact, or none of them."""
    transaction.append("batch", pa.table({"id": [batch], "name": [f"batch {batch}"]}))
    rows = {
        "batch_id": [batch] * ROWS,
        "number": range(ROWS),
        "text": [f"{batch} {number}" for number in range(ROWS)],
    }
    transaction.append("entry", pa.table(rows))
    transaction.set_property("last", batch)


def change(transaction: Transaction, batch: int) -> None:
    """What follows from the number of the batch: a load, and now and then something else."""
    if batch % 50 == 0:
        transaction.truncate("entry")
        transaction.truncate("batch")
    append(transaction, batch)
    if batch % 5 == 2:
        _replace(transaction, batch - 1)
    if batch % 7 == 3:
        transaction.optimize(("entry", "batch")[batch % 2])


def _replace(transaction: Transaction, batch: int) -> None:
    """Deletes the rows of a batch, and the batch, and loads both again under their old numbers."""
    for table, name in (("entry", "batch_id"), ("batch", "id")):
        snapshot = transaction.snapshot().table(table)
        wanted = snapshot.values(name)[0] == batch
        live = snapshot.live
        transaction.delete(table, np.flatnonzero(wanted if live is None else wanted & live))
    last = transaction.snapshot().properties["last"]
    append(transaction, batch)
    transaction.set_property("last", last)


def write_until_killed(path: str) -> None:
    with Warehouse.open(path) as warehouse:
        print("born", os.getpid(), flush=True)
        while True:
            with warehouse.begin() as transaction:
                batch = transaction.snapshot().properties.get("last", 0) + 1
                change(transaction, batch)
            print("acknowledged", batch, flush=True)


def kill_at(name: str, before: int) -> None:
    """Lets this process die at that call to the system."""
    real = getattr(os, name)
    left = before

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(os, name, call)


def main() -> None:
    with Warehouse.open(":memory:") as warehouse, warehouse.begin() as transaction:
        for table in TABLES:  # so that whatever is imported late is there before forking
            transaction.create_table(table)
        for batch in range(1, 4):
            change(transaction, batch)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                path, name, before = line.rsplit(maxsplit=2)
                if name != "-":
                    kill_at(name, int(before))
                write_until_killed(path)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        os.waitpid(child, 0)
        print("buried", flush=True)


if __name__ == "__main__":
    main()
