"""Declaring, appending, emptying; what a transaction sees, keeps and forgets."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse import (
    CatalogError,
    ConstraintError,
    ConversionError,
    Settings,
    StorageError,
    Warehouse,
    check,
    describe,
)
from coldb_warehouse.chunk import Coded, Fixed, Text
from coldb_warehouse.domain import Dictionary, Rows
from coldb_warehouse.merge import small_segments
from coldb_warehouse.schema import (
    Column,
    Filling,
    ForeignKey,
    Hierarchy,
    MissingKey,
    Source,
    TableKind,
    TableSchema,
)
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    REAL,
    SMALLINT,
    TIMESTAMP,
    VARCHAR,
    decimal,
)

from tests.warehouse.stars import (
    STORE,
    column,
    make_shop,
    open_small,
    plain_table,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse; what a test leaves in it must be sound."""
    with open_small(tmp_path / "w") as opened:
        yield opened
    report = check(tmp_path / "w")
    assert report.problems == ()


def test_what_is_appended_is_there_after_reopening(tmp_path: Path) -> None:
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        make_shop(transaction)
        data = {"number": [1, 2, 3], "store_id": [20, None, 10], "amount": ["1.50", "2", None]}
        assert transaction.append("sales", pa.table(data)).rows == 3
    with Warehouse.open(tmp_path / "w", read_only=True) as warehouse:
        snapshot = warehouse.snapshot()
        assert rows(snapshot.table("store")) == [
            (20, "Bern", "alps"),
            (30, "Oslo", "north"),
            (40, "Nice", "south"),
            (10, "Rome", "south"),
        ]
        assert rows(snapshot.table("sales"), "number", "store_id", "amount", "note") == [
            (1, 20, Decimal("1.50"), None),
            (3, 10, None, None),
            (2, None, Decimal("2.00"), None),
        ]
    assert check(tmp_path / "w").problems == ()


VALUES: list[tuple[Any, list[Any]]] = [
    (BOOLEAN, [True, None, False]),
    (SMALLINT, [-32768, None, 32767]),
    (INTEGER, [-(2**31), None, 2**31 - 1]),
    (BIGINT, [-(2**63), None, 2**63 - 1]),
    (decimal(9, 2), [Decimal("-1234567.89"), None, Decimal("0.01")]),
    (decimal(38, 3), [Decimal(10**34), None, Decimal("-0.001")]),
    (REAL, [-1.5, None, float("inf")]),
    (DOUBLE, [-0.0, None, 1e308]),
    (VARCHAR, ["", None, "naïve \0 text"]),
    (DATE, [datetime.date(1, 1, 1), None, datetime.date(9999, 12, 31)]),
    (TIMESTAMP, [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None, None]),
]


@pytest.mark.parametrize(("type", "values"), VALUES, ids=lambda value: str(value)[:12])
def test_values_of_every_type_come_back(warehouse: Warehouse, type: Any, values: list[Any]) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", type)))
        transaction.append("t", pa.table({"a": pa.array(values, type.to_arrow())}))
        transaction.append("t", pa.table({"a": pa.array(values[::-1], type.to_arrow())}))
    assert column(warehouse.snapshot().table("t"), "a") == values + values[::-1]


