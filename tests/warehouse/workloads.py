"""Things to do to a small shop, for tests that interrupt them, and what a warehouse holds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from coldb_warehouse import Warehouse
from coldb_warehouse.disk.lock import LOCK_NAME
from coldb_warehouse.schema import Column, Index
from coldb_warehouse.types import INTEGER, VARCHAR, decimal
from coldb_warehouse.views import Macro, View

from tests.warehouse.stars import make_shop, open_small, plain_table, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb_warehouse import Snapshot, TableSnapshot, Transaction

__all__ = ["OPERATIONS", "Content", "content", "content_of", "copied", "linked", "make_base"]

Content = dict[str, Any]


def content(path: Path) -> Content:
    """Everything that the newest version holds: the live rows of each table, and what is defined."""
    with Warehouse.open(path, read_only=True) as warehouse:
        return content_of(warehouse.snapshot())


def content_of(snapshot: Snapshot) -> Content:
    tables = (snapshot.table(schema.name) for schema in snapshot.tables)
    defined = {"tables": snapshot.tables, "views": snapshot.views, "macros": snapshot.macros}
    return {
        "": {**snapshot.properties, **defined},
        **{table.schema.name: live_rows(table) for table in tables},
    }


def live_rows(table: TableSnapshot, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the rows that are not deleted, all declared ones if none is named."""
    every, live = rows(table, *names), table.live
    if live is None:
        return every
    return [row for row, lives in zip(every, live.tolist(), strict=True) if lives]


def copied(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target))


def linked(source: Path, target: Path) -> Path:
    """A copy that shares the files themselves, which are never changed once they are written. The
    file of the lock is one of its own."""
    shutil.rmtree(target, ignore_errors=True)
    names = shutil.ignore_patterns(LOCK_NAME)
    return Path(shutil.copytree(source, target, copy_function=os.link, ignore=names))


def make_base(path: Path) -> Path:
    """A shop of a few versions, with something of everything in it."""
    with open_small(path) as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(3):
            with warehouse.begin() as transaction:
                append_few(transaction, number)
    return path


def append_few(transaction: Transaction, number: int) -> None:
    """A new row of the dimension, rows of the fact that reference it, and new text."""
    transaction.append("store", pa.table({"id": [1000 + number], "city": [f"c{number}"]}))
    sell(transaction, [1000 + number, 10, 20], number)


def append_many(transaction: Transaction, number: int) -> None:
    """Several segments."""
    sell(transaction, [10, 20, None] * 15, number)


def append_often(transaction: Transaction, number: int) -> None:
    """So many small segments that they are merged."""
    for _ in range(17):
        sell(transaction, [10], number)


def sell(transaction: Transaction, stores: list[int | None], number: int) -> None:
    count = len(stores)
    data = {
        "number": [number] * count,
        "store_id": stores,
        "note": [f"note {number}", "n", None] * count,
    }
    transaction.append("sales", pa.table({name: values[:count] for name, values in data.items()}))


def delete(transaction: Transaction, number: int) -> None:
    positions = live_positions(transaction.snapshot().table("sales"))
    transaction.delete("sales", positions[number % 3 :: 3])


def update(transaction: Transaction, number: int) -> None:
    """Of some rows new text and another reference, of all rows of the dimension a new city."""
    positions = live_positions(transaction.snapshot().table("sales"))[number % 2 :: 2]
    count = len(positions)
    data = pa.table({"note": [f"changed {number}"] * count, "store_id": [30] * count})
    transaction.update("sales", positions, data)
    stores = live_positions(transaction.snapshot().table("store"))
    cities = [f"city {number} {store % 3}" for store in stores]
    transaction.update("store", stores, pa.table({"city": cities}))


def live_positions(table: TableSnapshot) -> Any:
    return np.arange(table.rows) if table.live is None else np.flatnonzero(table.live)


def optimize(transaction: Transaction, number: int) -> None:
    """Rows that others reference move."""
    transaction.append(
        "store", pa.table({"id": [5000 + number], "region": ["a"], "city": ["Aachen"]})
    )
    transaction.optimize()


def alter(transaction: Transaction, number: int) -> None:
    name = f"added{len(transaction.snapshot().table('sales').schema.columns)}"
    transaction.add_column("sales", Column(name, VARCHAR, False, initial=f"initial {number}"))
    transaction.set_column_type("sales", "amount", decimal(12, 2))
    sell(transaction, [10, 20], number)


def truncate(transaction: Transaction, number: int) -> None:
    transaction.truncate("sales")


def replace_rows(transaction: Transaction, number: int) -> None:
    transaction.truncate("sales")
    append_few(transaction, number)


def set_property(transaction: Transaction, number: int) -> None:
    transaction.set_property("last", number)


def create_table(transaction: Transaction, number: int) -> None:
    name = f"extra{len(transaction.snapshot().tables)}"
    transaction.create_table(plain_table(name, ("a", INTEGER), ("b", VARCHAR)))
    transaction.append(name, pa.table({"a": range(30), "b": [f"text {n % 3}" for n in range(30)]}))


def drop_table(transaction: Transaction, number: int) -> None:
    transaction.drop_table("sales")


def define(transaction: Transaction, number: int) -> None:
    """A unique index, which reads what it is of; a view, a macro and comments."""
    transaction.add_index("store", Index(f"by id {number}", ("id",), unique=True))
    transaction.put_view(View(f"view{number}", ("one",), "SELECT 1", "of one row"))
    transaction.put_macro(Macro("twice", f"CREATE MACRO twice(x) AS 2 * x + {number}"))
    transaction.comment("sales", None, f"comment {number}")
    transaction.comment("sales", "note", "of a column")


OPERATIONS: dict[str, Callable[[Transaction, int], None]] = {
    operation.__name__: operation
    for operation in (
        append_few,
        append_many,
        append_often,
        delete,
        update,
        optimize,
        alter,
        truncate,
        replace_rows,
        set_property,
        create_table,
        drop_table,
        define,
    )
}
