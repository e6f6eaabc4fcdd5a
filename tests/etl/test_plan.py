"""A plan tells what a run would do, and what is wrong, and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from coldb_etl import ModelError, SourceError, plan, run
from coldb_warehouse.schema import Filling, ForeignKey, MissingKey

from tests.etl.stars import city, declare, person, sale

if TYPE_CHECKING:
    from coldb_warehouse import Warehouse


def test_a_plan_counts_and_matches_in_load_order(warehouse: Warehouse):
    query = "SELECT *, 1 AS more FROM people"
    declare(warehouse, city(), person(filling=Filling("shop", query)), sale(MissingKey.UNKNOWN))
    version = warehouse.snapshot().version
    planned = plan(warehouse)
    assert [(t.schema.name, t.rows, t.rows_now) for t in planned.tables] == [
        ("city", 3, 0),
        ("person", 4, 0),
        ("sale", 4, 0),
    ]
    assert planned.problems == ()
    assert planned.tables[1].matching.extra == ("more",)
    assert planned.tables[2].foreign_keys == (
        ForeignKey(("person_id",), "person", ("id",), MissingKey.UNKNOWN),
    )
    assert warehouse.snapshot().version == version
    run(warehouse)
    assert [t.rows_now for t in plan(warehouse).tables] == [3, 4, 4]


def test_a_plan_names_what_drifted(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    change("ALTER TABLE people RENAME COLUMN name TO full_name; DROP TABLE sales")
    planned = plan(warehouse)
    assert planned.problems == (
        'table "person": the source has no column "name"; it has "id", "city_id", "full_name": '
        "change the query of the table, or the table",
        planned.problems[1],
    )
    assert planned.problems[1].startswith('table "sale": SQLite file ')
    assert planned.problems[1].endswith("no such table: sales")
    with pytest.raises(SourceError, match='table "person": the source has no column "name"'):
        run(warehouse)


def test_a_plan_survives_a_missing_source(warehouse: Warehouse, tmp_path):
    declare(warehouse, city(), person())
    (tmp_path / "shop.sqlite").unlink()
    planned = plan(warehouse)
    assert len(planned.problems) == 2
    assert all("there is no SQLite file" in problem for problem in planned.problems)


def test_a_plan_of_some_tables_has_those_that_refer_to_them(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    names = [t.schema.name for t in plan(warehouse, tables=["person"]).tables]
    assert names == ["person", "sale"]
    with warehouse.begin() as transaction:
        transaction.drop_table("sale")
        transaction.drop_table("person")
        transaction.create_table(person(filling=None))
    with pytest.raises(ModelError, match='table "person" has no source'):
        plan(warehouse, tables=["person"])
