"""Laws of conversion, and PostgreSQL as the reference for how text is read."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from coldb_warehouse.convert import from_arrow, to_arrow
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TIMESTAMP,
    VARCHAR,
    Type,
    decimal,
)
from hypothesis import given
from hypothesis import strategies as st

from .outcomes import Bad, outcomes_of

ROUND_TRIPS: dict[Type, st.SearchStrategy[Any]] = {
    SMALLINT: st.integers(-(2**15), 2**15 - 1),
    INTEGER: st.integers(-(2**31), 2**31 - 1),
    BIGINT: st.integers(-(2**63), 2**63 - 1),
    decimal(9, 2): st.decimals(-9_999_999, 9_999_999, places=2),
    decimal(38, 5): st.decimals(-(10**33) + 1, 10**33 - 1, places=5),
    REAL: st.floats(width=32, allow_nan=False),
    DOUBLE: st.floats(allow_nan=False),
    BOOLEAN: st.booleans(),
    VARCHAR: st.text(),
    DATE: st.dates(),
    TIMESTAMP: st.datetimes(),
}


@pytest.mark.parametrize("type", ROUND_TRIPS, ids=str)
@given(data=st.data())
def test_to_arrow_and_back(type: Type, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | ROUND_TRIPS[type], max_size=20))
    array = pa.array(values, type.to_arrow())
    converted = from_arrow(array, type)
    assert not converted.failures
    assert to_arrow(converted.values, converted.valid, type).equals(array)


@pytest.mark.parametrize("type", [t for t in ROUND_TRIPS if t != VARCHAR], ids=str)
@given(data=st.data())
def test_text_of_a_value_is_read_as_that_value(type: Type, data: st.DataObject) -> None:
    values = data.draw(st.lists(ROUND_TRIPS[type], min_size=1, max_size=20))
    texts = [str(value) for value in values]
    noise = data.draw(st.sampled_from([None, "not a value at all"]))  # leads off Arrow's fast path
    converted = from_arrow(pa.array([*texts, noise]), type)
    assert bool(converted.failures) == (noise is not None)
    expected = from_arrow(pa.array([*values, None], type.to_arrow()), type)
    assert np.array_equal(converted.values, expected.values)


@given(
    st.lists(st.tuples(st.integers(-(10**20), 10**20), st.integers(-25, 25)), min_size=1),
    st.integers(0, 8),
    st.integers(9, 38),
)
def test_decimal_text_agrees_with_exact_fractions(
    numbers: list[tuple[int, int]], scale: int, digits: int
) -> None:
    texts = [f"{mantissa}e{exponent}" for mantissa, exponent in numbers]
    outcomes = outcomes_of(pa.array(texts), decimal(digits, scale))
    for (mantissa, exponent), outcome in zip(numbers, outcomes, strict=True):
        exact = mantissa * Fraction(10) ** exponent
        scaled = exact * 10**scale
        if scaled.denominator == 1 and abs(scaled) < 10**digits:
            assert Fraction(outcome) == exact
        else:
            assert isinstance(outcome, Bad)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.integers(0, 38))
def test_floats_become_decimals_that_read_back_the_same(floats: list[float], scale: int) -> None:
    for value, outcome in zip(
        floats, outcomes_of(pa.array(floats), decimal(38, scale)), strict=True
    ):
        if isinstance(outcome, Bad):
            places = -Decimal(repr(value)).normalize().as_tuple().exponent
            assert places > scale or abs(value) >= 10.0 ** (38 - scale)
        else:
            assert float(outcome) == value


# PostgreSQL as the reference for text


TEXTS: dict[Type, list[str]] = {
    INTEGER: [
        "+5",
        " 5\t",
        "-0",
        "007",
        "",
        "5.",
        "5.0",
        "1e1",
        "2147483648",
        "\u00a05",
        "- 5",
        "--5",
    ],
    decimal(10, 2): [
        "+1.5",
        "1.",
        "..5",
        ".5",
        "-.5e1",
        "1e3",
        "0e50",
        "1e-2",
        " 1 ",
        "1 2",
        "1e",
        "1e+2",
        "123456789.1",
        ".",
    ],
    DOUBLE: [
        "1e400",
        "1e-400",
        "0e400",
        "nan",
        "NaN",
        "+inf",
        "infinity",
        "-Infinity",
        " 1 ",
        "1.",
        "1f",
        "infinit",
        "1e5 ",
        "0.1",
    ],
    BOOLEAN: [
        "t",
        "tr",
        "TRUE",
        "y",
        "ye",
        "yes",
        "on",
        "o",
        "of",
        "off",
        "f",
        "fal",
        "n",
        "no",
        "0",
        "1",
        " 1 ",
        "2",
        "",
        "00",
    ],
    DATE: [
        "2024-1-5",
        "20240105",
        "2024/1/5",
        "2024-02-30",
        "10000-01-01",
        "99-01-01",
        "099-01-01",
        "0000-01-01",
        "2024-01",
        "2024-13-01",
        "2024-01-05Z",
        "2024-01-05 00:00:00",
        "2024-01-05 25:00",
    ],
    TIMESTAMP: [
        "2024-01-05",
        "2024-01-05 10:00",
        "2024-01-05t10:00",
        "2024-01-05 1:2:3",
        "2024-01-05 10:00:00.5",
        "2024-01-05 24:00:00",
        "2024-01-05 24:00:01",
        "2024-01-05 23:59:60",
        "2024-01-05 23:59:61",
        "2024-01-05 10:00Z",
        "2024-01-05 10:00:00 UTC",
        "2024-01-05 10:60",
        "2024-01-05 10:00:00.",
        "2024-01-05  10:00:00",
        "x",
    ],
}


def test_text_is_read_as_postgresql_reads_it(postgres_uri: str) -> None:
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        for type, texts in TEXTS.items():
            name = "DOUBLE PRECISION" if type == DOUBLE else str(type)
            ours = [from_arrow(pa.array([text]), type) for text in texts]
            for text, converted in zip(texts, ours, strict=True):
                query = f"SELECT CAST(%s::text AS {name})::text"
                try:
                    row = connection.execute(query, [text]).fetchone()
                except psycopg.Error:
                    assert converted.failures, f"PostgreSQL refuses {text!r} for {type}"
                    continue
                assert row is not None
                assert not converted.failures, f"PostgreSQL takes {text!r} for {type}"
                theirs = from_arrow(pa.array(row), type)
                assert np.array_equal(converted.values, theirs.values, equal_nan=type == DOUBLE)
