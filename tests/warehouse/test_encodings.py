"""Every encoding on every shape of column: nothing is lost, and what is known of it is true."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.types import BIGINT, DOUBLE, INTEGER, REAL, SMALLINT, VARCHAR
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from .columns import Column, columns, data_of, float_key, values_of

FORCED = (None, *(encoding.name for encoding in ENCODINGS))
BATTERY = columns(40)


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", BATTERY)
def test_round_trip(name: str, force: str | None) -> None:
    column = BATTERY[name]
    encoded = column.encode(force=force)
    data = data_of(encoded)
    assert len(data) == encoded.nbytes
    chunk = column.decode(data, encoded.header_crc)
    assert chunk.rows == column.rows
    assert values_of(chunk.form, chunk.type, chunk.valid) == column.values()
    assert data_of(column.encode(force=force)) == data, "writing twice gives the same bytes"
    match chunk.form:
        case Fixed(stored=array) | Coded(codes=array):
            assert not array.flags.writeable
        case Text(strings=strings):
            nulls = [] if chunk.valid is None else np.flatnonzero(~chunk.valid).tolist()
            assert all(strings[row].as_py() == "" for row in nulls)


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 8])
@pytest.mark.parametrize("force", FORCED)
def test_round_trip_of_few_rows(rows: int, force: str | None) -> None:
    for name, column in columns(rows).items():
        encoded = column.encode(force=force)
        chunk = column.decode(data_of(encoded), encoded.header_crc)
        assert values_of(chunk.form, chunk.type, chunk.valid) == column.values(), name


# Statistics


@pytest.mark.parametrize("name", BATTERY)
def test_statistics_equal_brute_force(name: str) -> None:
    column = BATTERY[name]
    encoded = column.encode(block_rows=9)
    blocks = column.decode(data_of(encoded)).blocks
    values = _comparable(column)
    present = [value for value in values if value is not None]
    assert encoded.rows == 40
    assert encoded.nulls == values.count(None)
    assert blocks.rows.tolist() == [9, 9, 9, 9, 4]
    assert blocks.nulls.tolist() == [values[i : i + 9].count(None) for i in range(0, 40, 9)]
    has_bounds = not (isinstance(column.form, Text) or _is_wide(column))
    assert (blocks.low is not None) == (blocks.high is not None) == has_bounds
    if has_bounds:
        _check_bounds(column, values, blocks.low, blocks.high)
        assert _key(column, encoded.low) == _key(column, min(present, default=None))
        assert _key(column, encoded.high) == _key(column, max(present, default=None))
        assert encoded.distinct is not None
        assert abs(encoded.distinct - len(set(map(str, present)))) <= 2
    ascending = None not in values and all(a <= b for a, b in itertools.pairwise(values))
    assert encoded.is_sorted == ascending


def _is_wide(column: Column) -> bool:
    if not (isinstance(column.form, Fixed) and column.form.stored.dtype == object):
        return False
    return any(not -(2**63) <= value < 2**63 for value in column.values() if value is not None)


def _comparable(column: Column) -> list[Any]:
    """The values in an order that Python's `<` knows: floats as SQL orders them, text as bytes."""
    valid = [True] * column.rows if column.valid is None else column.valid.tolist()
    match column.form:
        case Fixed(stored=stored) if stored.dtype.kind == "f":
            values: list[Any] = [float_key(value) for value in stored.tolist()]
        case Text(strings=strings):
            values = [value.encode() for value in strings.to_pylist()]
        case _:
            values = [None if value is None else int(value) for value in column.values()]
    return [value if there else None for value, there in zip(values, valid, strict=True)]


def _key(column: Column, value: Any) -> Any:
    is_float = isinstance(column.form, Fixed) and column.form.stored.dtype.kind == "f"
    return float_key(value) if is_float and isinstance(value, float) else value


def _check_bounds(column: Column, values: list[Any], lows: Any, highs: Any) -> None:
    for block, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        present = [value for value in values[block * 9 : block * 9 + 9] if value is not None]
        if present:
            assert _key(column, low) == min(present)
            assert _key(column, high) == max(present)
        else:
            assert low > high


@pytest.mark.parametrize("distinct", [1, 30, 1000, 20_000, 90_000])
@pytest.mark.parametrize("spread", [1, 10**12 + 7])
def test_distinct_values_are_estimated_closely(distinct: int, spread: int) -> None:
    values = np.arange(100_000) % distinct * spread
    estimate = Column(BIGINT, Fixed(values), None).encode(block_rows=131_072).distinct
    assert estimate == pytest.approx(distinct, rel=0.01)


# Any values at all


@given(
    values=hnp.arrays(st.sampled_from([np.int16, np.int32, np.int64, np.float32, np.float64]), 30),
    valid=st.none() | hnp.arrays(np.bool_, 30),
    block_rows=st.integers(1, 31),
    force=st.sampled_from(FORCED),
)
def test_any_numbers_come_back(
    values: np.ndarray[Any, Any], valid: Any, block_rows: int, force: str | None
) -> None:
    types = {"int16": SMALLINT, "int32": INTEGER, "int64": BIGINT, "float32": REAL}
    column = Column(types.get(str(values.dtype), DOUBLE), Fixed(values), valid)
    chunk = column.decode(data_of(column.encode(block_rows, force)))
    assert values_of(chunk.form, chunk.type, chunk.valid) == column.values()


@given(
    texts=st.lists(st.text(max_size=20), max_size=30),
    block_rows=st.integers(1, 31),
    force=st.sampled_from(FORCED),
)
def test_any_text_comes_back(texts: list[str], block_rows: int, force: str | None) -> None:
    column = Column(VARCHAR, Text(pa.array(texts, pa.large_string())), None)
    chunk = column.decode(data_of(column.encode(block_rows, force)))
    assert values_of(chunk.form, chunk.type, chunk.valid) == texts


def test_the_chunk_in_the_format_description_is_what_is_written() -> None:
    """Pins every byte of the layout: a change that breaks old files fails here."""
    text = (Path(__file__).parents[2] / "FORMAT.md").read_text(encoding="utf-8")
    example = text.split("### A whole chunk")[1].split("```")[1].strip()
    described = bytes.fromhex("".join(line[6:53] for line in example.splitlines()))
    values, valid = np.array([1003, 1000, 0, 1250], np.int32), np.array([True, True, False, True])
    assert data_of(Column(INTEGER, Fixed(values), valid).encode(131_072)) == described
