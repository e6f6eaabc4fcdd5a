"""Which encoding a column gets, how many bytes it takes, and when reading it copies nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.domain import Rows
from coldb_warehouse.encodings import ENCODINGS, encoding_named, shape_of
from coldb_warehouse.errors import CatalogError
from coldb_warehouse.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, REAL, VARCHAR, decimal

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
    "a key": (_integers(RNG.permutation(ROWS) + 10**12), {"bit_packing"}),
    "a key of all bits": (_integers(RNG.integers(0, 2**62, ROWS)), {"plain"}),
    "a sequence": (_integers(np.arange(ROWS) * 3 + 10**12), {"delta"}),
    "a sorted key": (_integers(np.sort(RNG.integers(0, 2**40, ROWS))), {"delta"}),
    "full prices": (_integers(RNG.integers(0, 50, ROWS) * 9_900), {"bit_packing"}),
    "blocks far apart": (
        _integers(RNG.integers(0, 200, ROWS) + np.arange(ROWS) // BLOCK * 10**6),
        {"bit_packing"},
    ),
    "one busy block": (
        _integers(np.where(np.arange(ROWS) < BLOCK, RNG.integers(0, 200, ROWS), 7)),
        {"constant", "plain"},
    ),
    "flags": (Column(BOOLEAN, Fixed(RNG.random(ROWS) < 0.5), None), {"bit_packing"}),
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
    ("column", "bits_a_row"),
    [
        (_integers(RNG.integers(0, 200, ROWS)), 8),
        (_integers(RNG.integers(0, 11, ROWS)), 4),
        (_integers(RNG.integers(0, 11, ROWS) * 100 - 500), 4),
        (_integers(RNG.integers(-(10**12), -(10**12) + 200_000, ROWS)), 18),
        (_integers(RNG.integers(0, 2**24, ROWS)), 24),
        (_integers(RNG.integers(0, 2**41, ROWS)), 41),
        (_integers(RNG.integers(0, 2**63, ROWS)), 64),
        (_integers(np.arange(ROWS) * 1000), 0),
        (_integers(np.cumsum(RNG.integers(0, 32, ROWS))), 5),
        (_integers(np.repeat(RNG.permutation(ROWS // 4), 4)), 10 / 4),
        (Column(decimal(12, 2), Fixed(RNG.integers(0, 60_000, ROWS)), None), 16),
        (Column(BIGINT, Coded(RNG.integers(0, 8_000, ROWS, np.uint32), CUSTOMERS), None), 13),
        (Column(BOOLEAN, Fixed(RNG.random(ROWS) < 0.5), None), 1),
        (Column(DOUBLE, Fixed(RNG.integers(0, 2000, ROWS) / 100), None), 11),
        (Column(REAL, Fixed((RNG.integers(0, 1000, ROWS) / 10).astype(np.float32)), None), 10),
        (Column(DOUBLE, Fixed(np.where(RNG.random(ROWS) < 0.02, np.nan, 0.25)), None), 2.5),
        (Column(DOUBLE, Fixed(RNG.random(ROWS)), None), 64),
        (Column(decimal(38, 0), Fixed(RNG.integers(0, 99, ROWS).astype(object) + 2**80), None), 7),
    ],
)
def test_bits_a_row(column: Column, bits_a_row: float) -> None:
    assert column.encode(BLOCK).nbytes == pytest.approx(ROWS * bits_a_row / 8, abs=700)


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


@pytest.mark.parametrize("name", ["a key of all bits", "numbers"])
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
    assert _integers(values[: 8 * BLOCK]).encode(BLOCK).encodings == ("plain", "constant")
    assert _integers(values).encode(BLOCK).encodings == ("plain",)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.name)
def test_estimates_are_never_too_small_and_near_for_long_blocks(encoding) -> None:
    for name, column in columns(500).items():
        if not isinstance(column.form, Fixed) or column.form.stored.dtype == object:
            continue
        shape = shape_of(column.form.stored)
        estimate = encoding.estimate_bytes(shape)
        if estimate is not None:
            actual = encoding.encode(column.form.stored, shape).nbytes
            assert actual <= estimate <= 4 * actual + 32, name


@pytest.mark.parametrize("name", [encoding.name for encoding in ENCODINGS])
def test_a_forced_encoding_is_used_where_it_can_be(name: str) -> None:
    able = {
        "constant": _integers(np.full(ROWS, 5)),
        "delta": _integers(np.arange(ROWS)),
        "decimals": Column(DOUBLE, Fixed(np.arange(ROWS) / 100), None),
        "halves": Column(decimal(38, 0), Fixed(np.arange(ROWS).astype(object) + 10**20), None),
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
    with pytest.raises(CatalogError, match='no encoding "zip"; there are bit_packing, constant'):
        encoding_named("zip")


def test_numbers_on_disk_are_those_of_the_format() -> None:
    """Files in the world hold these numbers: an entry may be added, never changed."""
    numbers = {encoding.name: encoding.id for encoding in ENCODINGS}
    assert numbers == {
        "constant": 1,
        "run_length": 2,
        "plain": 5,
        "bit_packing": 6,
        "delta": 7,
        "decimals": 8,
        "halves": 9,
    }


def test_text_that_would_look_like_a_bomb_is_not_compressed() -> None:
    column = Column(VARCHAR, Text(pa.array(["x" * 10_000] * 64, pa.large_string())), None)
    encoded = column.encode(BLOCK)
    assert "zstd" not in encoded.encodings
    assert column.decode(data_of(encoded)).form.strings.equals(column.form.strings)


def test_text_is_compressed_where_that_gains() -> None:
    repeating, random = Column(VARCHAR, Text(WORDS), None), Column(VARCHAR, Text(NOISE), None)
    assert repeating.encode(BLOCK).nbytes < repeating.encode(BLOCK, "plain").nbytes / 4
    letters = pa.array(RNG.integers(32, 127, (ROWS, 40), np.uint8).view("S40")[:, 0].astype(str))
    assert (
        "zstd"
        not in Column(VARCHAR, Text(letters.cast(pa.large_string())), None).encode(BLOCK).encodings
    )
    assert random.encode(BLOCK).nbytes < random.encode(BLOCK, "plain").nbytes
