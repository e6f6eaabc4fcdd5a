"""A nursery of writers to be killed: run as a program, it forks one for each line that it reads.

Starting an interpreter and importing takes longer than all else a writer does in its short life;
forking does not. A writer loads rows into the warehouse until it is killed, and says so on the
standard output, which is shared:

    born <process>
    acknowledged <number>       commit number so-and-so has returned
"""

from __future__ import annotations

import os
import sys
import traceback

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


def write_until_killed(path: str) -> None:
    with Warehouse.open(path) as warehouse:
        print("born", os.getpid(), flush=True)
        while True:
            with warehouse.begin() as transaction:
                batch = transaction.snapshot().properties.get("last", 0) + 1
                if batch % 50 == 0:
                    transaction.truncate("entry")
                    transaction.truncate("batch")
                append(transaction, batch)
            print("acknowledged", batch, flush=True)


def main() -> None:
    with Warehouse.open(":memory:") as warehouse, warehouse.begin() as transaction:
        for table in TABLES:  # so that whatever is imported late is there before forking
            transaction.create_table(table)
        append(transaction, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                write_until_killed(line.strip())
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        os.waitpid(child, 0)
        print("buried", flush=True)


if __name__ == "__main__":
    main()
