"""Fixtures of the ETL tests: a shop, a warehouse beside it, a way to change the shop."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from coldb_warehouse import Settings, Warehouse

from tests.etl.stars import make_shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse beside a shop."""
    make_shop(tmp_path / "shop.sqlite")
    with Warehouse.open(tmp_path / "shop.coldb", settings=Settings(sync=False)) as opened:
        yield opened


@pytest.fixture
def change(tmp_path: Path) -> Callable[[str], None]:
    """Runs SQL on the shop."""

    def execute(sql: str) -> None:
        with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
            connection.executescript(sql)

    return execute
