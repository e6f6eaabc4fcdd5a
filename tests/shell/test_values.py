"""Values as text: whole columns at a time give what CAST gives for each value."""

from __future__ import annotations

import pyarrow as pa
import pytest
from coldb.shell.formats.text import as_text
from coldb.shell.formats.values import texts_of
from hypothesis import given
from hypothesis import strategies as st

import coldb

DAYS = st.integers(-2_000_000, 5_000_000)
COLUMNS = st.one_of(
    st.lists(st.none() | st.floats()).map(lambda values: pa.array(values, pa.float64())),
    st.lists(st.none() | st.floats(width=32)).map(lambda values: pa.array(values, pa.float32())),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | DAYS).map(lambda values: pa.array(values, pa.int32()).view(pa.date32())),
    st.lists(st.none() | st.integers(-(2**60), 2**60)).map(
        lambda values: pa.array(values, pa.int64()).view(pa.timestamp("us"))
    ),
    st.lists(st.none() | st.decimals(-(10**20), 10**20, places=9)).map(
        lambda values: pa.array(values, pa.decimal128(38, 9))
    ),
    st.lists(st.none() | st.booleans()).map(lambda values: pa.array(values, pa.bool_())),
    st.lists(st.none() | st.text()).map(lambda values: pa.array(values, pa.large_string())),
)


@given(COLUMNS)
def test_a_column_at_a_time_is_the_same_as_a_value_at_a_time(column: pa.Array) -> None:
    assert as_text(column).to_pylist() == texts_of(column)


@pytest.mark.parametrize(
    "expression",
    [
        "1.5e300::double precision",
        "1e15::double precision",
        "0.00001::double precision",
        "'-Infinity'::double precision",
        "0.1::real",
        "16777216::real",
        "0.0000001::decimal(10, 7)",
        "DATE '0001-01-01' - 400",
        "DATE '9999-12-31' + 1",
        "TIMESTAMP '2024-01-31 10:00:00.5'",
        "TIMESTAMP '2024-01-31 00:00:00'",
        "TRUE",
        "INTERVAL '14 months -3 days 1 hour'",
    ],
)
def test_the_shell_writes_what_cast_writes(expression: str) -> None:
    with coldb.connect(":memory:") as connection:
        result = connection.execute(
            f"SELECT {expression} AS a, CAST({expression} AS VARCHAR)"
        ).arrow()
    shown, cast = result.columns
    assert texts_of(shown.combine_chunks()) == cast.to_pylist()
    assert as_text(shown.combine_chunks()).to_pylist() == cast.to_pylist()
