"""Unique keys beside the primary one: declared with the table or later, and kept by every change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse import CatalogError, ConstraintError, Transaction, Warehouse, check
from coldb_warehouse.schema import Column, ForeignKey, Index, TableKind, TableSchema
from coldb_warehouse.types import INTEGER, VARCHAR

from tests.warehouse.stars import open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CITIES = TableSchema(
    "city",
    TableKind.DIMENSION,
    (Column("id", INTEGER, nullable=False), Column("name", VARCHAR)),
    primary_key=("id",),
)
PEOPLE = TableSchema(
    "person",
    TableKind.PLAIN,
    (
        Column("id", INTEGER, nullable=False),
        Column("mail", VARCHAR),
        Column("city", INTEGER),
        Column("seat", INTEGER),
    ),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("city",), "city", ()),),
    indexes=(Index("person_mail_key", ("mail",), True), Index("seats", ("city", "seat"), True)),
)


@pytest.fixture(params=[None, 1, 2], ids=["in memory", "runs of 1", "runs of 2"])
def transaction(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transaction]:
    """A transaction on a warehouse with two cities and no people; what is left must be sound."""
    with open_small(tmp_path / "w", run_rows=request.param) as warehouse:
        transaction = warehouse.begin()
        transaction.create_table(CITIES)
        transaction.create_table(PEOPLE)
        transaction.append("city", pa.table({"id": [1, 2], "name": ["Bern", "Graz"]}))
        yield transaction
        transaction.commit()
    assert check(tmp_path / "w").problems == ()
    with Warehouse.open(tmp_path / "w") as warehouse:
        assert warehouse.snapshot().table("person").schema.unique_keys[0] == ("id",)


def people(*rows: tuple[int, str | None, int | None, int | None]) -> pa.Table:
    columns = zip(*rows, strict=True)
    types = (pa.int32(), pa.string(), pa.int32(), pa.int32())
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
    return pa.table(arrays, ["id", "mail", "city", "seat"])


def reasons(transaction: Transaction, data: pa.Table) -> list[tuple[int, str]]:
    """The ids of the rows that are refused, and why."""
    rejects = transaction.append("person", data, apply_policies=True).rejects
    ids = [int(value) for value in rejects.rows.column("id").to_pylist()]
    return list(zip(ids, rejects.reasons.to_pylist(), strict=True))


def test_a_later_row_with_the_same_key_is_refused(transaction: Transaction) -> None:
    data = people((1, "a", 1, 1), (2, "b", 1, 2), (3, "a", 2, 1), (4, "c", 1, 2), (1, "d", 2, 2))
    assert reasons(transaction, data) == [
        (3, "duplicate key: mail = a"),
        (4, "duplicate key: (city, seat) = (1, 2)"),
        (1, "duplicate key: id = 1"),
    ]
    assert reasons(transaction, people((5, "b", 2, 1), (6, "e", 1, 1), (7, "c", 2, 2))) == [
        (5, "duplicate key: mail = b"),
        (6, "duplicate key: (city, seat) = (1, 1)"),
    ]


def test_a_null_is_like_no_other_value(transaction: Transaction) -> None:
    data = people((1, None, 1, 1), (2, None, 1, None), (3, None, None, 1), (4, "", 1, None))
    assert reasons(transaction, data) == []
    assert reasons(transaction, people((5, None, 1, None), (6, "", None, 1))) == [
        (6, "duplicate key: mail = ")
    ]


def test_an_update_may_swap_keys_but_not_double_them(transaction: Transaction) -> None:
    transaction.append("person", people((1, "a", 1, 1), (2, "b", 1, 2), (3, None, 2, 2)))
    transaction.update("person", [0, 1], pa.table({"mail": ["b", "a"]}))
    table = transaction.snapshot().table("person")
    assert table.values("mail")[0].to_pylist()[:2] == ["b", "a"]
    transaction.update("person", [0, 1], pa.table({"mail": pa.array([None, None], pa.string())}))
    for positions, data, reason in [
        ([0, 1], {"mail": ["x", "x"]}, "mail = x"),
        ([0], {"seat": [2]}, r"\(city, seat\) = \(1, 2\)"),
        ([0, 2], {"city": [1, 1], "seat": [7, 7]}, r"\(1, 7\)"),
    ]:
        with pytest.raises(ConstraintError, match=f"duplicate key: .*{reason}"):
            transaction.update("person", positions, pa.table(data))


def test_keys_of_deleted_rows_are_free(transaction: Transaction) -> None:
    transaction.append("person", people((1, "a", 1, 1), (2, "b", 2, 1)))
    transaction.delete("person", [0])
    assert reasons(transaction, people((3, "a", 1, 1))) == []


def test_an_index_is_declared_later_and_taken_back(transaction: Transaction) -> None:
    transaction.drop_index("person_mail_key")
    transaction.append("person", people((1, "a", 1, 1), (2, "a", 1, 2), (3, None, 2, 2)))
    unique = Index("mails", ("mail",), unique=True)
    with pytest.raises(ConstraintError, match='"person" has mail = a twice'):
        transaction.add_index("person", unique)
    transaction.add_index("person", replace(unique, unique=False))
    with pytest.raises(CatalogError, match='index "mails" exists already, on table "person"'):
        transaction.add_index("city", Index("mails", ("name",)))
    with pytest.raises(CatalogError, match='no index "mail"; did you mean "mails"'):
        transaction.drop_index("mail")
    with pytest.raises(CatalogError, match="in its INDEX mails"):
        transaction.drop_column("person", "mail")
    transaction.drop_index("mails")
    transaction.delete("person", [1])
    transaction.rename_column("person", "mail", "address")
    transaction.add_index("person", Index("mails", ("address",), unique=True))
    with pytest.raises(CatalogError, match='no column "mial"'):
        transaction.add_index("person", Index("others", ("mial",)))
