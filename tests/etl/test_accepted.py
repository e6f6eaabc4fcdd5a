"""The query on the source for accepted rows alone, run in SQLite against what was loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from coldb_etl import run
from coldb_etl.accepted import accepted_tables
from coldb_warehouse.schema import Filling, MissingKey
from coldb_warehouse.types import VARCHAR

from tests.etl.stars import city, declare, person, sale

if TYPE_CHECKING:
    from pathlib import Path

    from coldb_warehouse import Warehouse


def accepted(warehouse: Warehouse, shop: Path, table: str) -> list[tuple]:
    query = accepted_tables(warehouse.snapshot())[table].filling.query
    with closing(sqlite3.connect(shop)) as connection:
        return sorted(connection.execute(query).fetchall())


def test_a_clean_table_keeps_its_query(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    before = accepted_tables(warehouse.snapshot())
    run(warehouse)
    after = accepted_tables(warehouse.snapshot())
    assert {name: after[name].filling for name in before} == {
        name: table.filling for name, table in before.items()
    }


def test_rejected_rows_and_unknown_keys_are_gone(warehouse: Warehouse, change, tmp_path: Path):
    change(
        """
        INSERT INTO sales VALUES (200, 10, '2024-02-30', 1), (201, 10, '2024-02-01', 'two'),
            (202, 99, '2024-02-01', 1);
        INSERT INTO cities VALUES (9, x'00', 'DE');
        UPDATE people SET city_id = 9 WHERE id = 13;
        """
    )
    declare(warehouse, city(), person(MissingKey.UNKNOWN), sale(MissingKey.UNKNOWN))
    run(warehouse)
    shop = tmp_path / "shop.sqlite"
    assert [row[0] for row in accepted(warehouse, shop, "city")] == [1, 2, 3]
    assert [row[2] for row in accepted(warehouse, shop, "person")] == [1, 2, None, None]
    assert [row[:2] for row in accepted(warehouse, shop, "sale")] == [
        (100, 10), (101, 11), (102, 10), (103, None), (202, None)
    ]  # fmt: skip


def test_rows_rejected_for_a_repeated_key_stay(warehouse: Warehouse, tmp_path: Path):
    query = "SELECT * FROM cities UNION ALL SELECT id, 'copy', NULL FROM cities WHERE id < 3;"
    declare(warehouse, city(filling=Filling("shop", query)))
    run(warehouse)
    assert len(accepted(warehouse, tmp_path / "shop.sqlite", "city")) == 5


def test_keys_of_text_and_of_several_columns(warehouse: Warehouse, change, tmp_path: Path):
    change("UPDATE cities SET nation = x'00' WHERE id = 2; UPDATE cities SET name = 'O''Hara; --'")
    text_key = [type(c)(c.name, VARCHAR if c.name == "id" else c.type) for c in city().columns]
    table = city(primary_key=("name", "id"))
    declare(warehouse, type(table)(table.name, table.kind, tuple(text_key), table.primary_key,
                                   filling=table.filling))  # fmt: skip
    [load] = run(warehouse).loads
    assert load.rows_rejected == 1
    assert [row[0] for row in accepted(warehouse, tmp_path / "shop.sqlite", "city")] == [1, 3]


def test_without_a_primary_key_only_unknown_keys_are_known(warehouse: Warehouse, change, tmp_path):
    change("INSERT INTO sales VALUES (200, 99, '2024-02-01', 1), (201, 10, 'never', 1)")
    declare(warehouse, city(), person(), sale(MissingKey.UNKNOWN, primary_key=()))
    run(warehouse)
    found = accepted(warehouse, tmp_path / "shop.sqlite", "sale")
    assert [row[:2] for row in found][-2:] == [(200, None), (201, 10)]
