"""Fixtures of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import Warehouse, check

from tests.warehouse.stars import open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse; what a test leaves in it must be sound."""
    with open_small(tmp_path / "w") as opened:
        yield opened
    report = check(tmp_path / "w")
    assert report.problems == ()
