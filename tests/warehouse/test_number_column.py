"""The numbers of a column as a load collects them."""

from __future__ import annotations

import numpy as np
import pytest
from coldb_warehouse.loading import growing
from coldb_warehouse.loading.number_column import NumberColumn
from coldb_warehouse.types import BIGINT, DOUBLE, decimal
from coldb_warehouse.values import fixed_values


@pytest.fixture(autouse=True)
def reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little is reserved, so that arrays have to grow again and again."""
    monkeypatch.setattr(growing, "_RESERVED", 4)


def collected(type, batches):
    column = NumberColumn(type)
    for batch in batches:
        column.add(batch, None)
    joined = np.concatenate(batches)
    form = column.finish()
    assert fixed_values(form, type).tolist() == joined.tolist()
    assert column.nbytes == 0
    return form


def test_batches_of_one_range_stay_narrow_in_one_array():
    form = collected(BIGINT, [np.arange(1000, 1000 + n) for n in (9, 8, 7, 6, 5)])
    assert (form.stored.dtype, form.reference) == (np.uint8, 1000)


@pytest.mark.parametrize("step", [100, -100, 70_000, -70_000, 1 << 40])
def test_batches_whose_range_moves(step):
    collected(BIGINT, [np.arange(5) + step * n for n in range(12)])


def test_a_batch_that_lies_within_the_range_before():
    form = collected(BIGINT, [np.array([-300, 40_000]), np.array([5]), np.array([-300, 0])])
    assert form.stored.dtype == np.uint16


def test_the_ends_of_the_type():
    limits = np.iinfo(np.int64)
    ends = np.array([limits.min, limits.max])
    collected(BIGINT, [ends[:1], ends[1:], ends, np.array([0]), ends[1:] - 255, ends[:1] + 255])


def test_numbers_with_a_fraction():
    collected(DOUBLE, [np.array([0.5, -1.0]), np.array([1e300]), np.array([2.5, 3.5])])


def test_wide_decimals_among_others():
    wide = np.array([10**30, -(10**30)], object)
    collected(decimal(38, 0), [np.array([1, 2]), wide, wide, np.array([-700, 3]), wide])


def test_rows_come_once():
    column = NumberColumn(BIGINT)
    column.add(np.arange(5), None)
    first = column.finish()
    column.add(np.arange(5, 8), None)
    assert fixed_values(column.finish(), BIGINT).tolist() == [5, 6, 7]
    assert fixed_values(first, BIGINT).tolist() == [0, 1, 2, 3, 4]
    assert len(column.finish().stored) == 0
