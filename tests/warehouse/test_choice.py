"""Which encoding a column gets, how many bytes it takes, and when reading it copies nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.domain import Rows
from coldb_warehouse.encodings import ENCODINGS, encoding_named, shape_of
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, VARCHAR, decimal

from .columns import Column, columns, data_of

ROWS = 4096
BLOCK = 1024
RNG = np.random.default_rng(7)
CUSTOMERS = Rows("customer", 30_000)
WORDS = pa.array([f"word {i % 50}" for i in range(ROWS)], pa.large_string())
NOISE = pa.array([RNG.bytes(20).hex() for _ in range(ROWS)], pa.large_string())


def _integers(values: np.ndarray) -> Column:
    return Column(BIGINT, Fixed(values.astype(np.int64)), None)


EXPECTED = {
    "a default": (_integers(np.full(ROWS, 5)), {"constant"}),
    "a sorted key with repeats": (_integers(np.arange(ROWS) // 100), {"run_length"}),
    "a key": (_integers(RNG.permutation(ROWS) + 10**12), {"plain"}),
    "sorted, blocks far apart": (
        _integers(np.arange(ROWS) % 200 + np.arange(ROWS) // BLOCK * 10**6),
        {"frame_of_reference"},
    ),
    "one busy block": (
        _integers(np.where(np.arange(ROWS) < BLOCK, RNG.integers(0, 200, ROWS), 7)),
        {"constant", "plain"},
    ),
    "flags": (Column(BOOLEAN, Fixed(RNG.random(ROWS) < 0.5), None), {"bits"}),
    "numbers": (Column(DOUBLE, Fixed(RNG.random(ROWS)), None), {"plain"}),
    "an empty column": (_integers(np.zeros(0)), set()),
    "nothing but nulls": (
        Column(DATE, Fixed(np.arange(ROWS, dtype=np.int32)), np.zeros(ROWS, np.bool_)),
        {"constant"},
    ),
    "text that repeats": (Column(VARCHAR, Text(WORDS), None), {"plain", "run_length", "zstd"}),
    "text that does not": (Column(VARCHAR, Text(NOISE), None), {"constant", "plain", "zstd"}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_choice(name: str) -> None:
    column, encodings = EXPECTED[name]
    assert set(column.encode(BLOCK).encodings) == encodings


@pytest.mark.parametrize(
    ("column", "bytes_a_row"),
    [
        (_integers(RNG.integers(0, 200, ROWS)), 1),
        (_integers(RNG.integers(-(10**12), -(10**12) + 50_000, ROWS)), 2),
        (_integers(RNG.integers(0, 2**31, ROWS)), 4),
        (_integers(RNG.integers(0, 2**62, ROWS)), 8),
        (Column(decimal(12, 2), Fixed(RNG.integers(0, 60_000, ROWS)), None), 2),
        (Column(BIGINT, Coded(RNG.integers(0, 30_000, ROWS, np.uint32), CUSTOMERS), None), 2),
        (Column(BOOLEAN, Fixed(RNG.random(ROWS) < 0.5), None), 1 / 8),
    ],
)
def test_bytes_a_row(column: Column, bytes_a_row: float) -> None:
    assert column.encode(BLOCK).nbytes == pytest.approx(ROWS * bytes_a_row, abs=300)


def test_sorted_columns_cost_almost_nothing() -> None:
    column = _integers(np.sort(RNG.integers(0, 50, ROWS)))
    assert column.encode(BLOCK).nbytes < 1000


@pytest.mark.parametrize(
    ("low", "high", "dtype", "reference"),
    [
        (0, 255, np.uint8, 0),
        (0, 256, np.uint16, 0),
        (1, 256, np.uint8, 1),
        (3, 200, np.uint8, 0),
        (-1, 254, np.uint8, -1),
        (-(2**63), -(2**63) + 65_535, np.uint16, -(2**63)),
        (2**63 - 256, 2**63 - 1, np.uint8, 2**63 - 256),
        (0, 2**32 - 1, np.uint32, 0),
        (0, 2**32, np.int64, 0),
        (-(2**63), 2**63 - 1, np.int64, 0),
    ],
)
def test_narrowing(low: int, high: int, dtype: type, reference: int) -> None:
    column = _integers(np.array([low, high]))
    chunk = column.decode(data_of(column.encode()))
    assert isinstance(chunk.form, Fixed)
    assert chunk.form.stored.dtype == dtype
    assert chunk.form.reference == reference
    assert [int(value) + reference for value in chunk.form.stored] == [low, high]


@pytest.mark.parametrize("name", ["a key", "numbers"])
def test_plain_chunks_are_read_without_a_copy(name: str) -> None:
    column, _ = EXPECTED[name]
    data = np.frombuffer(data_of(column.encode(BLOCK)), np.uint8)
    chunk = column.decode(memoryview(data))
    assert isinstance(chunk.form, Fixed)
    assert np.shares_memory(chunk.form.stored, data)


def test_a_small_gain_is_left_for_reading_without_a_copy() -> None:
    """One block of sixteen would shrink, but then all sixteen would have to be copied."""
    values = RNG.integers(0, 60_000, 16 * BLOCK)
    values[:BLOCK] = 5
    assert _integers(values[: 8 * BLOCK]).encode(BLOCK).encodings == ("constant", "plain")
    assert _integers(values).encode(BLOCK).encodings == ("plain",)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.name)
def test_estimates_are_never_too_small_and_near_for_long_blocks(encoding) -> None:
    for name, column in columns(500).items():
        if not isinstance(column.form, Fixed) or column.form.stored.dtype == object:
            continue
        shape = shape_of(column.form.stored)
        estimate = encoding.estimate_bytes(shape)
        if estimate is not None:
            actual = encoding.encode(column.form.stored).nbytes
            assert actual <= estimate <= 4 * actual + 16, name


@pytest.mark.parametrize("name", [encoding.name for encoding in ENCODINGS])
def test_a_forced_encoding_is_used_where_it_can_be(name: str) -> None:
    able = {
        "constant": _integers(np.full(ROWS, 5)),
        "bits": Column(BOOLEAN, Fixed(RNG.random(ROWS) < 0.5), None),
    }.get(name, _integers(RNG.integers(0, 2**62, ROWS)))
    assert able.encode(BLOCK, name).encodings == (name,)
    unable = Column(DOUBLE, Fixed(RNG.random(ROWS)), None)
    expected = name if name in ("plain", "run_length") else "plain"
    assert unable.encode(BLOCK, name).encodings == (expected,)


def test_plain_by_force_keeps_the_width_of_the_type() -> None:
    column = Column(INTEGER, Fixed(np.arange(5, dtype=np.int32)), None)
    chunk = column.decode(data_of(column.encode(force="plain")))
    assert isinstance(chunk.form, Fixed)
    assert chunk.form.stored.dtype == np.int32


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(CatalogError, match='no encoding "zip"; there are bits, constant, frame'):
        encoding_named("zip")


def test_numbers_on_disk_are_those_of_the_format() -> None:
    """Files in the world hold these numbers: an entry may be added, never changed."""
    numbers = {encoding.name: encoding.id for encoding in ENCODINGS}
    assert numbers == {
        "constant": 1,
        "run_length": 2,
        "frame_of_reference": 3,
        "bits": 4,
        "plain": 5,
    }


def test_text_that_would_look_like_a_bomb_is_not_compressed() -> None:
    column = Column(VARCHAR, Text(pa.array(["x" * 10_000] * 64, pa.large_string())), None)
    encoded = column.encode(BLOCK)
    assert "zstd" not in encoded.encodings
    assert column.decode(data_of(encoded)).form.strings.equals(column.form.strings)


def test_text_is_compressed_where_that_gains() -> None:
    repeating, random = Column(VARCHAR, Text(WORDS), None), Column(VARCHAR, Text(NOISE), None)
    assert repeating.encode(BLOCK).nbytes < repeating.encode(BLOCK, "plain").nbytes / 4
    letters = pa.array([RNG.bytes(40).decode("latin-1") for _ in range(ROWS)], pa.large_string())
    assert "zstd" not in Column(VARCHAR, Text(letters), None).encode(BLOCK).encodings
    assert random.encode(BLOCK).nbytes < random.encode(BLOCK, "plain").nbytes