def test_a_transaction_sees_its_own_changes_and_others_do_not(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        assert transaction.snapshot().table("store").rows == 4
        assert warehouse.snapshot().tables == ()
    assert warehouse.snapshot().table("store").rows == 4


def test_a_block_that_raises_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    def fail() -> None:
        with warehouse.begin() as transaction:
            make_shop(transaction)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert warehouse.snapshot().tables == ()
    assert list((tmp_path / "w" / "data").iterdir()) == []
    with warehouse.begin() as transaction:
        make_shop(transaction)


def test_commit_counts_versions_and_nothing_makes_none(warehouse: Warehouse) -> None:
    first = warehouse.snapshot()
    assert warehouse.begin().commit() == first.version
    transaction = warehouse.begin()
    transaction.create_table(STORE)
    assert transaction.commit() == first.version + 1 == warehouse.snapshot().version
    assert first.tables == ()


def test_a_transaction_that_is_over_cannot_be_used(warehouse: Warehouse) -> None:
    transaction = warehouse.begin()
    transaction.rollback()
    transaction.rollback()
    for use in (transaction.commit, lambda: transaction.create_table(STORE)):
        with pytest.raises(StorageError, match="the transaction is over"):
            use()


def test_closing_rolls_back(tmp_path: Path) -> None:
    warehouse = open_small(tmp_path / "w")
    transaction = warehouse.begin()
    make_shop(transaction)
    warehouse.close()
    with pytest.raises(StorageError, match="over"):
        transaction.commit()
    with open_small(tmp_path / "w") as again:
        assert again.snapshot().tables == ()
        again.begin().rollback()
    with pytest.raises(StorageError, match="closed"):
        warehouse.snapshot()


def test_rows_are_kept_in_the_declared_order(warehouse: Warehouse) -> None:
    random = np.random.default_rng(1)
    stores = random.choice([10, 20, 30, 40], 100)
    days = random.integers(0, 9, 100)
    with warehouse.begin() as transaction:
        make_shop(transaction)
        data = {"number": np.arange(100), "store_id": stores, "day": days.astype("datetime64[D]")}
        transaction.append("sales", pa.table(data))
    table = warehouse.snapshot().table("sales")
    position = {20: 0, 30: 1, 40: 2, 10: 3}
    found = rows(table, "store_id", "day", "number")
    assert found == sorted(found, key=lambda row: (position[row[0]], row[1], row[2]))
    assert [segment.rows for segment in table.segments] == [20] * 5
    assert [segment.first_row for segment in table.segments] == [0, 20, 40, 60, 80]
    assert [segment.chunk("store_id").is_sorted for segment in table.segments] == [True] * 5
    assert table.chunk("store_id").is_sorted
    assert table.chunk("store_id").blocks.rows.tolist() == [7, 7, 6] * 5


def test_nulls_are_sorted_last_and_nan_before_them(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", DOUBLE), order_by=("a",)))
        values = [float("nan"), 1.0, None, -1.0, float("inf"), -0.0, 0.0]
        transaction.append("t", pa.table({"a": values}))
    found = column(warehouse.snapshot().table("t"), "a")
    assert str(found) == "[-1.0, -0.0, 0.0, 1.0, inf, nan, None]"


WIDE_KEYS = [
    ("a", decimal(38, 0), [Decimal(10**30), Decimal(-1), None, Decimal(10**30), Decimal(5)]),
    ("b", BIGINT, [2**63 - 1, -(2**63), None, 0, 2**63 - 1]),
    ("c", DOUBLE, [1e300, -1e300, 0.5, None, 1e-300]),
    ("d", VARCHAR, ["b", "a", None, "b", "ab"]),
]


def test_order_by_columns_too_wide_for_one_word(warehouse: Warehouse) -> None:
    names = tuple(name for name, _, _ in WIDE_KEYS)
    random = np.random.default_rng(2)
    picks = random.integers(0, 5, (4, 200))
    data = {
        name: pa.array([values[pick] for pick in chosen], type.to_arrow())
        for (name, type, values), chosen in zip(WIDE_KEYS, picks, strict=True)
    }
    with warehouse.begin() as transaction:
        columns = [(name, type) for name, type, _ in WIDE_KEYS]
        transaction.create_table(plain_table("t", *columns, order_by=names))
        transaction.append("t", pa.table(data))
    found = rows(warehouse.snapshot().table("t"))
    assert found == sorted(
        found,
        key=lambda row: (
            [(value is None, value or 0) for value in row[:3]] + [(row[3] is None, row[3] or "")]
        ),
    )
    assert sorted(map(str, found)) == sorted(
        map(str, zip(*(data[name].to_pylist() for name in names), strict=True))
    )


def test_data_may_come_in_batches_and_in_any_order_of_columns(warehouse: Warehouse) -> None:
    batches = [
        pa.record_batch({"b": pa.array(["x"]), "a": pa.array([1])}),
        pa.record_batch({"b": pa.array([], pa.string()), "a": pa.array([], pa.int64())}),
        pa.record_batch({"b": pa.array(["y", None]), "a": pa.array([2, 3])}),
    ]
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", INTEGER), ("b", VARCHAR), ("c", DATE)))
        reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
        assert transaction.append("t", reader).rows == 3
        empty = pa.RecordBatchReader.from_batches(batches[0].schema, [])
        assert transaction.append("t", empty).rows == 0
    table = warehouse.snapshot().table("t")
    assert rows(table) == [(1, "x", None), (2, "y", None), (3, None, None)]
    assert len(table.segments) == 1


def test_a_table_without_rows_can_be_read(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": pa.array([], pa.int64())}))
    table = warehouse.snapshot().table("sales")
    assert rows(table) == []
    assert table.statistics("amount").rows == 0
    assert isinstance(table.chunk("amount").form, Fixed)
    assert isinstance(table.chunk("note").form, Text)
    assert table.chunk("store_id").form.domain == Rows("store", 4)


def test_statistics_come_from_the_manifest(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        numbers = list(range(50))
        stores = [10 if number % 2 else None for number in numbers]
        amounts = [number - 20 for number in numbers]
        transaction.append(
            "sales", pa.table({"number": numbers, "store_id": stores, "amount": amounts})
        )
    table = warehouse.snapshot().table("sales")
    number, store, note = (table.statistics(name) for name in ("number", "store_id", "note"))
    assert (number.rows, number.nulls, number.low, number.high) == (50, 0, 0, 49)
    assert 45 <= (number.distinct or 0) <= 50
    assert table.statistics("amount").low == -2000
    assert (store.nulls, store.low, store.high, store.is_coded) == (25, 3, 3, True)
    assert (note.nulls, note.low) == (50, None)
    assert table.segments[0].statistics("number").rows == 20


def test_what_a_table_has_not(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        snapshot = transaction.snapshot()
        with pytest.raises(CatalogError, match='no table "stor"; did you mean "store"'):
            snapshot.table("stor")
        with pytest.raises(CatalogError, match='no column "amont"; did you mean "amount"'):
            snapshot.table("sales").chunk("amont")
        with pytest.raises(CatalogError, match='no column "#a"'):
            snapshot.table("sales").statistics("#a")
        with pytest.raises(CatalogError, match="no primary key"):
            snapshot.table("sales").key_index()
        with pytest.raises(CatalogError, match='no column "amont"; did you mean "amount"'):
            transaction.append("sales", pa.table({"amont": [1]}))
        twice = pa.table([pa.array([1]), pa.array([2])], names=["number", "number"])
        with pytest.raises(CatalogError, match="twice"):
            transaction.append("sales", twice)


BAD_TABLES = {
    "exists already": STORE,
    'no table "stor"; did you mean "store"': plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "stor", ()),)
    ),
    "has no PRIMARY KEY": plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "sales", ()),)
    ),
    "must reference the primary key": plain_table(
        "t", ("a", INTEGER), foreign_keys=(ForeignKey(("a",), "store", ("city",)),)
    ),
    "has 2 columns, and the primary key": plain_table(
        "t", ("a", INTEGER), ("b", INTEGER), foreign_keys=(ForeignKey(("a", "b"), "store", ()),)
    ),
    "declare them alike": plain_table(
        "t", ("a", BIGINT), foreign_keys=(ForeignKey(("a",), "store", ()),)
    ),
    "cannot be stored": plain_table("t", ("a", INTERVAL)),
    "kept for foreign keys": plain_table("t", ("#a", INTEGER)),
    'no encoding "zip"': TableSchema("t", TableKind.PLAIN, (Column("a", INTEGER, encoding="zip"),)),
    "NOT NULL": TableSchema(
        "t",
        TableKind.PLAIN,
        (Column("a", INTEGER, nullable=False),),
        foreign_keys=(ForeignKey(("a",), "store", (), MissingKey.UNKNOWN),),
    ),
    'column "b" of table "t" is NOT NULL': TableSchema(
        "t",
        TableKind.DIMENSION,
        (Column("a", INTEGER), Column("b", INTEGER, nullable=False), Column("c", INTEGER)),
        primary_key=("a",),
        foreign_keys=(ForeignKey(("c",), "t", (), MissingKey.INFER),),
    ),
}


