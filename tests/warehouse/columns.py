"""Columns of every type and shape, for the batteries that hold all encodings to the same laws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from coldb_warehouse.chunks.chunk import Chunk, Coded, Fixed, Text
from coldb_warehouse.chunks.reader import decode_chunk
from coldb_warehouse.chunks.writer import EncodedChunk, encode_chunk
from coldb_warehouse.domain import Dictionary, Rows
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
    decimal,
)

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Form, Mask
    from coldb_warehouse.domain import Domain
    from coldb_warehouse.types import Type

WIDE_DECIMAL = decimal(38, 4)


@dataclass(frozen=True)
class Column:
    """What is written, and what must come back."""

    type: Type
    form: Form
    valid: Mask | None
    domain: Domain | None = None

    @property
    def rows(self) -> int:
        match self.form:
            case Fixed(stored=array) | Coded(codes=array):
                return len(array)
            case Text(strings=strings):
                return len(strings)

    def part(self, start: int, end: int) -> Column:
        valid = None if self.valid is None else self.valid[start:end]
        match self.form:
            case Fixed(stored=stored):
                form: Form = Fixed(stored[start:end])
            case Coded(codes=codes, domain=domain):
                form = Coded(codes[start:end], domain)
            case Text(strings=strings):
                form = Text(strings[start:end])
        return Column(self.type, form, valid, self.domain)

    def encode(self, block_rows: int = 7, force: str | None = None) -> EncodedChunk:
        return encode_chunk(self.form, self.valid, block_rows=block_rows, force=force)

    def decode(self, data: bytes | memoryview, header_crc: int | None = None) -> Chunk:
        return decode_chunk(data, self.type, self.domain, where="the chunk", header_crc=header_crc)

    def values(self) -> list[Any]:
        return values_of(self.form, self.type, self.valid)


def values_of(form: Form, type: Type, valid: Mask | None) -> list[Any]:
    """Values (codes of Coded forms) as Python has them, None where null; floats by their bits."""
    match form:
        case Fixed(stored=stored, reference=reference) if stored.dtype.kind == "f":
            assert reference == 0
            assert stored.dtype == type.dtype
            values = stored.view(f"u{stored.itemsize}").tolist()
        case Fixed(stored=stored, reference=reference):
            values = [int(value) + reference for value in stored.tolist()]
        case Coded(codes=codes):
            values = codes.tolist()
        case Text(strings=strings):
            values = strings.to_pylist()
    if valid is None:
        return values
    return [value if there else None for value, there in zip(values, valid, strict=True)]


def data_of(encoded: EncodedChunk) -> bytes:
    return b"".join(encoded.parts)


def float_key(value: float) -> tuple[bool, float]:
    """Orders floats as SQL does: NaN above every number."""
    return (math.isnan(value), 0.0 if math.isnan(value) else value)


def _integers(type: Type, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(rows)
    limits = np.iinfo(str(type.dtype))
    small = rng.integers(-100, 100, rows)
    return {
        "constant": np.full(rows, 77).astype(type.dtype),
        "runs": np.repeat(small, 5)[:rows].astype(type.dtype),
        "sorted": np.sort(rng.integers(-300, 300, rows)).astype(type.dtype),
        "narrow": (small + 20_000).astype(type.dtype),
        "random": rng.integers(limits.min, limits.max, rows, endpoint=True).astype(type.dtype),
        "extremes": rng.choice([limits.min, 0, limits.max], rows).astype(type.dtype),
    }


def _floats(type: Type, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(rows)
    bits = f"u{type.dtype.itemsize}"
    payloads = np.array([np.nan, -np.nan, 1.5], type.dtype).view(bits)
    payloads[0] += 1  # a NaN with bits of its own
    specials = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1.0], np.float64)
    with np.errstate(under="ignore"):
        specials = specials.astype(type.dtype)
    return {
        "constant": np.full(rows, -0.0, type.dtype),
        "all NaN": np.full(rows, np.nan, type.dtype),
        "runs": np.repeat(rng.choice(specials, rows), 5)[:rows],
        "NaN, then numbers": np.where(np.arange(rows) < 10, np.nan, 2.5).astype(type.dtype),
        "sorted": np.sort(rng.random(rows)).astype(type.dtype),
        "random": rng.normal(size=rows).astype(type.dtype),
        "zeros": rng.choice(np.array([0.0, -0.0], type.dtype), rows),
        "payloads": rng.choice(payloads, rows).view(type.dtype),
        "specials": rng.choice(specials, rows),
    }


def _wide(rows: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(rows)
    top = 10**38 - 1
    pool = np.array([top, -top, 2**63, -(2**63), 2**64, 0, -1, 10**20], dtype=object)
    return {
        "wide": rng.choice(pool, rows),
        "wide runs": np.repeat(rng.choice(pool, rows), 4)[:rows],
        "not so wide": rng.integers(-50, 50, rows).astype(object),
    }


def _strings(rows: int) -> dict[str, list[str]]:
    rng = np.random.default_rng(rows)
    words = ["", "a", "naïve", "日本語", "with\0nul", "\U0001f600", "zzz" * 50]
    return {
        "constant": ["same"] * rows,
        "empty strings": [""] * rows,
        "words": [words[i] for i in rng.integers(0, len(words), rows)],
        "sorted": sorted(f"{i:04}" for i in rng.integers(0, 999, rows)),
        "long": ["x" * int(n) for n in rng.integers(0, 70_000, rows)],
    }


def _codes(rows: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(rows)
    return {
        "codes": rng.integers(0, 300, rows).astype(np.uint32),
        "sorted codes": np.sort(rng.integers(0, 70_000, rows)).astype(np.uint32),
        "last code": np.full(rows, 99_999, np.uint32),
    }


def _validities(rows: int) -> dict[str, Mask | None]:
    rng = np.random.default_rng(rows + 1)
    late = np.ones(rows, np.bool_)
    late[rows // 2 :] = False
    return {
        "no nulls": None,
        "some null": rng.random(rows) < 0.7,
        "first null": np.arange(rows) > 0,
        "half null": late,
        "all null": np.zeros(rows, np.bool_),
    }


NULLABLE = (
    "INTEGER random",
    "INTEGER sorted",
    "DOUBLE specials",
    "DOUBLE sorted",
    "wide",
    "BOOLEAN",
    "text words",
    "text sorted",
    "codes",
    "sorted codes",
)


def columns(rows: int) -> dict[str, Column]:
    """Every type x shape without nulls, and every form x way of being null."""
    found: dict[str, Column] = {}
    for type in (SMALLINT, INTEGER, BIGINT, DATE, TIMESTAMP, decimal(12, 2)):
        for shape, values in _integers(type, rows).items():
            found[f"{type} {shape}"] = Column(type, Fixed(values), None)
    for type in (REAL, DOUBLE):
        for shape, values in _floats(type, rows).items():
            found[f"{type} {shape}"] = Column(type, Fixed(values), None)
    for shape, values in _wide(rows).items():
        found[shape] = Column(WIDE_DECIMAL, Fixed(values), None)
    booleans = np.random.default_rng(rows).random(rows) < 0.5
    found["BOOLEAN"] = Column(BOOLEAN, Fixed(booleans), None)
    found["BOOLEAN constant"] = Column(BOOLEAN, Fixed(np.ones(rows, np.bool_)), None)
    for shape, texts in _strings(rows).items():
        found[f"text {shape}"] = Column(VARCHAR, Text(pa.array(texts, pa.large_string())), None)
    rows_of_table = Rows("dimension", 100_000)
    for shape, codes in _codes(rows).items():
        found[shape] = Column(BIGINT, Coded(codes, rows_of_table), None, rows_of_table)
    words = Dictionary(pa.array([f"{i:06}" for i in range(300)], pa.large_string()), True)
    found["words"] = Column(VARCHAR, Coded(_codes(rows)["codes"], words), None, words)
    for name in NULLABLE:
        for nulls, valid in _validities(rows).items():
            if valid is not None:
                found[f"{name}, {nulls}"] = _with_nulls(found[name], valid)
    return found


def _with_nulls(column: Column, valid: Mask) -> Column:
    form = column.form
    if isinstance(form, Text):
        kept = [s if ok else "" for s, ok in zip(form.strings.to_pylist(), valid, strict=True)]
        form = Text(pa.array(kept, pa.large_string()))
    return Column(column.type, form, valid, column.domain)
