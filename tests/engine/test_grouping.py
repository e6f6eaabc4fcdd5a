"""Groups, sums and extremes of random columns against Python's own dict, sum, min and max."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from coldb.engine.execute.exact_sum import group_sum
from coldb.engine.functions.distinct import vector_of
from coldb.engine.grouping import Groups, combined_codes, group_rows
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT, BOOLEAN, DOUBLE, VARCHAR, Type, decimal
from hypothesis import given
from hypothesis import strategies as st

EXTREMES = [-(2**63), -(2**62), -(2**61), -1, 0, 1, 2**31, 2**53 + 1, 2**61, 2**62, 2**63 - 1]
KINDS: list[tuple[Type, st.SearchStrategy[Any]]] = [
    (BIGINT, st.sampled_from(EXTREMES) | st.integers(-5, 5)),
    (decimal(38, 2), st.sampled_from([10**37, -(10**37), 2**63, *EXTREMES])),
    (VARCHAR, st.sampled_from(["", "a", "b", "aa", "ä", "\0"])),
    (BOOLEAN, st.booleans()),
    (DOUBLE, st.sampled_from([-math.inf, -0.0, 0.0, 0.5, math.inf, math.nan])),
]


@st.composite
def columns(draw: st.DrawFn, rows: int) -> tuple[Vector, list[Any]]:
    """A vector, plain or coded by a domain in any order and with repetitions, and its values."""
    type_, values = draw(st.sampled_from(KINDS))
    if draw(st.booleans()):
        plain = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        return vector_of(plain, type_), plain
    entries = draw(st.lists(st.none() | values, min_size=1, max_size=6))
    codes = draw(st.lists(st.integers(0, len(entries) - 1), min_size=rows, max_size=rows))
    valid = draw(st.none() | st.lists(st.booleans(), min_size=rows, max_size=rows))
    vector = Vector(
        type_,
        np.array(codes, dtype=np.uint8),
        None if valid is None else np.array(valid, dtype=np.bool_),
        domain=vector_of(entries, type_),
        distinct_domain=False,
    )
    known = [True] * rows if valid is None else valid
    return vector, [
        entries[code] if here else None for code, here in zip(codes, known, strict=True)
    ]


def _key(value: Any) -> Any:
    """NaN equals itself, and -0.0 equals 0.0, where rows are grouped."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


@given(st.data())
def test_groups_are_those_of_a_dict(data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 30))
    keys = data.draw(st.lists(columns(rows), min_size=1, max_size=4))
    groups = group_rows([vector for vector, _ in keys], rows)
    expected: dict[Any, list[int]] = defaultdict(list)
    for row in range(rows):
        expected[tuple(_key(values[row]) for _, values in keys)].append(row)
    found: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups.ids.tolist()):
        found[group].append(row)
    assert sorted(found.values()) == sorted(expected.values())
    assert groups.count == len(expected)
    assert all(row in found[group] for group, row in enumerate(groups.first.tolist()))
    order, starts = groups.ordered()
    if rows:
        assert [part.tolist() for part in np.split(order, starts[1:])] == [
            found[group] for group in range(groups.count)
        ]


def test_wide_keys_do_not_wrap() -> None:
    """The product of the keys' spans is beyond 64 bits, where distinct keys would meet again."""
    texts = [chr(97 + number) for number in range(16) for _ in range(2)]
    numbers = [0, 2**61 - 1] * 16
    keys = [vector_of(texts, VARCHAR), vector_of(numbers, BIGINT)]
    for vectors in (keys, keys[::-1], [keys[1], keys[1], keys[0]]):
        codes, size = combined_codes(vectors, 32)
        assert len(set(codes.tolist())) == 32
        assert 0 <= min(codes) <= max(codes) < size


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(EXTREMES) | st.integers(-(2**63), 2**63 - 1)),
        min_size=1,
        max_size=40,
    ),
    st.booleans(),
)
def test_sums_are_exact(rows: list[tuple[int, int]], bounded: bool) -> None:
    groups = _groups([group for group, _ in rows])
    values = [value for _, value in rows]
    bounds = (min(values), max(values)) if bounded else None
    expected = [0] * groups.count
    for group, value in zip(groups.ids.tolist(), values, strict=True):
        expected[group] += value
    assert group_sum(groups, np.array(values, np.int64), bounds).tolist() == expected
    assert group_sum(groups, np.array(values, object), None).tolist() == expected


@pytest.mark.parametrize("value", [2**53 + 1, 2**62, -(2**63), 1])
@pytest.mark.parametrize("count", [1, 3])
def test_sums_of_many_rows(value: int, count: int) -> None:
    """More rows than one piece of the two-limb sum has, so that pieces are added up too."""
    rows = (1 << 20) + 5
    groups = _groups(np.arange(rows) % count)
    sums = group_sum(groups, np.full(rows, value, np.int64), (value, value))
    sizes = np.bincount(groups.ids, minlength=count).tolist()
    assert sums.tolist() == [value * size for size in sizes]


def test_no_rows() -> None:
    assert group_rows([vector_of([], BIGINT)], 0).count == 0
    everything = group_rows([], 0)
    assert everything.count == 1
    assert group_sum(everything, np.zeros(0, np.int64), None).tolist() == [0]


def _groups(ids: Any) -> Groups:
    numbers = np.array(ids, np.int64)
    return group_rows([Vector(BIGINT, numbers)], len(numbers))
