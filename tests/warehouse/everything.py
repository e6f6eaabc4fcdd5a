"""A small warehouse with something of everything that can be on disk."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.partitioning import Partitioning, PartitionMethod
from coldb_warehouse.schema import Column, ForeignKey, Index, TableKind, TableSchema
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    decimal,
)
from coldb_warehouse.types import UUID as UUID_TYPE
from coldb_warehouse.views import Macro, View

from tests.warehouse.stars import make_shop, open_small
from tests.warehouse.workloads import append_few, sell

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import Transaction

__all__ = ["VALUES", "make_definitions", "make_everything", "make_kinds", "make_values"]

DAY = datetime.date(2024, 2, 28)
MOMENT = datetime.datetime(2024, 2, 28, 23, 59, 59, 999_999)
ROWS = 24
VALUES: dict[str, tuple[Any, list[Any]]] = {
    "flag": (BOOLEAN, [True, False, None] * 8),
    "small": (SMALLINT, [7] * 14 + [-32768, 32767] * 5),
    "number": (INTEGER, [n // 7 * 1000 for n in range(ROWS)]),
    "big": (BIGINT, [(-1) ** n * 3**n for n in range(ROWS)]),
    "amount": (decimal(10, 2), [Decimal(n * n).scaleb(-2) for n in range(ROWS)]),
    "wide": (decimal(38, 0), [Decimal(10) ** n for n in range(ROWS)]),
    "ratio": (DOUBLE, [float("nan"), -0.0, 0.0, float("inf"), 0.1, None] * 4),
    "part": (REAL, [0.5, 0.25, -1.5] * 8),
    "day": (DATE, [DAY + datetime.timedelta(days=n) for n in range(ROWS)]),
    "moment": (TIMESTAMP, [MOMENT + datetime.timedelta(hours=n) for n in range(ROWS)]),
    "text": (VARCHAR, [None, "", "ü" * 20, "a", "b", "c"] * 4),
    "long": (VARCHAR, ["the same words again and again " * 4 + str(n) for n in range(ROWS)]),
}


KINDS: dict[str, tuple[Any, list[Any]]] = {
    "id": (UUID_TYPE, [uuid.UUID(int=n << 64 | 7) for n in range(9)]),
    "at": (TIME, [datetime.time(n * 2, n, 5, 250_000) for n in range(8)] + [None]),
    "since": (
        TIMESTAMPTZ,
        [MOMENT.replace(tzinfo=datetime.UTC) - datetime.timedelta(days=n) for n in range(9)],
    ),
    "bytes": (BLOB, [b"", b"\xff\x00", None] * 3),
    "group": (UUID_TYPE, [uuid.UUID(int=1), None, uuid.UUID(int=2**128 - 1)] * 3),
}


def make_kinds(transaction: Transaction) -> None:
    """A table with a column of each type that came later than the first goldens; and one more, of rows
    that are older than it."""
    columns = tuple(Column(name, type, name != "id") for name, (type, _) in KINDS.items())
    transaction.create_table(
        TableSchema("kinds", TableKind.DIMENSION, columns, primary_key=("id",))
    )
    rows = pa.table(
        {name: pa.array(values, type.to_arrow()) for name, (type, values) in KINDS.items()}
    )
    transaction.append("kinds", rows)
    transaction.add_column("kinds", Column("added", BLOB, False, initial=b"\x01\xfe"))


def make_keys(transaction: Transaction) -> None:
    """Keys of those types: one that is referenced, one of several columns, and unique ones."""
    transaction.add_index("kinds", Index("kinds_since", ("since",), unique=True))
    transaction.add_index("kinds", Index("kinds_at_group", ("at", "group"), unique=True))
    transaction.create_table(SLOTS)
    transaction.create_table(SEEN)
    ids, times = (pa.array(KINDS[name][1], KINDS[name][0].to_arrow()) for name in ("id", "at"))
    times, codes = times[:3], pa.array([b"", b"\0", b"\xff"])
    transaction.append("slots", pa.table({"at": times, "code": codes}))
    transaction.append("seen", pa.table({"kind": ids[:3], "at": times, "code": codes}))


def make_values(transaction: Transaction, encoding: str) -> None:
    """A table with a column of each type in that encoding, wherever it can have it."""
    columns = tuple(Column(name, type, True, encoding) for name, (type, _) in VALUES.items())
    transaction.create_table(TableSchema(encoding, TableKind.PLAIN, columns))
    arrays = {name: pa.array(values, type.to_arrow()) for name, (type, values) in VALUES.items()}
    transaction.append(encoding, pa.table(arrays))


def define(transaction: Transaction) -> None:
    """Views, a macro and comments."""
    transaction.put_view(View("big", ("id", "n"), "SELECT 1, 2"))
    transaction.put_view(View("bigger", ("id",), "SELECT id FROM big"))
    transaction.put_macro(Macro("twice", "CREATE MACRO twice(x) AS 2 * x"))
    transaction.comment("links", None, "which pairs are meant")
    transaction.comment("links", "added", "came late")
    transaction.comment("big", None, "of two columns")
    transaction.comment("big", "n", "a number")


def make_definitions(path: Path) -> Path:
    """A table with views, a macro and comments."""
    with open_small(path) as warehouse, warehouse.begin() as transaction:
        transaction.create_table(LINKED)
        transaction.append("links", pa.table({"a": [1, 2], "added": ["x", None]}))
        define(transaction)
    return path


def make_everything(path: Path) -> Path:
    """All encodings and types; deleted rows, parts of a dictionary, moved positions and codes,
    partitions, keys of two columns and of all kinds of types, unique indexes, a column that was added
    later, views, a macro, comments. One version of less than 64 KiB.
    """
    with open_small(path, block_rows=16, segment_rows=40) as warehouse:
        with warehouse.begin() as transaction:
            for encoding in ENCODINGS:
                make_values(transaction, encoding.name)
            make_kinds(transaction)
            make_keys(transaction)
            make_shop(transaction)
            sell(transaction, [10, 20, None] * 8, 1)
            transaction.create_table(PARTED)
            transaction.create_table(PAIRS)
            transaction.create_table(LINKS)
            transaction.append("parted", pa.table({"key": range(0, 50, 5), "value": range(10)}))
            transaction.append("pairs", pa.table({"a": [1, 1, 2], "b": [1, 2, 1]}))
            transaction.append("links", pa.table({"a": [2, 1, None], "b": [1, 2, 1]}))
        with warehouse.begin() as transaction:
            append_few(transaction, 1)
            transaction.delete("sales", [1, 5, 20])
        with warehouse.begin() as transaction:
            transaction.delete("store", [1])
            transaction.add_column("links", Column("added", VARCHAR, False, initial="new"))
            transaction.optimize("store")
            append_few(transaction, 2)
            define(transaction)
        warehouse.vacuum()
    return path


LINKED = TableSchema("links", TableKind.PLAIN, (Column("a", INTEGER), Column("added", VARCHAR)))
PARTED = TableSchema(
    "parted",
    TableKind.PLAIN,
    (Column("key", INTEGER), Column("value", BIGINT)),
    partitioning=Partitioning("key", PartitionMethod.RANGE, 20),
)
PAIRS = TableSchema(
    "pairs",
    TableKind.DIMENSION,
    (Column("a", INTEGER), Column("b", INTEGER)),
    primary_key=("a", "b"),
)
LINKS = TableSchema(
    "links",
    TableKind.FACT,
    (Column("a", INTEGER), Column("b", INTEGER)),
    foreign_keys=(ForeignKey(("a", "b"), "pairs", ()),),
)
SLOTS = TableSchema(
    "slots",
    TableKind.DIMENSION,
    (Column("at", TIME), Column("code", BLOB)),
    primary_key=("at", "code"),
)
SEEN = TableSchema(
    "seen",
    TableKind.FACT,
    (Column("kind", UUID_TYPE), Column("at", TIME), Column("code", BLOB)),
    foreign_keys=(ForeignKey(("kind",), "kinds", ()), ForeignKey(("at", "code"), "slots", ())),
)
