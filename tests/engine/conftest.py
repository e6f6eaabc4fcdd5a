"""A database in memory for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import coldb

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def con() -> Iterator[coldb.Connection]:
    with coldb.connect(threads=2) as connection:
        yield connection
