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


def test_rows_in_order_need_no_order() -> None:
    keys = [sort_key(np.array([1, 1, 2]), None), sort_key(np.array([3, 4, 0]), None)]
    assert ascending_order(keys, 3) is None
