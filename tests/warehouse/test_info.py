"""What is told of the room that columns take is what reading all of them finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_warehouse import CorruptionError, Settings, Warehouse, describe
from coldb_warehouse.types import BIGINT, VARCHAR

from tests.warehouse.stars import plain_table

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [f"{'x' * (row % 7)}{row}" for row in range(60)]
CITIES = ["Ulm", "Bonn", None, "Ulm"] * 15


def _made(directory: Path, *, dictionaries: bool) -> Warehouse:
    settings = Settings(block_rows=10, segment_rows=25, sync=False, force_dictionary=dictionaries)
    warehouse = Warehouse.open(directory, settings=settings)
    with warehouse.begin() as transaction:
        columns = ("number", BIGINT), ("name", VARCHAR), ("city", VARCHAR)
        transaction.create_table(plain_table("t", *columns))
        data = {"number": range(60), "name": NAMES, "city": CITIES}
        transaction.append("t", pa.table(data))
    return warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return _made(tmp_path / "w", dictionaries=False)


def test_columns(warehouse: Warehouse) -> None:
    (table,) = describe(warehouse.snapshot())
    number, name, city = table.columns
    assert [column.blocks for column in table.columns] == [3 + 3 + 1] * 3
    assert [column.is_sorted for column in table.columns] == [True, False, False]
    assert [column.nulls for column in table.columns] == [0, 0, 15]
    assert [column.domain for column in table.columns] == [None, None, None]
    assert number.plain_bytes == 60 * 8
    assert name.plain_bytes == sum(map(len, NAMES))
    assert city.plain_bytes == sum(len(city or "") for city in CITIES)
    assert name.ratio == name.plain_bytes / name.nbytes
    assert table.ratio == sum(column.plain_bytes for column in table.columns) / table.nbytes


def test_dictionaries(tmp_path: Path) -> None:
    _, name, city = describe(_made(tmp_path / "w", dictionaries=True).snapshot())[0].columns
    assert (name.domain, name.domain_size) == ("dictionary of 60", 60)
    assert name.plain_bytes == sum(map(len, NAMES))
    assert (city.domain, city.domain_size) == ("dictionary of 2", 2)
    assert city.plain_bytes == 60 * (len("Ulm") + len("Bonn")) / 2


def test_only_headers_are_read(warehouse: Warehouse, tmp_path: Path) -> None:
    for file in (tmp_path / "w" / "data").iterdir():
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    assert describe(warehouse.snapshot())[0].rows == 60


def test_a_damaged_header_is_told(warehouse: Warehouse, tmp_path: Path) -> None:
    for file in (tmp_path / "w" / "data").iterdir():
        data = bytearray(file.read_bytes())
        data[40] ^= 1
        file.write_bytes(data)
    with pytest.raises(CorruptionError, match="the checksum of its header is wrong"):
        describe(warehouse.snapshot())
