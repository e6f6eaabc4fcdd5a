"""Keys to rows, against a Python dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from coldb_warehouse.reading.key_index import KeyIndex, repeated_rows
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from coldb_warehouse.chunks.chunk import Mask

INTEGERS = {
    "near": st.integers(-5, 20),
    "far": st.integers(-(2**63), 2**63 - 1),
    "extreme": st.sampled_from([-(2**63), -1, 0, 1, 2**63 - 1]),
    "sparse": st.integers(0, 40).map(lambda number: number * 10**9),
}
KINDS: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    **{name: (values, lambda v: np.array(v, np.int64)) for name, values in INTEGERS.items()},
    "text": (st.text("ab\0é", max_size=3), lambda v: pa.array(v, pa.large_string())),
    "wide": (st.sampled_from([-(10**30), -1, 0, 7, 2**63, 10**37]), lambda v: objects(v)),
    "float": (st.floats(width=32), lambda v: np.array(v, np.float64)),
    "small": (st.integers(-3, 3), lambda v: np.array(v, np.int16)),
}


def objects(values: list[int]) -> np.ndarray[Any, np.dtype[np.object_]]:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def same(value: Any) -> Any:
    """One object for values that SQL takes for equal."""
    if isinstance(value, float):
        return "NaN" if value != value else value + 0.0
    return value


@st.composite
def keys(draw: st.DrawFn) -> tuple[list[str], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Kinds of the key's columns, keys to index and keys to look up."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    key = st.tuples(*(KINDS[kind][0] for kind in kinds))
    known = draw(st.lists(key, max_size=30))
    asked = draw(st.lists(st.sampled_from(known) | key if known else key, max_size=30))
    return kinds, known, asked


def columns(kinds: list[str], rows: list[tuple[Any, ...]]) -> list[Any]:
    return [KINDS[kind][1]([row[place] for row in rows]) for place, kind in enumerate(kinds)]


@given(keys())
def test_the_first_row_of_a_key_is_found(
    case: tuple[list[str], list[tuple[Any, ...]], list[tuple[Any, ...]]],
) -> None:
    kinds, known, asked = case
    first: dict[Any, int] = {}
    repeated = []
    for row, key in enumerate(known):
        if first.setdefault(tuple(map(same, key)), row) != row:
            repeated.append(row)
    index = KeyIndex(columns(kinds, known))
    expected = [first.get(tuple(map(same, key)), -1) for key in asked]
    assert index.positions(columns(kinds, asked)).tolist() == expected
    assert repeated_rows(columns(kinds, known)).tolist() == repeated


@pytest.mark.parametrize("step", [1, 3, 1000, 10**12])
def test_many_keys_in_any_order(step: int) -> None:
    random = np.random.default_rng(step)
    numbers = random.permutation(50_000) * step - 17
    index = KeyIndex([numbers])
    asked = random.integers(-100, 60_000, 10_000) * step - 17
    rows = index.positions([asked])
    known = rows >= 0
    assert np.array_equal(numbers[rows[known]], asked[known])
    assert not np.isin(asked[~known], numbers).any()
    assert len(repeated_rows([numbers])) == 0
    assert repeated_rows([np.append(numbers, numbers[:3])]).tolist() == [50_000, 50_001, 50_002]


@pytest.mark.parametrize("spread", [1, 10**6, 10**15], ids=["crowded", "between", "even"])
def test_sparse_keys_near_each_other_and_far_apart(spread: int) -> None:
    """A thousand keys beside one that is far away: in one bucket of the index, or in many."""
    rng = np.random.default_rng(0)
    keys = np.append(rng.permutation(1000) * spread, 10**18)
    asked = np.concatenate([keys, keys + 1, [-1, 10**18 - 1, 2**62]])
    rows = {key: row for row, key in enumerate(keys.tolist())}
    expected = [rows.get(key, -1) for key in asked.tolist()]
    assert KeyIndex([keys]).positions([asked]).tolist() == expected


def test_keys_of_columns_that_together_exceed_64_bits() -> None:
    random = np.random.default_rng(3)
    parts = [random.integers(0, 2**62, 2000) for _ in range(4)]
    index = KeyIndex(parts)
    assert np.array_equal(index.positions(parts), np.arange(2000))
    parts[2] = parts[2] + 1
    assert (index.positions(parts) == -1).all()


def test_keys_that_are_null_lead_nowhere() -> None:
    valid: Mask = np.array([True, False, True])
    assert KeyIndex([np.array([5, 6])]).positions([np.array([6, 6, 4])], valid).tolist() == [
        1,
        -1,
        -1,
    ]


def test_a_wide_index_takes_narrow_keys_and_the_other_way_round() -> None:
    wide, narrow = objects([10**30, 5]), np.array([5, 6])
    assert KeyIndex([wide]).positions([narrow]).tolist() == [1, -1]
    assert KeyIndex([narrow]).positions([wide]).tolist() == [-1, 0]
