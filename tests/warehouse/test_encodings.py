"""Every encoding on every shape of column: nothing is lost, and no damage goes unnoticed."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunk import Coded, Fixed, Text
from coldb_warehouse.chunk_layout import FormKind, pack_header, unpack_header
from coldb_warehouse.concatenate import concatenate_chunks
from coldb_warehouse.domain import Dictionary, Rows
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, REAL, SMALLINT, VARCHAR
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from .columns import Column, columns, data_of, float_key, values_of

if TYPE_CHECKING:
    from coldb_warehouse.encodings import Encoding

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


@pytest.mark.parametrize("name", BATTERY)
def test_parts_concatenate_to_the_whole(name: str) -> None:
    column = BATTERY[name]
    for cuts in ([0, 40], [0, 1, 40], [0, 9, 9, 23, 40], [0, 0, 40, 40]):
        parts = [column.part(a, b) for a, b in itertools.pairwise(cuts)]
        forced = [None, "plain", "run_length", None]
        chunks = [
            part.decode(data_of(part.encode(force=force)))
            for part, force in zip(parts, forced, strict=False)
        ]
        whole = concatenate_chunks(chunks)
        assert whole.rows == 40
        assert values_of(whole.form, whole.type, whole.valid) == column.values()
        assert whole.blocks.rows.sum() == 40
        assert whole.is_sorted == column.decode(data_of(column.encode())).is_sorted


def test_codes_and_strings_concatenate_to_strings() -> None:
    domain = Dictionary(pa.array(["b", "a"], pa.large_string()), False)
    valid = np.array([True, False, True])
    codes = np.array([1, 1, 0], np.uint8)
    coded = Column(VARCHAR, Coded(codes, domain), valid, domain)
    text = Column(VARCHAR, Text(pa.array(["zz"], pa.large_string())), None)
    whole = concatenate_chunks([it.decode(data_of(it.encode())) for it in (coded, text)])
    assert values_of(whole.form, VARCHAR, whole.valid) == ["a", None, "b", "zz"]
    assert isinstance(whole.form, Text)
    assert whole.form.strings[1].as_py() == ""
    assert whole.blocks.low is None


def test_codes_and_numbers_concatenate_to_numbers() -> None:
    domain = Dictionary(np.array([7, -5]), False)
    coded = Column(BIGINT, Coded(np.array([1, 0], np.uint8), domain), None, domain)
    numbers = Column(BIGINT, Fixed(np.array([10**12])), None)
    whole = concatenate_chunks([it.decode(data_of(it.encode())) for it in (coded, numbers)])
    assert values_of(whole.form, BIGINT, None) == [-5, 7, 10**12]
    assert whole.blocks.low is None, "some bounds are codes"


@pytest.mark.parametrize(("first", "second"), [([1, 2], [2, 3]), ([5, 6], [1, 2])])
def test_sorted_parts_are_not_always_a_sorted_whole(first: list[int], second: list[int]) -> None:
    parts = [Column(BIGINT, Fixed(np.array(part)), None) for part in (first, second)]
    chunks = [it.decode(data_of(it.encode())) for it in parts]
    assert all(chunk.is_sorted for chunk in chunks)
    assert concatenate_chunks(chunks).is_sorted == (first[-1] <= second[0])


def test_narrow_numbers_far_apart_concatenate_at_full_width() -> None:
    parts = [[0, 10], [2**62, 2**62 + 300], [-(2**63)]]
    columns_ = [Column(BIGINT, Fixed(np.array(part)), None) for part in parts]
    whole = concatenate_chunks([it.decode(data_of(it.encode())) for it in columns_])
    assert isinstance(whole.form, Fixed)
    assert whole.form.stored.dtype == np.int64
    assert values_of(whole.form, BIGINT, None) == [value for part in parts for value in part]


def test_numbers_of_different_frames_concatenate_narrowly() -> None:
    first = Column(BIGINT, Fixed(np.array([1000, 1200])), None)
    second = Column(BIGINT, Fixed(np.array([500, 1300])), None)
    whole = concatenate_chunks([it.decode(data_of(it.encode())) for it in (first, second)])
    assert isinstance(whole.form, Fixed)
    assert whole.form.stored.dtype == np.uint16
    assert values_of(whole.form, BIGINT, None) == [1000, 1200, 500, 1300]


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


# Damage


DAMAGED = ("INTEGER runs", "DOUBLE specials", "wide", "BOOLEAN, some null", "text words", "codes")


@pytest.mark.parametrize("force", FORCED)
@pytest.mark.parametrize("name", DAMAGED)
def test_every_flipped_byte_is_detected(name: str, force: str | None) -> None:
    column = BATTERY[name]
    data = bytearray(data_of(column.encode(force=force)))
    for position in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            data[position] ^= flip
            with pytest.raises(CorruptionError, match="the chunk is damaged"):
                column.decode(bytes(data))
            data[position] ^= flip


@pytest.mark.parametrize("name", DAMAGED)
def test_every_wrong_length_is_detected(name: str) -> None:
    column = BATTERY[name]
    data = data_of(column.encode())
    for length in range(len(data)):
        with pytest.raises(CorruptionError):
            column.decode(data[:length])
    with pytest.raises(CorruptionError):
        column.decode(data + b"\0")


def test_a_chunk_in_the_place_of_another_is_detected() -> None:
    one, other = (Column(INTEGER, Fixed(np.array([n], np.int32)), None) for n in (1, 2))
    with pytest.raises(CorruptionError, match="not the chunk that the manifest lists"):
        one.decode(data_of(one.encode()), other.encode().header_crc)
    text = BATTERY["text words"]
    narrow, wide, codes = BATTERY["BIGINT narrow"], BATTERY["BIGINT random"], BATTERY["codes"]
    floats, shorts = BATTERY["DOUBLE random"], BATTERY["SMALLINT random"]
    for reader, written in (
        (text, narrow),
        (narrow, text),
        (text, codes),
        (codes, text),
        (narrow, codes),
        (codes, narrow),
        (floats, narrow),
        (floats, wide),
        (shorts, BATTERY["INTEGER sorted"]),
        (shorts, wide),
        (wide, BATTERY["wide"]),
    ):
        with pytest.raises(CorruptionError, match="is expected"):
            reader.decode(data_of(written.encode()))


def test_the_message_is_one_line_that_says_what_to_do() -> None:
    with pytest.raises(CorruptionError) as caught:
        BATTERY["codes"].decode(b"junk")
    assert str(caught.value) == (
        "the chunk is damaged: its header is cut off; "
        "restore the file from a copy, or load its data again"
    )


# Bytes that were made to harm: checksums are right, contents are not


def _forged(column: Column, **changes: Any) -> bytes:
    """The bytes of a chunk whose header says something else, with a checksum that fits."""
    data = memoryview(data_of(column.encode(block_rows=64)))
    header, end = unpack_header(data, None)
    forged = dataclasses.replace(header, **changes)
    return pack_header(forged)[0] + bytes(data[end:])


def _with_payload(column: Column, encoding: int, payload: bytes, **changes: Any) -> bytes:
    """A chunk of one block whose values are that payload, by that encoding."""
    header, _ = unpack_header(memoryview(data_of(column.encode(block_rows=64))), None)
    parts = header.parts.copy()
    parts["encoding"], parts["crc"] = encoding, zlib.crc32(payload)
    parts["bytes"] = parts["raw"] = len(payload)
    for field, value in changes.items():
        parts[field] = value
    return pack_header(dataclasses.replace(header, parts=parts))[0] + payload


def _no_text() -> pa.LargeStringArray:
    offsets, content = pa.py_buffer(np.array([0, 2])), pa.py_buffer(b"\xff\xfe")
    return pa.LargeStringArray.from_buffers(1, offsets, content)


FEW = Rows("few", 10)
NUMBERS = Column(INTEGER, Fixed(np.arange(64, dtype=np.int32) * 1000), None)
FLAGS = Column(BOOLEAN, Fixed(np.arange(64) % 2 == 0), None)
CODES = Column(BIGINT, Coded(np.zeros(64, np.uint8), FEW), None, FEW)
STRINGS = Column(VARCHAR, Text(pa.array(["ab"] * 64, pa.large_string())), None)
HOSTILE = {
    "too many rows": (NUMBERS, _forged(NUMBERS, rows=2**62)),
    "more rows than blocks": (NUMBERS, _forged(NUMBERS, rows=2**24)),
    "rows beyond the limit": (NUMBERS, _forged(NUMBERS, rows=2**30, block_rows=2**31)),
    "a reference beyond the type": (NUMBERS, _forged(NUMBERS, reference=2**62)),
    "values beyond the type": (NUMBERS, _forged(NUMBERS, reference=2**31 - 60_000)),
    "a reference of codes": (CODES, _forged(CODES, reference=1)),
    "no rows in a block": (NUMBERS, _forged(NUMBERS, block_rows=0)),
    "another form": (NUMBERS, _forged(NUMBERS, form=FormKind.CODED)),
    "floats for integers": (NUMBERS, _forged(NUMBERS, dtype=np.dtype("<f4"))),
    "unknown encoding": (NUMBERS, _with_payload(NUMBERS, 99, bytes(128))),
    "unknown compression": (NUMBERS, _with_payload(NUMBERS, 5, bytes(128), compression=9)),
    "a long run": (NUMBERS, _with_payload(NUMBERS, 2, struct.pack("<IB3xIH", 1, 4, 2**31, 7))),
    "many runs": (NUMBERS, _with_payload(NUMBERS, 2, struct.pack("<IB3x", 2**31, 4) + bytes(64))),
    "runs of no width": (NUMBERS, _with_payload(NUMBERS, 2, struct.pack("<IB3x", 1, 0) + bytes(2))),
    "runs cut off": (NUMBERS, _with_payload(NUMBERS, 2, b"\1\0")),
    "runs that overflow": (
        NUMBERS,
        _with_payload(NUMBERS, 2, struct.pack("<IB3x2I2H", 2, 4, 2**32 - 1, 65, 1, 2)),
    ),
    "odd distances": (NUMBERS, _with_payload(NUMBERS, 3, struct.pack("<QB7x", 0, 3) + bytes(192))),
    "few distances": (NUMBERS, _with_payload(NUMBERS, 3, struct.pack("<QB7x", 0, 2) + bytes(2))),
    "bits for integers": (NUMBERS, _with_payload(NUMBERS, 4, bytes(8))),
    "a long constant": (NUMBERS, _with_payload(NUMBERS, 1, bytes(64 * 2))),
    "one plain value for all": (NUMBERS, _with_payload(NUMBERS, 5, bytes(2))),
    "a boolean of 2": (FLAGS, _with_payload(FLAGS, 5, b"\2" * 64)),
    "distances for booleans": (
        FLAGS,
        _with_payload(FLAGS, 3, struct.pack("<QB7x", 0, 1) + bytes(64)),
    ),
    "a bomb": (STRINGS, _with_payload(STRINGS, 5, bytes(80), compression=1, raw=2**40)),
    "no zstd": (NUMBERS, _with_payload(NUMBERS, 5, bytes(80), compression=1, raw=128)),
    "a code beyond the domain": (
        Column(BIGINT, Coded(np.arange(4, dtype=np.uint8), FEW), None, FEW),
        data_of(Column(BIGINT, Coded(np.arange(11, dtype=np.uint8), FEW), None, FEW).encode()),
    ),
    "bytes that are no text": (
        STRINGS,
        data_of(Column(VARCHAR, Text(_no_text()), None).encode(force="plain")),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_before_much_is_allocated(name: str) -> None:
    column, data = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(CorruptionError):
            column.decode(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_compressed_bomb_is_refused_before_it_is_decompressed() -> None:
    packed = bytes(pa.Codec("zstd").compress(bytes(1 << 24)))
    assert len(packed) < 1 << 12
    bomb = _with_payload(NUMBERS, 5, packed, compression=1, raw=1 << 24)
    with pytest.raises(CorruptionError, match=f"{len(packed)} bytes claim to hold {1 << 24}"):
        NUMBERS.decode(bomb)


def test_string_lengths_that_do_not_match_the_bytes_are_refused() -> None:
    header, end = unpack_header(memoryview(data_of(STRINGS.encode(force="plain"))), None)
    body = bytearray(data_of(STRINGS.encode(force="plain"))[end:])
    body[0] = 255
    parts = header.parts.copy()
    parts["crc"][0, 0] = zlib.crc32(bytes(body[: int(parts["bytes"][0, 0])]))
    data = pack_header(dataclasses.replace(header, parts=parts))[0] + bytes(body)
    with pytest.raises(CorruptionError, match="not as long as its bytes"):
        STRINGS.decode(data)


def test_codes_of_nothing_but_nulls_need_no_domain() -> None:
    nothing = Rows("empty", 0)
    column = Column(
        BIGINT, Coded(np.array([9, 9], np.uint32), nothing), np.zeros(2, np.bool_), nothing
    )
    chunk = column.decode(data_of(column.encode()))
    assert values_of(chunk.form, chunk.type, chunk.valid) == [None, None]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.name)
@given(payload=st.binary(max_size=80), rows=st.integers(0, 20), dtype=st.sampled_from("?BHIQhilfd"))
def test_decoding_random_bytes_gives_values_or_a_refusal(
    encoding: Encoding, payload: bytes, rows: int, dtype: str
) -> None:
    out = np.zeros(rows, dtype)
    with contextlib.suppress(ValueError):
        encoding.decode(memoryview(payload), out)


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
