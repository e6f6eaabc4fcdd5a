"""Which text gets a dictionary, and how it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Text
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.errors import ConversionError
from coldb_warehouse.types import VARCHAR, Kind, Type

from tests.warehouse.stars import (
    column,
    open_small,
    plain_table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import (
        Warehouse,
    )


def texts(warehouse: Warehouse, *loads: list[str | None]) -> None:
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", VARCHAR)))
        for load in loads:
            transaction.append("t", pa.table({"a": pa.array(load, pa.string())}))
    assert column(warehouse.snapshot().table("t"), "a") == [text for load in loads for text in load]


def test_a_dictionary_grows_at_its_end_and_is_sorted_again(warehouse: Warehouse) -> None:
    texts(warehouse, ["m", None, "c", "m", "z"], ["m", "x"], ["y"])
    table = warehouse.snapshot().table("t")
    domain = table.domain("a")
    assert isinstance(domain, Dictionary)
    assert (domain.values.to_pylist(), domain.is_sorted) == (["c", "m", "z", "x", "y"], False)
    with warehouse.begin() as transaction:
        transaction.append("t", pa.table({"a": ["a", "n"]}))
    grown = warehouse.snapshot().table("t").domain("a")
    assert isinstance(grown, Dictionary)
    # It is now twice as long as when it was last sorted.
    assert grown.values.to_pylist() == ["a", "c", "m", "n", "x", "y", "z"]
    assert (grown.is_sorted, grown.generation) == (True, domain.generation + 1)
    before = ["m", None, "c", "m", "z", "m", "x", "y"]
    assert column(table, "a") == before
    assert column(warehouse.snapshot().table("t"), "a") == [*before, "a", "n"]
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
    assert min(sizes) == 2
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


@pytest.mark.parametrize("choice", [None, True, False])
def test_text_that_comes_as_codes_is_loaded_as_its_strings(
    tmp_path: Path, choice: bool | None
) -> None:
    coded = pa.DictionaryArray.from_arrays(
        pa.array([2, None, 0, 2], pa.int8()), ["m", "of no row", "c", "c"]
    )
    with open_small(tmp_path, force_dictionary=choice) as warehouse:
        with warehouse.begin() as transaction:
            transaction.create_table(plain_table("t", ("a", VARCHAR)))
            transaction.append("t", pa.table({"a": coded}))
            transaction.append("t", pa.table({"a": coded.slice(2)}))
        table = warehouse.snapshot().table("t")
        assert column(table, "a") == ["c", None, "m", "c", "m", "c"]
        domain = table.domain("a")
        assert (domain is None) == (choice is False)
        if isinstance(domain, Dictionary):
            assert domain.values.to_pylist() == ["c", "m"]


def test_codes_of_text_that_does_not_fit_are_refused_by_row(warehouse: Warehouse) -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1], pa.int32()), ["ok", "too long"])
    with warehouse.begin() as transaction:
        transaction.create_table(plain_table("t", ("a", Type(Kind.VARCHAR, length=2))))
        with pytest.raises(ConversionError, match=r'row 2: .*"too long" is longer.*1 more'):
            transaction.append("t", pa.table({"a": coded}))
