"""Checksums: exact, and the same in any order and in any parts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from coldb_etl.checksum import Checksum, checksum
from hypothesis import given
from hypothesis import strategies as st

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(INT64), st.lists(INT64))
def test_integers_are_summed_exactly_in_parts(left: list[int], right: list[int]):
    parts = checksum(np.array(left, np.int64), None) + checksum(np.array(right, np.int64), None)
    both = left + right
    expected = Checksum(len(both), sum(both), min(both), max(both)) if both else Checksum()
    assert parts == expected


@given(st.lists(st.floats(), min_size=1))
def test_floats_in_any_order_and_by_their_bits(values: list[float]):
    array = np.array(values)
    assert checksum(array, None) == checksum(array[::-1].copy(), None)
    changed = array.copy()
    changed[0] = -changed[0]
    assert checksum(changed, None) != checksum(array, None)
    ordered = np.sort(array[~np.isnan(array)])
    if len(ordered) == len(array):
        assert checksum(array, None).low == checksum(ordered[:1], None).low


@pytest.mark.parametrize(
    "values",
    [np.array([5, 6, 7], np.int32), np.array([True, False, True]), pa.array(["b", "", "ä"])],
)
def test_nulls_do_not_count(values):
    valid = np.array([True, False, True])
    assert checksum(values, valid).count == 2
    assert checksum(values, np.zeros(3, np.bool_)) == Checksum()


def test_text_is_measured_in_bytes_and_ordered_by_them():
    made = checksum(pa.array(["b", "ä", "a"], pa.large_string()), None)
    assert made == Checksum(3, 4, b"a", "ä".encode())


def test_wide_decimals_are_summed_exactly():
    values = np.array([10**37, -1, 10**37], dtype=object)
    assert checksum(values, None) == Checksum(3, 2 * 10**37 - 1, -1, 10**37)
