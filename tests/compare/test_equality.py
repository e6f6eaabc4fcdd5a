"""Equal answers are found equal however they are spelt, and every planted difference is found."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from coldb.compare.equality import difference


def test_order_does_not_matter_but_number_does() -> None:
    assert difference(["INTEGER"], [(1,), (2,), (2,)], [(2,), (1,), (2,)]) is None
    assert difference(["INTEGER"], [(1,), (2,), (2,)], [(2,), (1,), (1,)]) is not None
    assert difference(["INTEGER"], [(1,)], [(1,), (1,)]) == "1 rows here, 2 in the source"
    assert difference(["INTEGER"], [], []) is None


@pytest.mark.parametrize(
    ("type_name", "ours", "theirs"),
    [
        ("INTEGER", 1, 1),
        ("BIGINT", None, None),
        ("VARCHAR", "a", "a"),
        ("BOOLEAN", True, 1),
        ("BOOLEAN", False, 0),
        ("DATE", dt.date(2024, 1, 31), "2024-01-31"),
        ("DATE", dt.date(2024, 1, 31), "2024-01-31 00:00:00"),
        ("TIMESTAMP", dt.datetime(2024, 1, 31, 10, 5), "2024-01-31 10:05:00"),
        ("TIMESTAMP", dt.datetime(2024, 1, 31), "2024-01-31"),
        ("TIMESTAMPTZ", dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC), "2024-01-31 10:00:00"),
        ("TIMESTAMPTZ", dt.datetime(2024, 1, 31, 8, tzinfo=dt.UTC), "2024-01-31 10:00:00+02:00"),
        ("TIME", dt.time(10, 5), "10:05:00"),
        ("UUID", uuid.UUID(int=1), "00000000000000000000000000000001"),
        ("DECIMAL(10,2)", Decimal("1.50"), 1.5),
        ("DECIMAL(10,2)", Decimal("150.00"), 150),
        ("DECIMAL(38,2)", Decimal("0.30"), 0.1 + 0.2),
        ("DOUBLE", 0.1 + 0.2, 0.3),
        ("DOUBLE", 3.0, 3),
        ("DOUBLE", float("nan"), float("nan")),
        ("BIGINT", 3, 3.0),
    ],
)
def test_the_same_value_in_other_words(type_name: str, ours: object, theirs: object) -> None:
    assert difference([type_name], [(ours,)], [(theirs,)]) is None


@pytest.mark.parametrize(
    ("type_name", "ours", "theirs"),
    [
        ("INTEGER", 1, 2),
        ("INTEGER", 1, "1"),
        ("INTEGER", 0, None),
        ("VARCHAR", "a", "A"),
        ("VARCHAR", "", None),
        ("BOOLEAN", True, 0),
        ("BOOLEAN", True, 2),
        ("DATE", dt.date(2024, 1, 31), "2024-01-30"),
        ("DATE", dt.date(2024, 1, 31), "2024-01-31 10:00:00"),
        ("DATE", dt.date(2024, 1, 31), "31/01/2024"),
        ("DECIMAL(10,2)", Decimal("1.50"), 1.51),
        ("DECIMAL(38,2)", Decimal("12345678901234567.01"), 12345678901234567),
        ("DOUBLE", 1.0, 1.00000001),
        ("DOUBLE", None, 0.0),
        ("DOUBLE", float("nan"), 1.0),
        ("BIGINT", 9007199254740993, 9007199254740992),
    ],
)
def test_a_planted_difference_is_found(type_name: str, ours: object, theirs: object) -> None:
    found = difference(["VARCHAR", type_name], [("k", ours)], [("k", theirs)])
    assert found is not None
    assert found.startswith("1 of 1 rows differ, for example (k, ")


def test_one_wrong_row_among_many_is_found() -> None:
    ours = [(f"key {n % 100}", n / 7) for n in range(5_000)]
    theirs = [(key, number * (1 + 1e-12)) for key, number in reversed(ours)]
    assert difference(["VARCHAR", "DOUBLE"], ours, theirs) is None
    theirs[1234] = (theirs[1234][0], theirs[1234][1] + 1e-3)
    found = difference(["VARCHAR", "DOUBLE"], ours, theirs)
    assert found is not None
    assert found.startswith("1 of 5,000 rows differ")


def test_swapped_values_between_groups_are_found() -> None:
    ours = [("a", 1.0), ("b", 2.0)]
    assert difference(["VARCHAR", "DOUBLE"], ours, [("a", 2.0), ("b", 1.0)]) is not None


def test_noise_that_changes_the_order_of_rows_is_no_difference() -> None:
    ours = [(1.0, 10.0), (1.0 + 1e-12, 20.0)]
    theirs = [(1.0 + 1e-12, 10.0), (1.0, 20.0)]
    assert difference(["DOUBLE", "DOUBLE"], ours, theirs) is None


def test_the_number_of_columns_is_compared() -> None:
    assert difference(["INTEGER"], [(1,)], [(1, 2)]) == "1 columns here, 2 in the source"
