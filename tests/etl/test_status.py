"""Status, rejects and verification of a loaded star."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from coldb_etl import Freshness, TableCheck, rejects, run, status, verify
from coldb_warehouse import CatalogError, Warehouse
from coldb_warehouse.schema import MissingKey

from tests.etl.stars import city, declare, person, sale

if TYPE_CHECKING:
    from pathlib import Path

DIRT = """
INSERT INTO sales VALUES (200, 10, '2024-02-30', 1), (201, 10, '2024-02-01', 'two'),
    (202, 99, '2024-02-01', 1);
INSERT INTO cities VALUES (9, x'00', 'DE');
"""


def test_status_tells_of_each_load_and_source(warehouse: Warehouse, change, tmp_path: Path):
    declare(warehouse, city(), person(), sale(MissingKey.UNKNOWN))
    before = status(warehouse)
    assert before.run == 0
    assert [(t.name, t.rows, t.last) for t in before.tables] == [
        ("city", 0, None),
        ("person", 0, None),
        ("sale", 0, None),
    ]
    assert [(s.name, s.freshness) for s in before.sources] == [("shop", Freshness.NEVER_LOADED)]
    change(DIRT)
    run(warehouse)
    after = status(warehouse)
    assert after.run == 1
    assert after.sources[0].freshness is Freshness.UNCHANGED
    last = after.tables[2].last
    assert last is not None
    assert (last.run, last.rows_read, last.rows_loaded, last.rows_rejected) == (1, 7, 5, 2)
    assert last.keys_unknown == {"person_id": 1}
    change("DELETE FROM sales")
    assert status(warehouse).sources[0].freshness is Freshness.CHANGED
    (tmp_path / "shop.sqlite").unlink()
    [source] = status(warehouse).sources
    assert source.freshness is Freshness.UNREACHABLE
    assert "there is no SQLite file" in source.problem


def test_status_survives_reopening(warehouse: Warehouse, tmp_path: Path):
    declare(warehouse, city())
    run(warehouse)
    with Warehouse.open(tmp_path / "shop.coldb", read_only=True) as reader:
        assert status(reader) == status(warehouse)
        assert reader.snapshot().table("etl_runs").rows == 1


def test_a_source_of_which_a_table_was_left_behind_counts_as_changed(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    change("DELETE FROM sales; UPDATE cities SET name = 'x'")
    run(warehouse, tables=["sale"])
    assert status(warehouse).sources[0].freshness is Freshness.CHANGED
    run(warehouse)
    assert status(warehouse).sources[0].freshness is Freshness.UNCHANGED


def test_rejects_are_those_of_the_last_load_of_each_table(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    assert rejects(warehouse) == ()
    change(DIRT)
    run(warehouse)
    found = rejects(warehouse)
    assert [(r.run, r.table, json.loads(r.row)["id"]) for r in found] == [
        (1, "city", "9"),
        (1, "sale", "201"),
        (1, "sale", "200"),
        (1, "sale", "202"),
    ]
    assert found[0].reason == "column \"name\": X'00' is no exact VARCHAR"
    assert rejects(warehouse, "sale", limit=1) == found[1:2]
    assert rejects(warehouse, "person") == ()
    change("UPDATE sales SET amount = 2 WHERE id = 201; DELETE FROM cities WHERE id = 9")
    run(warehouse, tables=["sale"])
    assert [(r.run, r.table) for r in rejects(warehouse)] == [
        (1, "city"),
        (2, "sale"),
        (2, "sale"),
    ]
    assert warehouse.snapshot().table("etl_rejects").rows == 6
    with pytest.raises(CatalogError, match='no table "sales"; did you mean "sale"'):
        rejects(warehouse, "sales")


def checks(warehouse: Warehouse) -> dict[str, TableCheck]:
    return {check.table: check for check in verify(warehouse)}


@pytest.mark.parametrize("policy", MissingKey)
def test_a_loaded_star_is_verified_dirt_and_all(warehouse: Warehouse, change, policy: MissingKey):
    declare(warehouse, city(), person(), sale(policy))
    change(DIRT)
    run(warehouse)
    found = checks(warehouse)
    assert all(check.is_equal for check in found.values()), found
    assert found["city"].rows_refused == 1
    assert found["sale"].rows_refused == (3 if policy is MissingKey.REJECT else 2)
    assert found["person"].rows_inferred == (policy is MissingKey.INFER)
    assert (
        found["sale"].columns[3].source.sum
        == {"reject": 375, "unknown": 475, "infer": 475}[policy.value]
    )


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("UPDATE sales SET amount = 1.75 WHERE id = 100", "amount"),
        ("UPDATE sales SET amount = NULL WHERE id = 100", "amount"),
        ("UPDATE sales SET amount = 0 WHERE id = 103", "amount"),
        ("UPDATE sales SET day = '2024-01-05' WHERE id = 103", "day"),
        ("UPDATE sales SET person_id = 13 WHERE id = 100", "person_id"),
        ("UPDATE sales SET amount = 3.5 - amount WHERE id IN (100, 101)", "amount"),
    ],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_a_value_that_differs_is_found(warehouse: Warehouse, change, sql, column, has_key):
    table = sale() if has_key else sale(primary_key=())
    declare(warehouse, city(), person(), table)
    run(warehouse)
    change(sql)
    found = checks(warehouse)
    assert found["city"].is_equal
    assert found["person"].is_equal
    swapped = "3.5" in sql and not has_key  # the same values, in other rows
    assert found["sale"].is_equal == swapped
    wrong = [check.column for check in found["sale"].columns if not check.is_equal]
    assert wrong == ([] if swapped else [column])


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO sales VALUES (500, 10, '2024-01-05', 1)",
        "DELETE FROM sales WHERE id = 103",
        "UPDATE sales SET day = 'never' WHERE id = 100",
        "UPDATE sales SET id = 500 WHERE id = 103",
    ],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_a_row_too_many_or_too_few_is_found(warehouse: Warehouse, change, sql, has_key):
    declare(warehouse, city(), person(), sale() if has_key else sale(primary_key=()))
    run(warehouse)
    change(sql)
    assert not checks(warehouse)["sale"].is_equal


def test_a_row_changed_by_hand_in_the_warehouse_is_found(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    with warehouse.begin() as transaction:
        transaction.append("city", pa.table({"id": [77]}))
    assert not checks(warehouse)["city"].is_equal
