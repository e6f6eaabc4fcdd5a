"""Arrow values become values of a type exactly, or are named as what they are not."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.convert import from_arrow, to_arrow
from coldb_warehouse.errors import ConversionError
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Kind,
    Type,
    decimal,
)
from coldb_warehouse.types import UUID as UUID_TYPE

from .outcomes import Bad, outcomes_of

INF, NAN = math.inf, math.nan
DEC = Decimal
DAY, HOUR = datetime.date(2024, 1, 5), datetime.datetime(2024, 1, 5, 10)
MIDNIGHT = datetime.datetime(2024, 1, 5)
MANY = Decimal(10) ** 37

RANGE, WHOLE, CENTS = (
    "does not fit in {}",
    "is not a whole number",
    "has more than 2 decimal places",
)
INT_TEXT, NUMBER, BOOL = "is not an integer", "is not a number", "is not a boolean"
NO_DATE, NO_TIME, TIME_OF_DAY = "is not a date", "is not a timestamp", "has a time of day"
NOON = datetime.time(12)
SOME_UUID = UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
NOT_TIME, NOT_UUID = "is no time of day", "is not a UUID"
NOT_HEX, ESCAPE = "is not hexadecimal", "has a wrong escape"
UTC_HOUR = HOUR.replace(tzinfo=datetime.UTC)
MICRO, OFFSET = "has parts of a microsecond", "has an offset from UTC"

CASES: list[tuple[pa.Array, Type, list[Any]]] = [
    # integers
    (pa.array([1, None, -32768]), SMALLINT, [1, None, -32768]),
    (pa.array([32767, 32768, -32769]), SMALLINT, [32767, Bad(RANGE), Bad(RANGE)]),
    (pa.array([200, 7], pa.uint8()), SMALLINT, [200, 7]),
    (pa.array([2**63, 2**63 - 1], pa.uint64()), BIGINT, [Bad(RANGE), 2**63 - 1]),
    (pa.array([True, False, None]), INTEGER, [1, 0, None]),
    (pa.array([1.0, -0.0, None, 2.5]), INTEGER, [1, 0, None, Bad(WHOLE)]),
    (pa.array([NAN, INF, 1e10, -(2.0**31)]), INTEGER, [Bad(RANGE)] * 3 + [-(2**31)]),
    (pa.array([2.0**63, 2.0**62, -(2.0**63)]), BIGINT, [Bad(RANGE), 2**62, -(2**63)]),
    (pa.array([1.5, 8.0], pa.float16()), SMALLINT, [Bad(WHOLE), 8]),
    (pa.array([DEC("2.00"), DEC("2.01"), None]), INTEGER, [2, Bad(WHOLE), None]),
    (pa.array([MANY]), BIGINT, [Bad(RANGE)]),
    (pa.array(["1", " -2\t", "+3", "0007", None]), INTEGER, [1, -2, 3, 7, None]),
    (
        pa.array(["", "5.0", "1e1", "0x10", "1_000", "- 5", "\u0661", "x"]),
        BIGINT,
        [Bad(INT_TEXT)] * 8,
    ),
    (pa.array(["0x10"]), INTEGER, [Bad(INT_TEXT)]),
    (pa.array(["9223372036854775808", "-9223372036854775808"]), BIGINT, [Bad(RANGE), -(2**63)]),
    (pa.array(["9" * 60, "0" * 60 + "1"]), BIGINT, [Bad(RANGE), 1]),
    # decimals
    (pa.array([5, None, -1]), decimal(10, 2), [DEC("5.00"), None, DEC("-1.00")]),
    (pa.array([999, 1000, -1000]), decimal(5, 2), [DEC("999.00"), Bad(RANGE), Bad(RANGE)]),
    (pa.array([2**64 - 1], pa.uint64()), decimal(38, 3), [DEC(2**64 - 1)]),
    (pa.array([DEC("1.5"), None]), decimal(10, 2), [DEC("1.50"), None]),
    (pa.array([DEC("1.500"), DEC("1.505")]), decimal(10, 2), [DEC("1.50"), Bad(CENTS)]),
    (pa.array([DEC("-1.505")]), decimal(10, 2), [Bad(CENTS)]),
    (pa.array([DEC("99.99")]), decimal(3, 2), [Bad(RANGE)]),
    (pa.array([MANY, -MANY, DEC(1)]), decimal(38, 0), [MANY, -MANY, DEC(1)]),
    (pa.array([MANY, DEC(1)]), decimal(38, 2), [Bad(RANGE), DEC("1.00")]),
    (pa.array([MANY * 10**30, DEC(-5)], pa.decimal256(70, 0)), decimal(38, 0), [Bad(RANGE), -5]),
    (pa.array([MANY, DEC("-0.5")], pa.decimal256(70, 2)), decimal(38, 0), [MANY, Bad(WHOLE)]),
    (pa.array([DEC(1200)], pa.decimal128(5, -2)), decimal(10, 2), [DEC("1200.00")]),
    (pa.array([0.1, 19.99, -2.5]), decimal(10, 2), [DEC("0.10"), DEC("19.99"), DEC("-2.50")]),
    (pa.array([0.1, 19.99], pa.float32()), decimal(10, 2), [DEC("0.10"), DEC("19.99")]),
    (
        pa.array([19.999, NAN, INF, 99.99]),
        decimal(4, 2),
        [Bad(CENTS), Bad(RANGE), Bad(RANGE), DEC("99.99")],
    ),
    (pa.array([99.999, 100.5]), decimal(4, 2), [Bad(CENTS), Bad(RANGE)]),
    (pa.array([2.0**70, 1e300, 1.5]), decimal(38, 2), [DEC(2**70), Bad(RANGE), DEC("1.50")]),
    (pa.array([0.1, 1e-30]), decimal(38, 30), [DEC("0.1"), DEC("1e-30")]),
    (
        pa.array(["+1.50", ".5", "1.", "-.5e1", "1e3", "0e50", None, "1" + "0" * 50 + "e-50"]),
        decimal(10, 2),
        [DEC("1.5"), DEC("0.5"), 1, -5, 1000, 0, None, 1],
    ),
    (
        pa.array(["", ".", "1 2", "1e", "NaN", "inf", "0x10", "1,5", "x"]),
        decimal(10, 2),
        [Bad(NUMBER)] * 9,
    ),
    (
        pa.array(["1.999", "1e-3", "123456789.1", "1e999999", "1.9900"]),
        decimal(10, 2),
        [Bad(CENTS), Bad(CENTS), Bad(RANGE), Bad(RANGE), DEC("1.99")],
    ),
    (pa.array(["1e37", "1e35"]), decimal(38, 2), [Bad(RANGE), DEC(10**35)]),
    (pa.array(["1.5e-40", "1"]), decimal(10, 2), [Bad(CENTS), 1]),
    (pa.array(["0." + "0" * 60 + "1"]), decimal(10, 2), [Bad(CENTS)]),
    # floats
    (
        pa.array([1, 2**53, 2**53 + 1, None]),
        DOUBLE,
        [1.0, 2.0**53, Bad("is no exact DOUBLE"), None],
    ),
    (pa.array([2**63 - 1, -(2**63)]), DOUBLE, [Bad("is no exact DOUBLE"), -(2.0**63)]),
    (pa.array([2**64 - 1, 2**63], pa.uint64()), DOUBLE, [Bad("is no exact DOUBLE"), 2.0**63]),
    (pa.array([2**24 + 1, 2**24]), REAL, [Bad("is no exact REAL"), 2.0**24]),
    (pa.array([0.5, INF, -INF, 1e39, None]), REAL, [0.5, INF, -INF, Bad(RANGE), None]),
    (pa.array([DEC("45949151980924.98"), None]), DOUBLE, [45949151980924.98, None]),
    (
        pa.array(["1.5", " 1 ", "inf", "-Infinity", "1.", ".5e1", "0e999"]),
        DOUBLE,
        [1.5, 1.0, INF, -INF, 1.0, 5.0, 0.0],
    ),
    (pa.array(["x", "", None, "1"]), DOUBLE, [Bad(NUMBER), Bad(NUMBER), None, 1.0]),
    (pa.array(["1e400", "-1e400", "1e-400", "1"]), DOUBLE, [Bad(RANGE)] * 3 + [1.0]),
    (pa.array(["1e39", "0.1"]), REAL, [Bad(RANGE), float(np.float32(0.1))]),
    # booleans
    (pa.array([True, None, False]), BOOLEAN, [True, None, False]),
    (pa.array([0, 1, None, 2, -1]), BOOLEAN, [False, True, None, Bad(BOOL), Bad(BOOL)]),
    (
        pa.array(["t", "FALSE", " yes ", "of", "1", None]),
        BOOLEAN,
        [True, False, True, False, True, None],
    ),
    (pa.array(["o", "", "2", "truee"]), BOOLEAN, [Bad(BOOL)] * 4),
    # text
    (pa.array(["a", "", "nul\0", None]), VARCHAR, ["a", "", "nul\0", None]),
    (pa.array(["a", None], pa.string_view()), VARCHAR, ["a", None]),
    (
        pa.array(["日本語", "four"]),
        Type(Kind.VARCHAR, length=3),
        ["日本語", Bad("is longer than {}")],
    ),
    (pa.array(["a", "b", None, "a"]).dictionary_encode(), VARCHAR, ["a", "b", None, "a"]),
    (
        pa.array([b"a", b"\xff\xfe", None, b"\xc3\xa9"]),
        VARCHAR,
        ["a", Bad("is not UTF-8"), None, "é"],
    ),
    (pa.array([b"ab", b"cd"], pa.binary(2)), VARCHAR, ["ab", "cd"]),
    (pa.array([1, -2, None]), VARCHAR, ["1", "-2", None]),
    (pa.array([True, False]), VARCHAR, ["true", "false"]),
    (pa.array([DEC("1.50")]), VARCHAR, ["1.50"]),
    (pa.array([1.5, 1e20, NAN]), VARCHAR, ["1.5", "1e+20", "nan"]),
    (pa.array([DAY, None]), VARCHAR, ["2024-01-05", None]),
    (pa.array([HOUR, MIDNIGHT]), VARCHAR, ["2024-01-05 10:00:00", "2024-01-05 00:00:00"]),
    (
        pa.array([1_500_000, 10, 0], pa.timestamp("us", "UTC")),
        VARCHAR,
        ["1970-01-01 00:00:01.5", "1970-01-01 00:00:00.00001", "1970-01-01 00:00:00"],
    ),
    (pa.array([UUID(int=1).bytes, None], pa.uuid()), VARCHAR, [str(UUID(int=1)), None]),
    # dates
    (pa.array([DAY, None]), DATE, [DAY, None]),
    (pa.array([DAY], pa.date64()), DATE, [DAY]),
    (pa.array([MIDNIGHT, HOUR, None]), DATE, [DAY, Bad(TIME_OF_DAY), None]),
    (pa.array([2**62], pa.timestamp("s")), DATE, [Bad(RANGE)]),
    (
        pa.array([-1, -86_400], pa.timestamp("s")),
        DATE,
        [Bad(TIME_OF_DAY), datetime.date(1969, 12, 31)],
    ),
    (pa.array(["2024-01-05", None]), DATE, [DAY, None]),
    (pa.array(["2024-1-5", " 20240105 ", "2024/01/05", "2024-01-05T00:00:00Z"]), DATE, [DAY] * 4),
    (pa.array(["2024-01-04 24:00"]), DATE, [DAY]),
    (pa.array(["0000-01-01", "2024-01-05"]), DATE, [Bad(NO_DATE), DAY]),
    (
        pa.array(["2024-01-05 00:00:00", None, "2024-01-05 00:01"]),
        DATE,
        [DAY, None, Bad(TIME_OF_DAY)],
    ),
    (
        pa.array(
            [
                "2024-02-30",
                "2023-02-29",
                "0000-01-01",
                "2024-13-01",
                "2024-00-01",
                "05.01.2024",
                "",
                "x",
            ]
        ),
        DATE,
        [Bad(NO_DATE)] * 8,
    ),
    (pa.array(["2024-01-05 10:00", "9999999-01-01"]), DATE, [Bad(TIME_OF_DAY), Bad(RANGE)]),
    (
        pa.array(["0001-01-01", "2000-02-29", "9999-12-31"]),
        DATE,
        [datetime.date.min, datetime.date(2000, 2, 29), datetime.date.max],
    ),
    # times
    (pa.array([NOON, None]), TIME, [NOON, None]),
    (pa.array([43_200, 90_000, -1], pa.time32("s")), TIME, [NOON, Bad(NOT_TIME), Bad(NOT_TIME)]),
    (pa.array([43_200_000], pa.time32("ms")), TIME, [NOON]),
    (pa.array([43_200_000_000_000, 1], pa.time64("ns")), TIME, [NOON, Bad(MICRO)]),
    (pa.array(["12:00:00", "12:00", None, " 12:00:00.000 "]), TIME, [NOON, NOON, None, NOON]),
    (pa.array(["12:00 pm", "12:00:00+02", "11:59:60"]), TIME, [NOON] * 3),
    (
        pa.array(["24:00:01", "12:60", "13:00 pm", "", "noon", "12:00:00.0000001", "1:02"]),
        TIME,
        [Bad(NOT_TIME)] * 5 + [Bad(MICRO), datetime.time(1, 2)],
    ),
    # moments
    (pa.array([HOUR, None]), TIMESTAMPTZ, [UTC_HOUR, None]),
    (pa.array([UTC_HOUR]), TIMESTAMPTZ, [UTC_HOUR]),
    (
        pa.array(["2024-01-05 12:00+02", "2024-01-05 10:00", "2024-01-05T04:30:00-05:30", None]),
        TIMESTAMPTZ,
        [UTC_HOUR, UTC_HOUR, UTC_HOUR, None],
    ),
    (pa.array(["2024-01-05 10:00Z", "2024-01-05 10:00:00+00:00"]), TIMESTAMPTZ, [UTC_HOUR] * 2),
    (pa.array(["2024-01-05 10:00+17", "x"]), TIMESTAMPTZ, [Bad(NO_TIME)] * 2),
    # bytes
    (pa.array([b"", b"\xff", None]), BLOB, [b"", b"\xff", None]),
    (pa.array([b"ab"], pa.binary(2)), BLOB, [b"ab"]),
    (
        pa.array(["\\xDEad", "\\x", "", "abc", None, "\\\\", "\\000\\377z", "é"]),
        BLOB,
        [b"\xde\xad", b"", b"", b"abc", None, b"\\", b"\x00\xffz", "é".encode()],
    ),
    (
        pa.array(["\\xd", "\\xzz", "\\", "\\9", "\\400", "\\12"]),
        BLOB,
        [Bad(NOT_HEX)] * 2 + [Bad(ESCAPE)] * 4,
    ),
    # UUIDs
    (pa.array([SOME_UUID, None], pa.uuid()), UUID_TYPE, [SOME_UUID, None]),
    (pa.array([SOME_UUID.bytes, b"short"]), UUID_TYPE, [SOME_UUID, Bad(NOT_UUID)]),
    (
        pa.array([str(SOME_UUID), f"{{{SOME_UUID.hex.upper()}}}", None, "x", f"{{{SOME_UUID}"]),
        UUID_TYPE,
        [SOME_UUID, SOME_UUID, None, Bad(NOT_UUID), Bad(NOT_UUID)],
    ),
    # timestamps
    (pa.array([HOUR, None]), TIMESTAMP, [HOUR, None]),
    (pa.array([DAY]), TIMESTAMP, [MIDNIGHT]),
    (pa.array([DAY], pa.date64()), TIMESTAMP, [MIDNIGHT]),
    (
        pa.array([1, 2000], pa.timestamp("ns")),
        TIMESTAMP,
        [Bad(MICRO), datetime.datetime(1970, 1, 1, 0, 0, 0, 2)],
    ),
    (
        pa.array([2**62, 0], pa.timestamp("ms")),
        TIMESTAMP,
        [Bad(RANGE), datetime.datetime(1970, 1, 1)],
    ),
    (pa.array([2**31 - 1, -(2**31)], pa.date32()), TIMESTAMP, [Bad(RANGE)] * 2),
    (pa.array(["0000-01-01", "2024-01-05"]), TIMESTAMP, [Bad(NO_TIME), MIDNIGHT]),
    (
        pa.array([0], pa.timestamp("us", "Europe/Berlin")),
        TIMESTAMP,
        [datetime.datetime(1970, 1, 1)],
    ),
    (pa.array(["2024-01-05 10:00:00", "2024-01-05", None]), TIMESTAMP, [HOUR, MIDNIGHT, None]),
    (
        pa.array(["2024-1-5 10:00:00.000000Z", "20240105T10:00", "2024-01-05  10:0:0 +00:00"]),
        TIMESTAMP,
        [HOUR] * 3,
    ),
    (pa.array(["2024-01-05 09:59:60", "2024-01-05 10:00:00.0000000"]), TIMESTAMP, [HOUR] * 2),
    (
        pa.array(["2024-01-05 10:00:00.1234567", "2024-01-05 10:00+02"]),
        TIMESTAMP,
        [Bad(MICRO), Bad(OFFSET)],
    ),
    (
        pa.array(
            [
                "2024-01-05 24:00:01",
                "2024-01-05 10:60",
                "2024-01-05 10:00:61",
                "2024-01-05 10:00:60.5",
                "10:00",
                "",
                "2024-01-05 23:59:60.5",
            ]
        ),
        TIMESTAMP,
        [Bad(NO_TIME)] * 7,
    ),
    (pa.array(["294247-01-11", "2024-01-05 10:00"]), TIMESTAMP, [Bad(RANGE), HOUR]),
    # no type of its own
    (pa.nulls(2), INTEGER, [None, None]),
    (pa.nulls(2), VARCHAR, [None, None]),
    (pa.nulls(0), DATE, []),
    (pa.array([None, None], pa.string()), DATE, [None, None]),
]


@pytest.mark.parametrize(("array", "type", "expected"), CASES, ids=lambda it: str(it)[:40])
def test_conversion(array: pa.Array, type: Type, expected: list[Any]) -> None:
    expected = [Bad(e.format(type)) if isinstance(e, Bad) else e for e in expected]
    assert outcomes_of(array, type) == expected
    twice = pa.chunked_array([array, array])
    assert outcomes_of(twice, type) == expected * 2
    padded = pa.concat_arrays([array, array, array])[len(array) : 2 * len(array)]
    assert outcomes_of(padded, type) == expected, "a slice of an array"


def test_what_fails_says_why_for_each_row_once() -> None:
    converted = from_arrow(pa.array(["1", "x", None, "99999", "y"]), SMALLINT)
    assert [(f.rows.tolist(), f.reason) for f in converted.failures] == [
        ([1, 4], "is not an integer"),
        ([3], "does not fit in SMALLINT"),
    ]
    assert converted.valid is not None
    assert converted.valid.tolist() == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("array", "type"),
    [
        (pa.array([[1]]), INTEGER),
        (pa.array([{"a": 1}]), VARCHAR),
        (pa.array([1]), DATE),
        (pa.array([1.5]), TIMESTAMP),
        (pa.array([DAY]), INTEGER),
        (pa.array([1.0]), BOOLEAN),
        (pa.array([b"1"]), BIGINT),
        (pa.array([True]), DOUBLE),
        (pa.array([datetime.timedelta(1)]), BIGINT),
    ],
)
def test_what_can_never_be_converted(array: pa.Array, type: Type) -> None:
    with pytest.raises(ConversionError, match=f"of Arrow type .* cannot be converted to {type}"):
        from_arrow(array, type)


def test_a_slice_of_strings_to_arrow() -> None:
    strings = pa.array(["a", "b", "c"], pa.large_string())[1:]
    assert to_arrow(strings, np.array([True, False]), VARCHAR).to_pylist() == ["b", None]
    assert to_arrow(strings, None, VARCHAR).to_pylist() == ["b", "c"]


def test_nan_and_negative_zero_survive() -> None:
    values = from_arrow(pa.array([NAN, -0.0]), DOUBLE).values
    assert isinstance(values, np.ndarray)
    assert math.isnan(values[0])
    assert math.copysign(1, values[1]) == -1


@pytest.mark.parametrize(
    ("type", "good", "odd", "bad"),
    [
        (DATE, "2024-01-02", "2024-1-2", "2024-13-01"),
        (INTEGER, "20", "020", "x"),
        (decimal(9, 2), "1.50", "15e-1", "1.555"),
        (DOUBLE, "1.5", "+1.5", "one"),
    ],
)
def test_odd_rows_among_many_are_read_and_bad_ones_found(
    type: Type, good: str, odd: str, bad: str
) -> None:
    texts: list[str | None] = [good] * 9000
    for row in (0, 1500, 8999):
        texts[row] = odd
    texts[3000:6000] = [None] * 3000
    texts[2999] = texts[7777] = bad
    converted = from_arrow(pa.array(texts), type)
    assert [failure.rows.tolist() for failure in converted.failures] == [[2999, 7777]]
    assert converted.valid is not None
    assert isinstance(converted.values, np.ndarray)
    assert np.count_nonzero(converted.valid) == 5998
    assert len(np.unique(converted.values[converted.valid])) == 1
