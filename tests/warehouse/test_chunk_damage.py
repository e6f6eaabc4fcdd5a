"""No damage to a chunk goes unnoticed, and no bytes made to harm are believed."""

from __future__ import annotations

import contextlib
import dataclasses
import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.chunks.encoded import EncodedColumn
from coldb_warehouse.chunks.layout import FormKind, pack_header, unpack_header
from coldb_warehouse.domain import Rows
from coldb_warehouse.encodings import ENCODINGS
from coldb_warehouse.errors import CorruptionError
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR, decimal
from hypothesis import given
from hypothesis import strategies as st

from .columns import Column, columns, data_of, values_of

if TYPE_CHECKING:
    from coldb_warehouse.encodings import Encoding

FORCED = (None, *(encoding.name for encoding in ENCODINGS))
BATTERY = columns(40)
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


def _nested(encoding: int, payload: bytes) -> bytes:
    """Values within another encoding."""
    written = struct.pack("<B3xI", encoding, len(payload)) + payload
    return written.ljust(-(-len(written) // 8) * 8, b"\0")


def _runs(runs: int, *parts: bytes) -> bytes:
    return _with_payload(NUMBERS, 2, struct.pack("<I4x", runs) + b"".join(parts))


def _decimals(digits: int, width: int, exceptions: int, *parts: bytes) -> bytes:
    head = struct.pack("<BB2xI", digits, width, exceptions)
    return _with_payload(FLOATS, 8, head + b"".join(parts))


def _packed(reference: int, divisor: int, width: int, planes: bytes) -> bytes:
    return _with_payload(NUMBERS, 6, struct.pack("<QQB7x", reference, divisor, width) + planes)


def _no_text() -> pa.LargeStringArray:
    offsets, content = pa.py_buffer(np.array([0, 2])), pa.py_buffer(b"\xff\xfe")
    return pa.LargeStringArray.from_buffers(1, offsets, content)


FEW = Rows("few", 10)
NUMBERS = Column(INTEGER, Fixed(np.arange(64, dtype=np.int32) * 1000), None)
FLOATS = Column(DOUBLE, Fixed(np.arange(64) / 8), None)
WIDES = Column(decimal(38, 0), Fixed(np.arange(64).astype(object) + 2**70), None)
FLAGS = Column(BOOLEAN, Fixed(np.arange(64) % 2 == 0), None)
CODES = Column(BIGINT, Coded(np.zeros(64, np.uint8), FEW), None, FEW)
STRINGS = Column(VARCHAR, Text(pa.array(["ab"] * 64, pa.large_string())), None)
NONE, INTEGERS = _nested(5, b""), _nested(1, bytes(8))
HOSTILE = {
    "too many rows": (NUMBERS, _forged(NUMBERS, rows=2**62)),
    "more rows than blocks": (NUMBERS, _forged(NUMBERS, rows=2**24)),
    "rows beyond the limit": (NUMBERS, _forged(NUMBERS, rows=2**30, block_rows=2**31)),
    "a reference beyond the type": (NUMBERS, _forged(NUMBERS, reference=2**62)),
    "a reference below the type": (NUMBERS, _forged(NUMBERS, reference=-(2**62))),
    "values beyond the type": (NUMBERS, _forged(NUMBERS, reference=2**31 - 60_000)),
    "a reference of codes": (CODES, _forged(CODES, reference=1)),
    "no rows in a block": (NUMBERS, _forged(NUMBERS, block_rows=0)),
    "another form": (NUMBERS, _forged(NUMBERS, form=FormKind.CODED)),
    "floats for integers": (NUMBERS, _forged(NUMBERS, dtype=np.dtype("<f4"))),
    "unknown encoding": (NUMBERS, _with_payload(NUMBERS, 99, bytes(128))),
    "unknown compression": (NUMBERS, _with_payload(NUMBERS, 5, bytes(128), compression=9)),
    "a long run": (NUMBERS, _runs(1, _nested(5, struct.pack("<I", 2**31)), _nested(5, b"ab"))),
    "many runs": (NUMBERS, _runs(2**31, _nested(1, bytes(4)), _nested(1, bytes(2)))),
    "as many runs as rows, and one more": (
        NUMBERS,
        _runs(65, _nested(5, struct.pack("<65I", *[1] * 65)), _nested(1, b"ab")),
    ),
    "a run of no rows": (
        NUMBERS,
        _runs(2, _nested(5, struct.pack("<2I", 64, 0)), _nested(1, b"ab")),
    ),
    "runs that overflow": (
        NUMBERS,
        _runs(2, _nested(5, struct.pack("<2I", 2**32 - 1, 65)), _nested(1, b"ab")),
    ),
    "runs cut off": (NUMBERS, _with_payload(NUMBERS, 2, b"\1\0")),
    "runs without values": (NUMBERS, _runs(1, _nested(5, struct.pack("<I", 64)))),
    "something after the runs": (
        NUMBERS,
        _runs(1, _nested(5, struct.pack("<I", 64)), _nested(1, b"ab"), bytes(8)),
    ),
    "runs within runs": (NUMBERS, _runs(1, _nested(2, bytes(64)), _nested(1, b"ab"))),
    "a nested length beyond the end": (NUMBERS, _runs(1, struct.pack("<B3xI", 5, 2**31))),
    "too many bits": (NUMBERS, _packed(0, 1, 17, bytes(136))),
    "bits for other rows": (NUMBERS, _packed(0, 1, 8, bytes(72))),
    "no bits for the rows": (NUMBERS, _packed(0, 1, 8, b"")),
    "multiples of nothing": (NUMBERS, _packed(0, 0, 8, bytes(64))),
    "a head of bits cut off": (NUMBERS, _with_payload(NUMBERS, 6, bytes(23))),
    "differences cut off": (NUMBERS, _with_payload(NUMBERS, 7, bytes(4))),
    "differences for other rows": (
        NUMBERS,
        _with_payload(NUMBERS, 7, bytes(8) + struct.pack("<QQB7x", 0, 1, 8) + bytes(72)),
    ),
    "differences of one row": (
        Column(INTEGER, Fixed(np.zeros(1, np.int32)), None),
        _with_payload(
            Column(INTEGER, Fixed(np.zeros(1, np.int32)), None),
            7,
            bytes(8) + struct.pack("<QQB7x", 0, 1, 0),
        ),
    ),
    "a long constant": (NUMBERS, _with_payload(NUMBERS, 1, bytes(64 * 2))),
    "one plain value for all": (NUMBERS, _with_payload(NUMBERS, 5, bytes(2))),
    "a boolean of 2": (FLAGS, _with_payload(FLAGS, 5, b"\2" * 64)),
    "bits that make a boolean of 2": (
        FLAGS,
        _with_payload(FLAGS, 6, struct.pack("<QQB7x", 1, 1, 1) + b"\xff" * 8),
    ),
    "differences of booleans": (
        FLAGS,
        _with_payload(FLAGS, 7, bytes(8) + struct.pack("<QQB7x", 0, 1, 1) + bytes(8)),
    ),
    "decimals of many digits": (FLOATS, _decimals(16, 8, 0)),
    "decimals of odd bytes": (FLOATS, _decimals(2, 2, 0)),
    "more exceptions than rows": (FLOATS, _decimals(2, 8, 2**31)),
    "an exception outside of the rows": (
        FLOATS,
        _decimals(2, 8, 1, _nested(5, struct.pack("<I", 64)), _nested(1, bytes(8)), INTEGERS),
    ),
    "something after the decimals": (FLOATS, _decimals(2, 8, 0, NONE, NONE, INTEGERS, bytes(8))),
    "decimals cut off": (FLOATS, _decimals(2, 8, 0, NONE)),
    "decimals for integers": (NUMBERS, _with_payload(NUMBERS, 8, bytes(8))),
    "halves for integers": (NUMBERS, _with_payload(NUMBERS, 9, INTEGERS + INTEGERS)),
    "one half": (WIDES, _with_payload(WIDES, 9, INTEGERS)),
    "three halves": (WIDES, _with_payload(WIDES, 9, INTEGERS * 3)),
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


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_by_encoded_columns(name: str) -> None:
    """Or answered: what their statistics say needs no look at the values."""
    column, data = HOSTILE[name]
    tracemalloc.start()
    try:
        with contextlib.suppress(CorruptionError):
            encoded = EncodedColumn(data, column.type, column.domain, where="the chunk")
            for ask in (
                lambda: encoded.range_test(1, 60_000),
                lambda: encoded.member_test(np.zeros(10, np.bool_)),
                encoded.sum,
                lambda: encoded.take(np.arange(encoded.rows)),
            ):
                with contextlib.suppress(CorruptionError):
                    ask()
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_wrong_number_of_nulls_is_refused() -> None:
    column = BATTERY["BOOLEAN, some null"]
    header, _ = unpack_header(memoryview(data_of(column.encode(block_rows=64))), None)
    blocks = header.blocks.copy()
    blocks["nulls"] += 1
    with pytest.raises(CorruptionError, match="number of its nulls is wrong"):
        column.decode(_forged(column, blocks=blocks))


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
