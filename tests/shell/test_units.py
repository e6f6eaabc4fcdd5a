"""Amounts as people read them."""

from __future__ import annotations

import pytest
from coldb.units import count, duration, quantity, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00012, "0.1 ms"),
        (0.0081, "8.1 ms"),
        (0.9999, "1.00 s"),
        (1.254, "1.25 s"),
        (59.999, "1 min 00 s"),
        (125, "2 min 05 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_count() -> None:
    assert (count(0, "row"), count(1, "row"), count(1234, "row")) == (
        "0 rows",
        "1 row",
        "1,234 rows",
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0 k"),
        (999_960, "1.0 M"),
        (6_001_215, "6.0 M"),
        (2.5e9, "2.5 G"),
    ],
)
def test_quantity(number: int, text: str) -> None:
    assert quantity(number) == text


def test_size() -> None:
    assert (size(17), size(3_200_000), size(10**15)) == ("17 bytes", "3.2 MB", "1000.0 TB")