@pytest.mark.parametrize("problem", BAD_TABLES)
def test_tables_that_cannot_be(warehouse: Warehouse, problem: str) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(CatalogError, match=problem):
            transaction.create_table(BAD_TABLES[problem])
        assert len(transaction.snapshot().tables) == 2


def test_a_key_column_cannot_be_null(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        assert not transaction.snapshot().table("store").schema.column("id").nullable
        with pytest.raises(ConstraintError, match='table "store", row 2: column "id" is NULL'):
            transaction.append("store", pa.table({"id": [1, None]}))
        with pytest.raises(ConstraintError, match='column "number" is NULL'):
            transaction.append("sales", pa.table({"store_id": [10]}))


def test_values_that_do_not_fit(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(ConversionError) as caught:
            transaction.append("sales", pa.table({"number": ["1", "two", "three"]}))
        assert '"number": "two"' in str(caught.value)
        assert "row 2" in str(caught.value)
        assert "1 more row" in str(caught.value)
        assert transaction.snapshot().table("sales").rows == 0
        assert transaction.append("sales", pa.table({"number": [1]})).rows == 1


def test_dropping_and_making_again(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        with pytest.raises(CatalogError, match='referenced by table "sales"'):
            transaction.drop_table("store")
        transaction.drop_table("sales")
        transaction.drop_table("store")
        with pytest.raises(CatalogError, match='no table "store"'):
            transaction.drop_table("store")
        transaction.create_table(STORE)
        transaction.append("store", pa.table({"id": [1]}))
    assert rows(warehouse.snapshot().table("store")) == [(1, None, None)]
    assert warehouse.snapshot().tables[0].id == 3


def test_emptying_a_table(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": [1], "store_id": [10]}))
    with warehouse.begin() as transaction:
        with pytest.raises(ConstraintError, match='rows of table "sales" reference it'):
            transaction.truncate("store")
        transaction.truncate("sales")
        transaction.truncate("store")
        transaction.append("store", pa.table({"id": [5, 10], "city": ["Wien", None]}))
        transaction.append("sales", pa.table({"number": [2], "store_id": [10]}))
    table = warehouse.snapshot().table("sales")
    assert rows(table, "number", "store_id") == [(2, 10)]
    assert warehouse.snapshot().table("store").rows == 2


def test_sources_fillings_and_properties(tmp_path: Path) -> None:
    source = Source("shop", "sqlite", (("path", "shop.db"),))
    filled = TableSchema(
        "t", TableKind.PLAIN, (Column("a", INTEGER),), filling=Filling("shop", "SELECT 1 AS a")
    )
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        transaction.create_source(source)
        transaction.create_table(filled)
        transaction.set_property("etl.positions", {"t": [1, 2.5, None, "x"]})
        transaction.set_property("gone", 1)
        transaction.set_property("gone", None)
        with pytest.raises(CatalogError, match="exists already"):
            transaction.create_source(source)
        with pytest.raises(CatalogError, match='fills table "t"'):
            transaction.drop_source("shop")
        with pytest.raises(CatalogError, match='no source "sho"; did you mean "shop"'):
            transaction.drop_source("sho")
        for impossible in (float("nan"), {1, 2}, object()):
            with pytest.raises(CatalogError, match="no JSON value"):
                transaction.set_property("p", impossible)
    with open_small(tmp_path / "w") as warehouse:
        snapshot = warehouse.snapshot()
        assert snapshot.sources == (source,)
        assert snapshot.properties == {"etl.positions": {"t": [1, 2.5, None, "x"]}}
        assert snapshot.table("t").schema.filling == filled.filling
        with warehouse.begin() as transaction:
            transaction.drop_table("t")
            transaction.drop_source("shop")
        assert warehouse.snapshot().sources == ()


def test_a_schema_comes_back_as_it_was_declared(tmp_path: Path) -> None:
    with open_small(tmp_path / "w") as warehouse, warehouse.begin() as transaction:
        make_shop(transaction)
        declared = transaction.snapshot().tables
    with open_small(tmp_path / "w") as warehouse:
        assert warehouse.snapshot().tables == declared
    assert declared[0].hierarchies == (Hierarchy("geography", ("region", "city")),)
    assert declared[1].foreign_keys == (ForeignKey(("store_id",), "store", ("id",)),)
    assert [column.id for column in declared[1].columns] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("encoding", ["plain", "run_length", "constant", "frame_of_reference"])
def test_an_encoding_can_be_asked_for(tmp_path: Path, encoding: str) -> None:
    numbers = [1, 1, 2, 2, 2, 3, 300] * 4
    schema = TableSchema(
        "t", TableKind.PLAIN, (Column("a", BIGINT), Column("b", BIGINT, encoding="plain"))
    )
    with open_small(tmp_path / "w", force_encoding=encoding) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(schema)
            transaction.append("t", pa.table({"a": numbers, "b": numbers}))
        table = warehouse.snapshot().table("t")
        assert rows(table) == list(zip(numbers, numbers, strict=True))
        assert table.statistics("b").encodings == ("plain",)
        if encoding in ("plain", "run_length"):
            assert table.statistics("a").encodings == (encoding,)


def test_what_a_warehouse_says_of_itself(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
        transaction.append("sales", pa.table({"number": range(100), "store_id": [10] * 100}))
    store, fact = describe(warehouse.snapshot())
    assert (store.name, store.rows, store.segments) == ("store", 4, 1)
    domains = [column.domain for column in store.columns]
    assert domains == [None, "dictionary of 4", "dictionary of 3"]
    assert (fact.rows, fact.segments) == (100, 5)
    assert fact.columns[1].domain == "rows of store"
    assert fact.columns[1].encodings == ("constant",)
    assert fact.columns[0].plain_bytes == 800
    assert fact.nbytes == sum(column.nbytes for column in fact.columns) > 0


def test_settings_must_make_sense() -> None:
    for changes in ({"block_rows": 0}, {"segment_rows": 0}, {"segment_rows": 2**25}):
        with pytest.raises(ValueError, match="at least 1"):
            Settings(**changes)


def texts(warehouse: Warehouse, *loads: list[str | None]) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", VARCHAR)))
        for load in loads:
            transaction.append("t", pa.table({"a": pa.array(load, pa.string())}))
    assert column(warehouse.snapshot().table("t"), "a") == [text for load in loads for text in load]


def test_a_dictionary_is_sorted_and_grows_at_its_end(warehouse: Warehouse) -> None:
    texts(warehouse, ["m", None, "c", "m"], ["m", "z", "x"])
    table = warehouse.snapshot().table("t")
    domain = table.domain("a")
    assert isinstance(domain, Dictionary)
    assert (domain.values.to_pylist(), domain.is_sorted) == (["c", "m", "x", "z"], True)
    with warehouse.begin() as transaction:
        transaction.append("t", pa.table({"a": ["a", "n"]}))
    grown = warehouse.snapshot().table("t").domain("a")
    assert isinstance(grown, Dictionary)
    assert (grown.values.to_pylist(), grown.is_sorted) == (["c", "m", "x", "z", "a", "n"], False)
    assert column(table, "a") == ["m", None, "c", "m", "m", "z", "x"]
    form = warehouse.snapshot().table("t").chunk("a").form
    assert isinstance(form, Coded)
    assert form.domain is grown


def test_a_dictionary_in_many_parts_is_written_anew(warehouse: Warehouse) -> None:
    loads: list[list[str | None]] = [[f"value {number}"] for number in range(30)]
    texts(warehouse, *loads)
    sizes = [dictionary_parts(warehouse)]
    with warehouse.begin() as transaction:
        for number in range(30, 40):
            transaction.append("t", pa.table({"a": [f"value {number}"]}))
            sizes.append(len(transaction.entry("t").dictionaries["1"].parts))
    assert max(sizes) <= 8
    assert min(sizes) == 1
    assert len(column(warehouse.snapshot().table("t"), "a")) == 40


def dictionary_parts(warehouse: Warehouse) -> int:
    with warehouse.begin() as transaction:
        return len(transaction.entry("t").dictionaries["1"].parts)


def test_many_distinct_strings_get_no_dictionary(warehouse: Warehouse) -> None:
    texts(warehouse, [f"text {number}" for number in range(1000)])
    assert warehouse.snapshot().table("t").domain("a") is None
    assert isinstance(warehouse.snapshot().table("t").chunk("a").form, Text)


def test_a_column_may_be_coded_in_part(warehouse: Warehouse) -> None:
    texts(warehouse, ["a", "b", None], [f"text {number}" for number in range(1000)] + [None])
    table = warehouse.snapshot().table("t")
    assert table.domain("a") is None
    assert isinstance(table.segments[0].chunk("a").form, Coded)
    assert isinstance(table.chunk("a").form, Text)
    with warehouse.begin() as transaction:
        transaction.append("t", pa.table({"a": ["b"]}))
    assert column(warehouse.snapshot().table("t"), "a")[-1] == "b"


@pytest.mark.parametrize("force", [True, False])
def test_a_dictionary_can_be_forced(tmp_path: Path, force: bool) -> None:
    with open_small(tmp_path / "w", force_dictionary=force) as warehouse:
        texts(warehouse, [f"text {number}" for number in range(1000)], ["few", None, "few"])
        form = warehouse.snapshot().table("t").chunk("a").form
        assert isinstance(form, Coded if force else Text)


def test_strings_of_a_table_without_dictionary_stay_without(warehouse: Warehouse) -> None:
    texts(warehouse, [f"text {number}" for number in range(1000)], ["few"] * 10)
    table = warehouse.snapshot().table("t")
    assert all(isinstance(segment.chunk("a").form, Text) for segment in table.segments)


def test_many_appends_read_as_one_column(warehouse: Warehouse) -> None:
    expected = []
    with warehouse.begin() as transaction:
        make_shop(transaction)
        for number in range(40):
            data = {"number": [number, -number], "store_id": [10, None], "note": [str(number)] * 2}
            transaction.append("sales", pa.table(data))
            expected += [(number, 10, str(number)), (-number, None, str(number))]
    table = warehouse.snapshot().table("sales")
    assert rows(table, "number", "store_id", "note") == expected
    assert len(table.segments) == 40
    assert table.chunk("number").rows == 80
    assert len(table.chunk("number").blocks.rows) == 40


def test_small_segments_are_merged(tmp_path: Path) -> None:
    expected = []
    with open_small(tmp_path / "w", segment_rows=100_000) as warehouse:
        with warehouse.begin() as transaction:
            make_shop(transaction)
        for number in range(100):
            with warehouse.begin() as transaction:
                store = (10, 20, None)[number % 3]
                transaction.append("store", pa.table({"id": [1000 - number], "city": ["x"]}))
                data = {"number": [number], "store_id": [store], "note": [f"n{number % 7}"]}
                transaction.append("sales", pa.table(data))
            expected.append((number, store, f"n{number % 7}"))
        snapshot = warehouse.snapshot()
        facts, stores = snapshot.table("sales"), snapshot.table("store")
        assert max(len(facts.segments), len(stores.segments)) < 40
        assert all(segment.is_sorted for segment in facts.segments)
        assert sorted(rows(facts, "number", "store_id", "note")) == expected
        assert column(stores, "id")[4:] == [1000 - number for number in range(100)]
        assert not all(segment.is_sorted for segment in stores.segments)
        chunk = facts.segments[0].chunk("store_id")
        assert chunk.rows > 16
        assert chunk.valid is not None
        assert chunk.valid.tolist() == sorted(chunk.valid.tolist(), reverse=True)
        assert isinstance(chunk.form, Coded)
        codes = chunk.form.codes[chunk.valid].tolist()
        assert codes == sorted(codes)
        assert set(codes) == {0, 3}
    assert check(tmp_path / "w").problems == ()


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([], 0),
        ([1] * 15, 0),
        ([1] * 16, 16),
        ([500, *[1] * 16], 16),
        ([500, 1, *[16] * 15], 16),
        ([1, 500] * 7 + [1], 0),
        ([1, 500] * 8, 16),
        ([100_000] * 16, 0),
        ([62_500] * 16, 16),
    ],
)
def test_which_segments_are_merged(rows: list[int], count: int) -> None:
    assert small_segments(rows, 1_000_000) == count


def test_the_store_table_is_reused_while_it_does_not_change(warehouse: Warehouse) -> None:
    with warehouse.begin() as transaction:
        make_shop(transaction)
    store, fact = (warehouse.snapshot().table(name) for name in ("store", "sales"))
    with warehouse.begin() as transaction:
        transaction.append("sales", pa.table({"number": [1]}))
    after = warehouse.snapshot()
    assert after.table("store") is store
    assert after.table("sales") is not fact
    with warehouse.begin() as transaction:
        transaction.append("store", pa.table({"id": [50]}))
    sized = warehouse.snapshot().table("sales").chunk("store_id").form
    assert isinstance(sized, Coded)
    assert sized.domain.size == 5
    old = after.table("sales").chunk("store_id").form
    assert isinstance(old, Coded)
    assert old.domain.size == 4
