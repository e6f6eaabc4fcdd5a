"""A run: the whole star or nothing, every row accounted for, nothing done twice."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from coldb_etl import EtlError, ModelError, Progress, SourceError, run
from coldb_warehouse import LockedError, Settings, Warehouse
from coldb_warehouse.schema import Filling, MissingKey, TableKind, TableSchema

from tests.etl.stars import city, declare, filled, person, rows, sale

if TYPE_CHECKING:
    from pathlib import Path

SALES = [
    (100, 10, dt.date(2024, 1, 1), Decimal("1.50")),
    (101, 11, dt.date(2024, 1, 2), Decimal("2.00")),
    (102, 10, dt.date(2024, 1, 3), Decimal("0.25")),
    (103, None, dt.date(2024, 1, 3), None),
]


def rejected(warehouse: Warehouse) -> list[tuple[str, str, dict]]:
    snapshot = warehouse.snapshot()
    if not snapshot.has_table("etl_rejects"):
        return []
    return [
        (table, reason, json.loads(row))
        for _, _, table, reason, row in rows(snapshot, "etl_rejects")
    ]


def test_the_whole_star_is_loaded_in_one_version(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    before = warehouse.snapshot()
    report = run(warehouse)
    after = warehouse.snapshot()
    assert (report.run, report.is_unchanged) == (1, False)
    assert report.version == after.version == before.version + 1
    assert [load.table for load in report.loads] == ["city", "person", "sale"]
    assert rows(after, "sale") == SALES
    assert rows(after, "person") == [
        (10, "Ada", 1), (11, "Bob", 2), (12, "Cy", None), (13, "Di", 2)
    ]  # fmt: skip
    assert rows(after, "city")[0] == (1, "Bonn", "DE")
    assert before.table("sale").rows == 0
    assert [row[:2] + row[4:] for row in rows(after, "etl_runs")] == [
        (1, "city", 3, 3, 0, 0, 0),
        (1, "person", 4, 4, 0, 0, 0),
        (1, "sale", 4, 4, 0, 0, 0),
    ]


def test_running_again_changes_nothing(warehouse: Warehouse, tmp_path: Path):
    declare(warehouse, city(), person(), sale())
    version = run(warehouse).version
    again = run(warehouse)
    assert again.is_unchanged
    assert (again.version, again.run, again.loads) == (version, 1, ())
    # A touched file has another position, but the same rows.
    (tmp_path / "shop.sqlite").touch()
    assert run(warehouse).is_unchanged
    assert warehouse.snapshot().version == version


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sales SET amount = 1.75 WHERE id = 100",
        "UPDATE cities SET name = NULL WHERE id = 3",
        "INSERT INTO sales VALUES (104, 12, '2024-02-01', 5)",
        "DELETE FROM sales WHERE id = 101",
        "UPDATE sales SET amount = 'dirty' WHERE id = 100",
    ],
)
def test_a_changed_source_is_loaded_again(warehouse: Warehouse, change, sql: str):
    declare(warehouse, city(), person(), sale())
    first = run(warehouse)
    old = rows(warehouse.snapshot(), "sale")
    change(sql)
    second = run(warehouse)
    assert not second.is_unchanged
    assert (second.run, second.version) == (2, first.version + 1)
    change("UPDATE sales SET amount = 1.5 WHERE id = 100")
    assert old == SALES


def test_what_a_source_no_longer_has_is_gone_after_the_next_run(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    change("DELETE FROM sales WHERE id IN (100, 102); DELETE FROM people WHERE id = 10")
    run(warehouse)
    assert rows(warehouse.snapshot(), "sale") == [SALES[1], SALES[3]]
    assert [row[0] for row in rows(warehouse.snapshot(), "person")] == [11, 12, 13]


def test_a_table_changed_by_hand_or_made_anew_is_not_taken_for_unchanged(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    with warehouse.begin() as transaction:
        transaction.truncate("sale")
    assert not run(warehouse).is_unchanged
    with warehouse.begin() as transaction:
        transaction.drop_table("sale")
        transaction.create_table(sale())
    assert not run(warehouse).is_unchanged
    assert rows(warehouse.snapshot(), "sale") == SALES


def test_dirty_values_are_kept_with_their_reasons(warehouse: Warehouse, change):
    change(
        """
        INSERT INTO sales VALUES (200, 10, '2024-02-30', 1), (201, 10, '2024-02-01', 'two'),
            (202, 99, '2024-02-01', 1), (203, 10, NULL, 1), (204, 10, '2024-02-01', 0.125),
            (205, 10, '2024-02-01', 12345678.5);
        """
    )
    declare(warehouse, city(), person(), sale())
    load = run(warehouse).loads[-1]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (10, 4, 6)
    assert rows(warehouse.snapshot(), "sale") == SALES
    reasons = {row["id"]: reason for table, reason, row in rejected(warehouse) if table == "sale"}
    assert reasons == {
        "200": 'column "day": "2024-02-30" is not a date',
        "201": "column \"amount\": 'two' is no exact DECIMAL(9,2)",
        "202": 'missing key: person_id = 99 is not in table "person"',
        "203": 'column "day" is NULL, and it is NOT NULL',
        "204": 'column "amount": "0.125" has more than 2 decimal places',
        "205": 'column "amount": "12345678.5" does not fit in DECIMAL(9,2)',
    }


def test_repeated_keys_are_rejected_but_the_first(warehouse: Warehouse):
    query = "SELECT * FROM cities UNION ALL SELECT id, 'copy', NULL FROM cities WHERE id < 3"
    declare(warehouse, city(filling=Filling("shop", query)))
    [load] = run(warehouse).loads
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (5, 3, 2)
    assert [row[1] for row in rows(warehouse.snapshot(), "city")] == ["Bonn", "Lyon", "Graz"]
    assert {row["name"] for _, _, row in rejected(warehouse)} == {"copy"}


def test_policies_say_what_becomes_of_a_missing_key(warehouse: Warehouse, change):
    change("INSERT INTO sales VALUES (104, 77, '2024-01-04', 1), (105, 77, '2024-01-04', 2)")
    declare(warehouse, city(), person(), sale(MissingKey.UNKNOWN))
    load = run(warehouse).loads[-1]
    assert load.keys_unknown == {"person_id": 2}
    assert (load.rows_loaded, load.rows_rejected) == (6, 0)
    assert [row[1] for row in rows(warehouse.snapshot(), "sale")][4:] == [None, None]

    with warehouse.begin() as transaction:
        transaction.drop_table("sale")
        transaction.create_table(sale(MissingKey.INFER))
    load = run(warehouse).loads[-1]
    assert load.rows_inferred == {"person": 1}
    assert (77, None, None) in rows(warehouse.snapshot(), "person")
    assert [row[1] for row in rows(warehouse.snapshot(), "sale")][4:] == [77, 77]
    assert run(warehouse).is_unchanged


def test_an_error_in_the_last_table_leaves_the_old_state(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    change("DELETE FROM people; ALTER TABLE sales RENAME COLUMN amount TO total")
    before = warehouse.snapshot().version
    with pytest.raises(SourceError, match=r'table "sale": .* no column "amount"; it has "id"'):
        run(warehouse)
    assert warehouse.snapshot().version == before
    assert len(rows(warehouse.snapshot(), "person")) == 4
    change("ALTER TABLE sales RENAME COLUMN total TO amount")
    assert not run(warehouse).is_unchanged


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupt_leaves_the_old_state(warehouse: Warehouse, change, error):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    change("DELETE FROM people")
    before = warehouse.snapshot().version

    def interrupt(progress: Progress) -> None:
        if progress.table == "sale" and progress.phase == "write":
            raise error

    with pytest.raises(error):
        run(warehouse, progress=interrupt)
    assert warehouse.snapshot().version == before
    assert rows(warehouse.snapshot(), "sale") == SALES
    run(warehouse)
    assert rows(warehouse.snapshot(), "person") == []


def test_a_table_pulls_those_that_refer_to_it(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    assert [load.table for load in run(warehouse, tables=["person"]).loads] == ["person", "sale"]


def test_one_fact_alone_is_loaded_alone(warehouse: Warehouse, change):
    declare(warehouse, city(), person(), sale())
    run(warehouse)
    change("UPDATE cities SET name = 'new'; UPDATE sales SET amount = 9")
    assert [load.table for load in run(warehouse, tables=["sale"]).loads] == ["sale"]
    assert rows(warehouse.snapshot(), "city")[0] == (1, "Bonn", "DE")
    assert {row[3] for row in rows(warehouse.snapshot(), "sale")} == {Decimal(9)}
    assert [load.table for load in run(warehouse).loads] == ["city", "person", "sale"]


def test_progress_is_told(warehouse: Warehouse):
    declare(warehouse, city(), person(), sale())
    heard: list[Progress] = []
    run(warehouse, progress=heard.append)
    phases = [p.phase for p in heard if p.table == "sale"]
    assert (phases[0], phases[-1]) == ("extract", "write")
    assert {(p.table, p.total) for p in heard if p.phase == "write"} == {
        ("city", 3), ("person", 4), ("sale", 4)
    }  # fmt: skip
    assert all(p.rows == p.total for p in heard if p.phase != "extract")
    assert heard[-1].phase == "commit"
    assert all(p.rows_per_second >= 0 for p in heard)


def test_an_empty_source_table_is_an_empty_table(warehouse: Warehouse, change):
    change("DELETE FROM sales; DELETE FROM people; DELETE FROM cities")
    declare(warehouse, city(), person(), sale())
    report = run(warehouse)
    assert [load.rows_read for load in report.loads] == [0, 0, 0]
    assert run(warehouse).is_unchanged


def test_hostile_names_from_model_to_source(warehouse: Warehouse, change):
    change("""CREATE TABLE "a ""b'; --" ("x y" INTEGER, "select" TEXT);
              INSERT INTO "a ""b'; --" VALUES (1, '''; DROP TABLE people; --')""")
    columns = tuple(
        type(c)(name, c.type) for c, name in zip(city().columns, ["x y", "select"], strict=False)
    )
    table = TableSchema(
        "a \"b'; --",
        TableKind.PLAIN,
        columns,
        filling=Filling("shop", 'SELECT * FROM "a ""b\'; --"'),
    )
    declare(warehouse, table)
    run(warehouse)
    assert rows(warehouse.snapshot(), table.name) == [(1, "'; DROP TABLE people; --")]


@pytest.mark.parametrize(
    ("tables", "names", "error", "message"),
    [
        ((), None, ModelError, "no table has a source"),
        ((city(filling=None),), None, ModelError, "no table has a source"),
        ((city(), person(filling=None)), ["person"], ModelError, 'table "person" has no source'),
        ((city(filling=filled("nowhere")),), None, SourceError, 'table "city": .*no such table'),
        ((city(filling=filled("cities WHERE")),), None, SourceError, "syntax error"),
    ],
)
def test_a_model_that_cannot_be_loaded(warehouse: Warehouse, tables, names, error, message):
    declare(warehouse, *tables)
    with pytest.raises(error, match=message) as caught:
        run(warehouse, tables=names)
    assert "\n" not in str(caught.value)


def test_a_missing_source_file_is_named_with_its_place(tmp_path: Path):
    with Warehouse.open(tmp_path / "w", settings=Settings(sync=False)) as warehouse:
        declare(warehouse, city(), path="gone.sqlite")
        with pytest.raises(SourceError, match="there is no SQLite file") as caught:
            run(warehouse)
        assert str(tmp_path / "gone.sqlite") in str(caught.value)


def test_a_table_in_the_way_of_the_log_is_not_overwritten(warehouse: Warehouse):
    in_the_way = TableSchema("etl_runs", TableKind.PLAIN, city().columns)
    declare(warehouse, city(), in_the_way)
    with pytest.raises(ModelError, match='table "etl_runs" is not as loads write it'):
        run(warehouse)
    assert rows(warehouse.snapshot(), "city") == []


def test_a_run_needs_the_lock(warehouse: Warehouse):
    declare(warehouse, city())
    with warehouse.begin() as transaction:
        with pytest.raises(LockedError):
            run(warehouse)
        transaction.rollback()


def test_errors_share_a_base():
    assert issubclass(SourceError, EtlError)
    assert issubclass(ModelError, EtlError)
