"""Chunks of several segments become one, of one form, with nothing lost."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.chunks.chunk import Coded, Fixed, Text
from coldb_warehouse.chunks.concatenate import concatenate_chunks
from coldb_warehouse.domain import Dictionary
from coldb_warehouse.types import BIGINT, VARCHAR

from .columns import Column, columns, data_of, values_of

BATTERY = columns(40)


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
