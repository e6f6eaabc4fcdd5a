"""What an encoded column answers is what the decoded one answers, and no more bytes are read for it."""

from __future__ import annotations

import dataclasses
import itertools
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed
from coldb_warehouse.chunks.encoded import EncodedColumn
from coldb_warehouse.chunks.layout import pack_header, unpack_header
from coldb_warehouse.domain import Rows
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import BIGINT, BOOLEAN
from hypothesis import given
from hypothesis import strategies as st

from .columns import Column, columns, data_of

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Chunk

FORCED = (None, *(encoding.name for encoding in ENCODINGS))
BATTERY = columns(40)
CODES = Rows("table", 300)


def _opened(column: Column, block_rows: int = 7, force: str | None = None) -> EncodedColumn:
    encoded = column.encode(block_rows, force)
    return EncodedColumn(
        data_of(encoded), column.type, column.domain, where="x", header_crc=encoded.header_crc
    )


def _decoded(column: Column, block_rows: int = 7, force: str | None = None) -> Chunk:
    return column.decode(data_of(column.encode(block_rows, force)))


def _values(column: Column) -> list[Any] | None:
    """Integers, None where null; None of columns that are no integers."""
    match column.form:
        case Fixed(stored=stored) if stored.dtype.kind == "f":
            return None
        case Fixed() | Coded():
            return column.values()
        case _:
            return None


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", BATTERY)
def test_ranges(name: str, force: str | None) -> None:
    column = BATTERY[name]
    values, encoded = _values(column), _opened(column, force=force)
    present = sorted({value for value in values or () if value is not None})
    some = [None, *present[1:2], *present[len(present) // 2 :][:1]]
    for low, high in [*itertools.product(some, some), (-(10**30), 5), (5, 10**30)]:
        found = encoded.range_test(low, high)
        if values is None:
            assert found is None
        elif found is not None:
            assert found.tolist() == [
                v is not None and (low is None or v >= low) and (high is None or v <= high)
                for v in values
            ]


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", BATTERY)
def test_sums(name: str, force: str | None) -> None:
    column = BATTERY[name]
    total = _opened(column, force=force).sum()
    if total is not None:
        values = _values(column)
        assert isinstance(column.form, Fixed)
        assert values is not None
        assert total == sum(values)


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", BATTERY)
def test_taken_rows(name: str, force: str | None) -> None:
    column = BATTERY[name]
    form = _decoded(column, force=force).form
    for rows in ([], [0], [39], [3, 3, 20], list(range(40))):
        taken = _opened(column, force=force).take(np.array(rows, np.int64))
        if taken is None:
            continue
        assert isinstance(form, Fixed | Coded)
        stored = form.stored if isinstance(form, Fixed) else form.codes
        assert taken.dtype == stored.dtype
        assert taken.tobytes() == stored[rows].tobytes()


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", [name for name, c in BATTERY.items() if c.domain is not None])
def test_members(name: str, force: str | None) -> None:
    column = BATTERY[name]
    assert column.domain is not None
    table = np.arange(column.domain.size) % 3 == 0
    found = _opened(column, force=force).member_test(table)
    if found is not None:
        assert found.tolist() == [code is not None and code % 3 == 0 for code in column.values()]


def test_rows_that_there_are_not() -> None:
    for rows in ([-1, 3], [3, 40]):
        with pytest.raises(IndexError):
            _opened(BATTERY["INTEGER random"]).take(np.array(rows))


def test_runs_and_constants_are_asked_by_the_run() -> None:
    for force in ("run_length", "constant"):
        encoded = _opened(BATTERY["INTEGER constant"], force=force)
        assert encoded.sum() == 77 * 40
        assert encoded.range_test(70, 80).all()
        assert encoded.take(np.arange(40)) is not None
    codes = Column(BIGINT, Coded(np.repeat(np.arange(8, dtype=np.uint8), 5), CODES), None, CODES)
    assert _opened(codes, 20, "run_length").member_test(np.arange(300) < 4).sum() == 20


def test_what_would_have_to_be_decoded_is_refused() -> None:
    random = BATTERY["INTEGER random"]
    assert _opened(random, force="bit_packing").sum() is None
    assert _opened(random, force="bit_packing").range_test(0, 1) is None
    assert _opened(BATTERY["codes"]).member_test(np.ones(100_000, np.bool_)) is None


@given(
    values=st.lists(st.sampled_from([-(2**63), -5, 0, 3, 2**62, 2**63 - 1]), min_size=1),
    block_rows=st.integers(1, 20),
)
def test_sums_do_not_overflow(values: list[int], block_rows: int) -> None:
    column = Column(BIGINT, Fixed(np.array(values, np.int64)), None)
    assert _opened(column, block_rows, "run_length").sum() == sum(values)


def test_only_the_blocks_that_are_needed_are_read() -> None:
    column = Column(BIGINT, Fixed(np.repeat(np.arange(40) * 1000, 100)), None)
    encoded = _opened(column, 1000, "run_length")
    header = encoded.nbytes
    assert encoded.range_test(0, 9_000).sum() == 1000
    assert encoded.nbytes == header, "the statistics of the blocks decide"
    assert encoded.range_test(500, 9_500).sum() == 900
    one_block = encoded.nbytes - header
    assert one_block > 0
    encoded.take(np.array([2001, 2002]))
    assert encoded.nbytes <= header + 2 * one_block


@pytest.mark.parametrize("name", ["INTEGER runs", "sorted codes"])
def test_damage_is_found_when_it_is_read(name: str) -> None:
    column = BATTERY[name]
    data = bytearray(data_of(column.encode(force="run_length")))
    data[-1] ^= 1
    encoded = EncodedColumn(bytes(data), column.type, column.domain, where="the chunk")
    with pytest.raises(CorruptionError, match="the chunk is damaged: the checksum of block 5"):
        encoded.take(np.arange(40))


def test_codes_outside_of_their_domain_are_refused() -> None:
    codes = np.repeat(np.array([1, 299], np.uint32), 10)
    data = data_of(Column(BIGINT, Coded(codes, CODES), None, CODES).encode(20, "run_length"))
    encoded = EncodedColumn(data, BIGINT, Rows("table", 299), where="the chunk")
    with pytest.raises(CorruptionError, match="a code is outside of the domain"):
        encoded.member_test(np.ones(299, np.bool_))


def test_booleans_that_are_none_are_refused() -> None:
    flags = Column(BOOLEAN, Fixed(np.array([False, True] * 8)), None)
    header, end = unpack_header(memoryview(data_of(flags.encode(16, "plain"))), None)
    parts, body = header.parts.copy(), bytes([2]) * 16
    parts["crc"] = zlib.crc32(body)
    data = pack_header(dataclasses.replace(header, parts=parts))[0] + body
    assert len(data) == end + 16
    with pytest.raises(CorruptionError, match="neither true nor false"):
        EncodedColumn(data, BOOLEAN, None, where="the chunk").take(np.arange(16))
