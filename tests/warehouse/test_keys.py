"""Foreign keys resolved, repeated keys refused, and what the policies make of missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import (
    AppendResult,
    ConstraintError,
    ConversionError,
    TableSnapshot,
    Transaction,
    Warehouse,
    check,
)
from coldb_warehouse.chunks.chunk import Coded
from coldb_warehouse.domain import Rows
from coldb_warehouse.schema import (
    Column,
    ForeignKey,
    Hierarchy,
    MissingKey,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import BIGINT, DATE, DOUBLE, INTEGER, VARCHAR, Type, decimal

from tests.warehouse.stars import column, make_shop, open_small, plain_table, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[None, 1, 2], ids=["in memory", "runs of 1", "runs of 2"])
def transaction(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transaction]:
    """A transaction on an empty warehouse; what a test leaves behind must be sound.

    Loads do the same in memory and where next to nothing fits into it.
    """
    with open_small(tmp_path / "w", run_rows=request.param) as warehouse:
        transaction = warehouse.begin()
        yield transaction
        transaction.commit()
    assert check(tmp_path / "w").problems == ()


def codes(table: TableSnapshot, name: str) -> list[int | None]:
    """The positions that a foreign key leads to."""
    chunk = table.chunk(name)
    assert isinstance(chunk.form, Coded)
    assert isinstance(chunk.form.domain, Rows)
    valid = np.ones(chunk.rows, bool) if chunk.valid is None else chunk.valid
    return [code if ok else None for code, ok in zip(chunk.form.codes.tolist(), valid, strict=True)]


def rejects(result: AppendResult) -> list[tuple[Any, ...]]:
    """Refused rows, each with its reason at the end."""
    columns = [
        result.rejects.rows.column(name).to_pylist() for name in result.rejects.rows.column_names
    ]
    return list(zip(*columns, result.rejects.reasons.to_pylist(), strict=True))


def test_a_foreign_key_is_the_position_of_the_row(transaction: Transaction) -> None:
    make_shop(transaction)
    stores = [10, 20, 30, 40, None]
    transaction.append("sales", pa.table({"number": range(5), "store_id": stores}))
    table = transaction.snapshot().table("sales")
    assert codes(table, "store_id") == [0, 1, 2, 3, None]
    assert column(table, "store_id") == [20, 30, 40, 10, None]
    assert table.domain("store_id") == Rows("store", 4)
    assert table.chunk("store_id").form.codes.dtype == np.uint8  # type: ignore[union-attr]


def test_a_missing_key_is_an_error_and_changes_nothing(transaction: Transaction) -> None:
    make_shop(transaction)
    data = {"number": [1, 2, 3], "store_id": [10, 99, 98]}
    with pytest.raises(ConstraintError) as caught:
        transaction.append("sales", pa.table(data))
    assert 'table "sales", row 2: missing key: store_id = 99 is not in table "store"' in str(
        caught.value
    )
    assert "1 more row" in str(caught.value)
    assert transaction.snapshot().table("sales").rows == 0


def test_a_repeated_primary_key_is_an_error(transaction: Transaction) -> None:
    make_shop(transaction)
    for repeated in ([7, 8, 7], [8, 10]):
        with pytest.raises(ConstraintError, match=r"duplicate key: id = (7|10)"):
            transaction.append("store", pa.table({"id": repeated}))
    transaction.append("store", pa.table({"id": [7, 8]}))
    assert sorted(column(transaction.snapshot().table("store"), "id")) == [7, 8, 10, 20, 30, 40]


def test_positions_stay_when_the_dimension_grows(transaction: Transaction) -> None:
    make_shop(transaction)
    transaction.append("sales", pa.table({"number": [1], "store_id": [10]}))
    transaction.append("store", pa.table({"id": [5], "region": ["alps"]}))
    transaction.append("sales", pa.table({"number": [2, 3], "store_id": [5, 20]}))
    table = transaction.snapshot().table("sales")
    assert codes(table, "store_id") == [3, 0, 4]
    assert column(table, "store_id") == [10, 20, 5]


def test_rejected_rows_are_kept_with_their_reasons(transaction: Transaction) -> None:
    make_shop(transaction)
    data = {
        "number": ["1", "x", "3", None, "5"],
        "store_id": [10, 10, 99, 98, None],
        "amount": ["1", "2", "3", "4", "1.234"],
    }
    result = transaction.append("sales", pa.table(data), apply_policies=True)
    assert result.rows == 1
    found = rejects(result)
    assert [row[:2] for row in found] == [("x", "10"), ("3", "99"), (None, "98"), ("5", None)]
    assert found[0][-1].startswith('column "number": "x" ')
    assert found[1][-1] == 'missing key: store_id = 99 is not in table "store"'
    assert found[2][-1] == 'column "number" is NULL, and it is NOT NULL'
    assert found[3][-1].startswith('column "amount": "1.234" ')
    assert result.rejects.rows.column_names == ["number", "store_id", "day", "amount", "note"]
    assert rows(transaction.snapshot().table("sales"), "number", "store_id") == [(1, 10)]


def test_the_first_of_repeated_rows_wins(transaction: Transaction) -> None:
    make_shop(transaction)
    data = {"id": [1, 2, 1, 10, 2], "city": ["a", "b", "c", "d", "e"], "region": ["r"] * 5}
    result = transaction.append("store", pa.table(data), apply_policies=True)
    assert result.rows == 2
    assert rejects(result) == [
        ("1", "c", "r", "duplicate key: id = 1"),
        ("10", "d", "r", "duplicate key: id = 10"),
        ("2", "e", "r", "duplicate key: id = 2"),
    ]
    table = transaction.snapshot().table("store")
    assert set(rows(table)) >= {(1, "a", "r"), (2, "b", "r"), (10, "Rome", "south")}


def test_an_unknown_key_becomes_null(transaction: Transaction) -> None:
    make_shop(transaction, on_missing=MissingKey.UNKNOWN)
    data = {"number": ["1", "2", "3", "x"], "store_id": [99, 10, 98, 97]}
    result = transaction.append("sales", pa.table(data), apply_policies=True)
    assert result.unknown == {("store_id",): 2}
    assert (result.rows, len(result.rejects)) == (3, 1)
    assert rows(transaction.snapshot().table("sales"), "number", "store_id") == [
        (2, 10),
        (1, None),
        (3, None),
    ]


def test_an_inferred_row_has_the_key_and_nothing_else(transaction: Transaction) -> None:
    make_shop(transaction, on_missing=MissingKey.INFER)
    data = {"number": ["1", "2", "3", "x", "5"], "store_id": [99, 10, 98, 97, 99]}
    result = transaction.append("sales", pa.table(data), apply_policies=True)
    assert result.inferred == {"store": 2}
    assert result.rows == 4
    store = transaction.snapshot().table("store")
    assert sorted(rows(store)[4:]) == [(98, None, None), (99, None, None)]
    found = rows(transaction.snapshot().table("sales"), "number", "store_id")
    assert sorted(found) == [(1, 99), (2, 10), (3, 98), (5, 99)]
    again = transaction.append("sales", pa.table(data), apply_policies=True)
    assert again.inferred == {}


def test_without_policies_nothing_is_inferred(transaction: Transaction) -> None:
    make_shop(transaction, on_missing=MissingKey.INFER)
    with pytest.raises(ConstraintError, match="store_id = 99"):
        transaction.append("sales", pa.table({"number": [1], "store_id": [99]}))
    assert transaction.snapshot().table("store").rows == 4


PARTS = plain_table("part", ("kind", VARCHAR), ("number", BIGINT), primary_key=("kind", "number"))


def uses(on_missing: MissingKey = MissingKey.REJECT) -> TableSchema:
    """A table with a key of two columns."""
    key = ForeignKey(("part_kind", "part_number"), "part", (), on_missing)
    columns = (("part_kind", VARCHAR), ("part_number", BIGINT), ("times", INTEGER))
    return plain_table("use", *columns, foreign_keys=(key,))


def make_parts(transaction: Transaction, on_missing: MissingKey = MissingKey.REJECT) -> None:
    transaction.create_table(PARTS)
    transaction.create_table(uses(on_missing))
    parts = {"kind": ["bolt", "nut", "bolt", "nut"], "number": [1, 1, 2, 10**15]}
    transaction.append("part", pa.table(parts))


def test_a_key_of_several_columns_has_a_column_of_positions(transaction: Transaction) -> None:
    make_parts(transaction)
    data = {"part_kind": ["nut", "bolt", None, "nut"], "part_number": [10**15, 2, 1, None]}
    transaction.append("use", pa.table(data))
    table = transaction.snapshot().table("use")
    assert codes(table, "#part_kind+part_number") == [3, 2, None, None]
    assert column(table, "#part_kind+part_number") == [3, 2, None, None]
    assert column(table, "part_kind") == ["nut", "bolt", None, "nut"]
    assert table.domain("#part_kind+part_number") == Rows("part", 4)
    with pytest.raises(ConstraintError, match=r"\(part_kind, part_number\) = \(nut, 2\) is not in"):
        transaction.append("use", pa.table({"part_kind": ["nut"], "part_number": [2]}))


def test_unknown_and_inferred_keys_of_several_columns(transaction: Transaction) -> None:
    make_parts(transaction, MissingKey.UNKNOWN)
    data = pa.table({"part_kind": ["nut", "bolt"], "part_number": [2, 2], "times": [1, 2]})
    result = transaction.append("use", data, apply_policies=True)
    assert result.unknown == {("part_kind", "part_number"): 1}
    assert rows(transaction.snapshot().table("use")) == [(None, None, 1), ("bolt", 2, 2)]
    transaction.drop_table("use")
    transaction.create_table(uses(MissingKey.INFER))
    assert transaction.append("use", data, apply_policies=True).inferred == {"part": 1}
    assert rows(transaction.snapshot().table("part"))[4:] == [("nut", 2)]
    assert codes(transaction.snapshot().table("use"), "#part_kind+part_number") == [4, 2]


def test_a_column_may_belong_to_several_keys(transaction: Transaction) -> None:
    transaction.create_table(plain_table("kind", ("name", VARCHAR), primary_key=("name",)))
    transaction.append("kind", pa.table({"name": ["nut", "bolt"]}))
    transaction.create_table(PARTS)
    transaction.append("part", pa.table({"kind": ["nut", "bolt"], "number": [1, 1]}))
    keys = (
        ForeignKey(("part_kind",), "kind", ()),
        ForeignKey(("part_kind", "part_number"), "part", (), MissingKey.UNKNOWN),
    )
    columns = (("part_kind", VARCHAR), ("part_number", BIGINT))
    transaction.create_table(plain_table("use", *columns, foreign_keys=keys))
    data = pa.table({"part_kind": ["bolt", "nut", "bolt"], "part_number": [1, 7, None]})
    transaction.append("use", data, apply_policies=True)
    table = transaction.snapshot().table("use")
    assert codes(table, "part_kind") == [1, None, 1]
    assert codes(table, "#part_kind+part_number") == [1, None, None]
    assert rows(table) == [("bolt", 1), (None, None), ("bolt", None)]


KEY_VALUES: list[tuple[Type, list[Any]]] = [
    (VARCHAR, ["x", "", "é", "xx"]),
    (DATE, [0, -1, 20_000, 5]),
    (DOUBLE, [0.5, -0.0, float("inf"), 1e300]),
    (decimal(38, 0), [10**30, -5, 0, 7]),
    (BIGINT, [2**63 - 1, -(2**63), 0, 1]),
]


@pytest.mark.parametrize(("type", "values"), KEY_VALUES, ids=lambda value: str(value)[:8])
def test_keys_of_every_type(transaction: Transaction, type: Type, values: list[Any]) -> None:
    array = pa.array(values, type.to_arrow() if type is not DATE else pa.int32())
    array = array.cast(type.to_arrow())
    transaction.create_table(plain_table("d", ("k", type), primary_key=("k",)))
    key = ForeignKey(("r",), "d", ())
    transaction.create_table(plain_table("f", ("r", type), foreign_keys=(key,)))
    transaction.append("d", pa.table({"k": array}))
    picks = [3, 0, None, 2, 1, 1]
    transaction.append("f", pa.table({"r": array.take(pa.array(picks))}))
    table = transaction.snapshot().table("f")
    assert codes(table, "r") == picks
    assert column(table, "r") == array.take(pa.array(picks)).to_pylist()


def test_a_snowflake_and_a_key_that_is_a_key(transaction: Transaction) -> None:
    transaction.create_table(plain_table("a", ("id", INTEGER), primary_key=("id",)))
    transaction.append("a", pa.table({"id": [3, 1, 2]}))
    key = ForeignKey(("id",), "a", ())
    transaction.create_table(
        plain_table("b", ("id", INTEGER), primary_key=("id",), foreign_keys=(key,))
    )
    transaction.append("b", pa.table({"id": [2, 3]}))
    key = ForeignKey(("b_id",), "b", ())
    transaction.create_table(plain_table("c", ("b_id", INTEGER), foreign_keys=(key,)))
    transaction.append("c", pa.table({"b_id": [3, 2, 3]}))
    assert codes(transaction.snapshot().table("b"), "id") == [2, 0]
    assert codes(transaction.snapshot().table("c"), "b_id") == [1, 0, 1]
    assert column(transaction.snapshot().table("c"), "b_id") == [3, 2, 3]
    with pytest.raises(ConstraintError, match="duplicate key: id = 3"):
        transaction.append("b", pa.table({"id": [3]}))
    result = transaction.append("b", pa.table({"id": [1, 1, 9]}), apply_policies=True)
    assert sorted(rejects(result)) == [
        ("1", "duplicate key: id = 1"),
        ("9", 'missing key: id = 9 is not in table "a"'),
    ]


def people(on_missing: MissingKey) -> TableSchema:
    """A table that references itself, sorted by the boss."""
    return TableSchema(
        "person",
        TableKind.DIMENSION,
        (Column("id", INTEGER), Column("boss", INTEGER), Column("name", VARCHAR)),
        primary_key=("id",),
        foreign_keys=(ForeignKey(("boss",), "person", (), on_missing),),
        hierarchies=(Hierarchy("line", ("boss",)),),
    )


def test_a_table_may_reference_itself(transaction: Transaction) -> None:
    transaction.create_table(people(MissingKey.REJECT))
    data = {"id": [1, 2, 3, 4], "boss": [2, None, 1, 4], "name": ["a", "b", "c", "d"]}
    transaction.append("person", pa.table(data))
    transaction.append("person", pa.table({"id": [5, 6], "boss": [6, 3]}))
    table = transaction.snapshot().table("person")
    assert sorted(rows(table, "id", "boss"), key=str) == sorted(
        [(1, 2), (2, None), (3, 1), (4, 4), (5, 6), (6, 3)], key=str
    )
    ids = column(table, "id")
    for boss, code in zip(column(table, "boss"), codes(table, "boss"), strict=True):
        assert boss == (None if code is None else ids[code])
    with pytest.raises(ConstraintError, match="boss = 77"):
        transaction.append("person", pa.table({"id": [7], "boss": [77]}))


def test_rows_below_a_rejected_row_are_rejected_too(transaction: Transaction) -> None:
    transaction.create_table(people(MissingKey.REJECT))
    length = 300 if transaction.settings.run_rows is None else 40
    ids = list(range(1, length + 1))
    data = {"id": [*ids, 1000, 1001], "boss": [99_999, *ids[:-1], None, 1000]}
    result = transaction.append("person", pa.table(data), apply_policies=True)
    assert result.rows == 2
    assert len(result.rejects) == length
    assert rejects(result)[0][-1] == 'missing key: boss = 99999 is not in table "person"'
    assert rejects(result)[-1][-1] == f'missing key: boss = {length - 1} is not in table "person"'


def test_unknown_and_inferred_rows_of_the_own_table(transaction: Transaction) -> None:
    transaction.create_table(people(MissingKey.UNKNOWN))
    data = pa.table({"id": [1, 2, 3], "boss": [2, 9, 8]})
    result = transaction.append("person", data, apply_policies=True)
    assert result.unknown == {("boss",): 2}
    assert sorted(rows(transaction.snapshot().table("person"), "id", "boss"), key=str) == [
        (1, 2),
        (2, None),
        (3, None),
    ]
    transaction.drop_table("person")
    transaction.create_table(people(MissingKey.INFER))
    result = transaction.append("person", data, apply_policies=True)
    assert (result.inferred, result.rows) == ({"person": 2}, 3)
    found = sorted(rows(transaction.snapshot().table("person"), "id", "boss"), key=str)
    assert found == [(1, 2), (2, 9), (3, 8), (8, None), (9, None)]


def test_conversion_and_constraint_errors_are_told_apart(transaction: Transaction) -> None:
    make_shop(transaction)
    with pytest.raises(ConversionError):
        transaction.append("sales", pa.table({"number": ["1", "x"], "store_id": [10, 99]}))
    with pytest.raises(ConstraintError):
        transaction.append("sales", pa.table({"number": ["1", "x"], "store_id": [99, 10]}))


@pytest.mark.parametrize("seed", range(4))
def test_a_random_star_against_python(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    dimension = random.permutation(60)[:40]
    known: list[int] = []
    expected: list[tuple[int, int | None]] = []
    with open_small(tmp_path / "w") as warehouse:
        with warehouse.begin() as transaction:
            make_shop_of(transaction)
        for _ in range(4):
            some = random.choice(dimension, 15)
            keys = random.integers(0, 70, 60)
            nulls = random.random(60) < 0.1
            with warehouse.begin() as transaction:
                new = [int(key) for key in dict.fromkeys(some.tolist()) if key not in known]
                result = transaction.append("d", pa.table({"k": some}), apply_policies=True)
                assert result.rows == len(new)
                known += new
                data = pa.table({"n": range(60), "r": pa.array(keys, mask=nulls)})
                result = transaction.append("f", data, apply_policies=True)
            kept = [
                (number, None if null else int(key))
                for number, (key, null) in enumerate(zip(keys, nulls, strict=True))
                if null or int(key) in known
            ]
            assert result.rows == len(kept)
            assert len(result.rejects) == 60 - len(kept)
            expected += kept
        assert sorted(rows(warehouse.snapshot().table("f")), key=str) == sorted(expected, key=str)
    with Warehouse.open(tmp_path / "w") as warehouse:
        assert sorted(rows(warehouse.snapshot().table("f")), key=str) == sorted(expected, key=str)
    assert check(tmp_path / "w").problems == ()


def make_shop_of(transaction: Transaction) -> None:
    transaction.create_table(plain_table("d", ("k", INTEGER), primary_key=("k",)))
    key = ForeignKey(("r",), "d", ())
    columns = (("n", BIGINT), ("r", INTEGER))
    transaction.create_table(plain_table("f", *columns, foreign_keys=(key,), order_by=("r", "n")))


def test_rows_inferred_in_a_table_with_text_keys_share_its_dictionary(
    transaction: Transaction,
) -> None:
    own = ForeignKey(("boss",), "staff", (), MissingKey.INFER)
    columns = (Column("name", VARCHAR), Column("boss", VARCHAR), Column("room", VARCHAR))
    schema = TableSchema("staff", TableKind.DIMENSION, columns, ("name",), (own,))
    transaction.create_table(schema)
    data = {"name": ["b", "a", "c"], "boss": ["z", "b", "a"], "room": ["r", None, "s"]}
    for names in (["q"], data["name"]):
        part = {name: values[: len(names)] for name, values in data.items()}
        transaction.append("staff", pa.table({**part, "name": names}), apply_policies=True)
    table = transaction.snapshot().table("staff")
    assert sorted(rows(table), key=str) == [
        ("a", "b", None),
        ("b", "z", "r"),
        ("c", "a", "s"),
        ("q", "z", "r"),
        ("z", None, None),
    ]
