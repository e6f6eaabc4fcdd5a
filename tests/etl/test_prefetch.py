"""Prefetching: the same items in the same order, errors and early ends included."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from coldb_etl.prefetch import prefetched

if TYPE_CHECKING:
    from collections.abc import Iterator


def counted(made: list[int], upto: int) -> Iterator[int]:
    for number in range(upto):
        made.append(number)
        yield number


@pytest.mark.parametrize("upto", [0, 1, 3, 50])
def test_items_come_in_order(upto: int):
    assert list(prefetched(counted([], upto))) == list(range(upto))


def test_no_more_than_some_are_made_ahead():
    made: list[int] = []
    items = prefetched(counted(made, 100), ahead=3)
    assert made == []
    for taken in range(5):
        assert next(items) == taken
        time.sleep(0.01)
        assert len(made) <= taken + 1 + 3
    items.close()
    assert len(made) <= 9
    assert not [t for t in threading.enumerate() if t.name.startswith("extract")]


def test_an_error_comes_in_its_place():
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("no more")

    items = prefetched(failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="no more"):
        next(items)
