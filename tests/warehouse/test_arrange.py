"""The order of rows, against numpy's lexsort."""

from __future__ import annotations

import numpy as np
import pytest
from coldb_warehouse.loading.arrange import ascending_order, sort_key


@pytest.mark.parametrize("distinct", [2, 600, 2**33])
@pytest.mark.parametrize("rows", [5, 1000, 300_000])
def test_rows_ascend_by_all_keys_nulls_last_and_ties_stay(rows: int, distinct: int) -> None:
    rng = np.random.default_rng(rows)
    first, second = rng.integers(-distinct, distinct, rows), rng.integers(0, 7, rows)
    valid = rng.random(rows) < 0.9
    order = ascending_order([sort_key(first, valid), sort_key(second, None)], rows)
    assert order is not None
    assert (order == np.lexsort([second, np.where(valid, first, distinct)])).all()


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64, np.bool_, np.float32])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 70_000])
def test_the_extremes_of_a_type_and_nulls(dtype: type[np.generic], rows: int) -> None:
    rng = np.random.default_rng(rows)
    ends: list[object] = [0.0, -1.5, np.inf, -np.inf]
    if dtype is np.bool_:
        ends = [False, True]
    elif issubclass(dtype, np.integer):
        ends = [np.iinfo(dtype).min, np.iinfo(dtype).max, 1]
    values = rng.choice(np.array(ends, dtype), rows)
    valid = rng.random(rows) < 0.8
    ranks = np.where(valid, np.unique(values, return_inverse=True)[1], len(ends))
    expected = np.argsort(ranks, kind="stable")
    order = ascending_order([sort_key(values, valid)], rows)
    assert (np.arange(rows) if order is None else order).tolist() == expected.tolist()


@pytest.mark.parametrize("wrong", [0, 65_535, 65_536, 199_999])
def test_one_row_out_of_order_is_found(wrong: int) -> None:
    values = np.arange(200_000)
    values[wrong] = 100_000 if wrong < 100_000 else 3
    order = ascending_order([sort_key(values, None)], len(values))
    assert order is not None
    assert (order == np.argsort(values, kind="stable")).all()


def test_rows_in_order_need_no_order() -> None:
    keys = [sort_key(np.array([1, 1, 2]), None), sort_key(np.array([3, 4, 0]), None)]
    assert ascending_order(keys, 3) is None
    assert ascending_order([sort_key(np.arange(200_000) // 3, None)], 200_000) is None
