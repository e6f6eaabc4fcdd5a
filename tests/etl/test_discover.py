"""Discovery: the SQL that it writes runs, loads, and says what a person would say of the source.

The proposals for the sample databases are kept in goldens/. After a change that is meant, look at
the difference and take the new text over.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from coldb.demo.shop import make_shop
from coldb_etl import EtlError, discover, run, verify
from coldb_etl.discovery.spelling import RESERVED, snake_case, spelled, without_id
from coldb_grammar import keywords, split_statements
from coldb_warehouse.schema import MissingKey, TableKind

import coldb
from tests.etl.sources import make_sqlite
from tests.etl.test_sqlite_source import HOSTILE

DATA = Path(os.environ.get("COLDB_DATA", Path(__file__).parents[3] / "shared" / "data")) / "oltp"
GOLDENS = Path(__file__).parent / "goldens"
SAMPLES = ["chinook", "northwind", "sakila"]


def created(sql: str) -> coldb.Connection:
    """A warehouse in which the proposal was run."""
    connection = coldb.connect(":memory:")
    for statement, _ in split_statements(sql):
        connection.execute(statement)
    return connection


def sample(name: str) -> Path:
    path = DATA / f"{name}.sqlite"
    if not path.exists():
        pytest.skip(f"the sample databases are not at {DATA}; set COLDB_DATA")
    return path


@pytest.mark.parametrize("name", SAMPLES)
def test_the_proposal_for_a_sample_database_is_as_it_was(name: str):
    path = sample(name)
    written = discover(path).replace(str(path.absolute()), "PATH")
    assert written == (GOLDENS / f"{name}.sql").read_text()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_database_loads_without_a_reject(name: str):
    with created(discover(sample(name))) as connection:
        report = run(connection.warehouse)
        assert sum(load.rows_rejected for load in report.loads) == 0
        assert sum(load.rows_loaded for load in report.loads) > 5_000 or name == "northwind"
        assert all(check.is_equal for check in verify(connection.warehouse))


def test_the_demo_shop_becomes_the_star_that_one_would_draw(tmp_path: Path):
    make_shop(tmp_path / "shop.sqlite", 5_000)
    with created(discover(tmp_path / "shop.sqlite")) as connection:
        tables = {table.name: table for table in connection.warehouse.snapshot().tables}
        facts = {name for name, table in tables.items() if table.kind is TableKind.FACT}
        assert facts == {"orders", "order_lines", "payments"}
        assert tables.keys() - facts == {"calendar", "customers", "products", "stores"}
        assert [key.table for key in tables["order_lines"].foreign_keys] == [
            "products", "customers", "stores", "calendar",
        ]  # fmt: skip
        policies = {key.table: key.on_missing for key in tables["order_lines"].foreign_keys}
        assert policies["products"] is MissingKey.UNKNOWN
        assert policies["customers"] is MissingKey.REJECT
        assert tables["customers"].hierarchies[0].columns == (
            "city_region_name", "city_nation_name", "city_name",
        )  # fmt: skip
        assert tables["products"].hierarchies[0].columns == ("category_department", "category_name")
        assert tables["order_lines"].order_by[0] == "ordered_day"
        report = run(connection.warehouse)
        assert all(check.is_equal for check in verify(connection.warehouse))
        assert {load.table: load.rows_read for load in report.loads}["order_lines"] == 5_000
        [row] = connection.execute(
            "SELECT count(DISTINCT year), min(day), max(day) FROM calendar"
        ).fetchall()
        assert row == (4, dt.date(2021, 1, 1), dt.date(2024, 12, 31))


COLUMN_TYPES = [
    ("INTEGER", [1, 2], "INTEGER"),
    ("INTEGER", [1, 2**40], "BIGINT"),
    ("INTEGER", [1, 2**63 - 1], "BIGINT"),
    ("REAL", [1.0, 2.0], "INTEGER"),
    ("REAL", [1.5, 2.0], "DOUBLE"),
    ("NUMERIC(10, 2)", [1, 2], "DECIMAL(10,2)"),
    ("NUMERIC", [0.99, 12], "DECIMAL(10,2)"),
    ("NUMERIC", [1 / 3], "DOUBLE"),
    ("", [0.5], "DECIMAL(10,1)"),
    ("BOOLEAN", [0, 1], "BOOLEAN"),
    ("BOOLEAN", [0, 2], "INTEGER"),
    ("TEXT", ["a"], "VARCHAR"),
    ("TEXT", ["2024-01-31", "2024-02-01"], "DATE"),
    ("DATETIME", ["2024-01-31 00:00:00", "2024-02-01"], "DATE"),
    ("DATETIME", ["2024-01-31 10:00:00", "2024-02-01"], "TIMESTAMP"),
    ("DATE", [], "DATE"),
    ("INT", [], "BIGINT"),
    ("DATE", [None], "DATE"),
    ("INTEGER", [*range(100), "dirt"], "INTEGER"),
    ("INTEGER", [1, "dirt"], "VARCHAR"),
]


@pytest.mark.parametrize(("declared", "values", "expected"), COLUMN_TYPES)
def test_types_come_from_the_values(tmp_path: Path, declared: str, values: list, expected: str):
    path = make_sqlite(
        tmp_path / "s.sqlite", f"CREATE TABLE t (k INTEGER PRIMARY KEY, v {declared})"
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany("INSERT INTO t (v) VALUES (?)", [(value,) for value in values])
        connection.commit()
    with created(discover(path)) as connection:
        assert str(connection.warehouse.snapshot().table("t").schema.column("v").type) == expected


def test_what_has_no_type_is_left_out_by_name(tmp_path: Path):
    rows = [(1, b"\0"), (2, "text"), (3, b""), (4, "words")]
    path = make_sqlite(tmp_path / "s.sqlite", "CREATE TABLE t (a, mixture)", t=rows)
    sql = discover(path)
    assert "-- Left out: mixture (binary)." in sql
    with created(sql) as connection:
        run(connection.warehouse)
        assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == [
            (1,),
            (2,),
            (3,),
            (4,),
        ]


def test_bytes_are_taken(tmp_path: Path):
    rows = [(1, b"\0\xff"), (2, "text"), (3, None), (4, b"")]
    path = make_sqlite(tmp_path / "s.sqlite", "CREATE TABLE t (a, picture BLOB)", t=rows)
    with created(discover(path)) as connection:
        report = run(connection.warehouse)
        assert report.loads[0].rows_rejected == 0
        found = connection.execute("SELECT a, picture FROM t ORDER BY a").fetchall()
        assert found == [(1, b"\0\xff"), (2, b"text"), (3, None), (4, b"")]


def test_keys_may_be_bytes(tmp_path: Path):
    path = make_sqlite(
        tmp_path / "s.sqlite",
        """
        CREATE TABLE parents (uuid BLOB PRIMARY KEY, name TEXT);
        CREATE TABLE children (id INTEGER PRIMARY KEY, parent BLOB REFERENCES parents, price REAL);
        CREATE TABLE blobs (content BLOB);
        """,
        parents=[(b"1", "a"), (b"2", "b")],
        children=[(1, b"1", 0.5), (2, None, 1.5)],
        blobs=[(b"x",)],
    )
    with created(discover(path)) as connection:
        report = run(connection.warehouse)
        assert {load.table: load.rows_loaded for load in report.loads} == {
            "parents": 2, "children": 2, "blobs": 1
        }  # fmt: skip
        assert connection.execute(
            "SELECT c.id, p.name FROM children AS c LEFT JOIN parents AS p ON c.parent = p.uuid "
            "ORDER BY c.id"
        ).fetchall() == [(1, "a"), (2, None)]


def test_circles_and_self_references_are_resolved(tmp_path: Path):
    path = make_sqlite(
        tmp_path / "s.sqlite",
        """
        CREATE TABLE shops (id INTEGER PRIMARY KEY, name TEXT, boss_id INTEGER REFERENCES people);
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, shop_id INTEGER REFERENCES shops,
                             parent_id INTEGER REFERENCES people (ID));
        CREATE TABLE visits (person_id INTEGER REFERENCES People, at TEXT, note TEXT);
        """,
        shops=[(1, "a", 11)],
        people=[(11, "x", 1, None), (12, "y", 1, 11), (13, "z", 9, 12)],
        visits=[(11, "2024-01-31 10:00:00", "n"), (99, None, None)],
    )
    with created(discover(path)) as connection:
        report = run(connection.warehouse)
        loads = {load.table: load for load in report.loads}
        assert (loads["people"].rows_loaded, loads["visits"].keys_unknown) == (3, {"person_id": 1})
        assert connection.execute(
            "SELECT p.name, q.name, p.shop_name FROM people p JOIN people q ON q.id = p.parent_id "
            "ORDER BY 1"
        ).fetchall() == [("y", "x", "a"), ("z", "y", None)]


def test_composite_keys(tmp_path: Path):
    path = make_sqlite(
        tmp_path / "s.sqlite",
        """
        CREATE TABLE flats (house INTEGER, flat INTEGER, name TEXT, PRIMARY KEY (house, flat));
        CREATE TABLE meters (id INTEGER PRIMARY KEY, f INTEGER, h INTEGER, kwh REAL,
                             FOREIGN KEY (f, h) REFERENCES flats (flat, house));
        """,
        flats=[(1, 2, "a"), (2, 1, "b")],
        meters=[(1, 2, 1, 0.5), (2, 1, 2, 1.5), (3, 2, 2, 1.0)],
    )
    with created(discover(path)) as connection:
        run(connection.warehouse)
        assert connection.execute(
            "SELECT m.id, f.name FROM meters m LEFT JOIN flats f ON f.house = m.h AND f.flat = m.f "
            "ORDER BY 1"
        ).fetchall() == [(1, "a"), (2, "b"), (3, None)]


def test_hostile_names_are_discovered_and_loaded(tmp_path: Path):
    path = tmp_path / "s'\nDROP TABLE.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        for name in HOSTILE:
            quoted = '"' + name.replace('"', '""') + '"'
            connection.execute(f"CREATE TABLE {quoted} ({quoted} INTEGER PRIMARY KEY, other TEXT)")
            connection.execute(f"INSERT INTO {quoted} VALUES (1, ?)", [name])
        connection.commit()
    with created(discover(path, name="s")) as connection:
        report = run(connection.warehouse)
        assert len(report.loads) == len(HOSTILE)
        assert {load.rows_loaded for load in report.loads} == {1}
        found = {
            str(value)
            for table in report.loads
            for (value,) in connection.execute(
                f"SELECT other FROM {spelled(table.table)}"
            ).fetchall()
        }
        assert found == set(HOSTILE)


CUSTOMERS = pa.table(
    {
        "id": list(range(50)),
        "Full Name": [f"n{i}" for i in range(50)],
        "city": [f"c{i % 15}" for i in range(50)],
        "nation": [f"n{i % 15 // 4}" for i in range(50)],
    }
)
SALES = pa.table(
    {
        "sale_id": list(range(100)),
        "customer_id": [i % 60 for i in range(100)],
        "Sold On": [dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(100)],
        "amount": [i / 4 for i in range(100)],
    }
)


def test_every_type_of_parquet_is_taken(tmp_path: Path):
    noon = dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC)
    columns = {
        "id": pa.array([UUID(int=2), UUID(int=1)], pa.uuid()),
        "at": pa.array([dt.time(1, 2, 3), None]),
        "since": pa.array([noon, noon], pa.timestamp("ms", "Europe/Berlin")),
        "raw": pa.array([b"\xff", None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "events.parquet")
    with created(discover(tmp_path, name="files")) as connection:
        run(connection.warehouse)
        assert all(check.is_equal for check in verify(connection.warehouse))
        assert connection.execute("SELECT * FROM events ORDER BY id").fetchall() == [
            (UUID(int=1), None, noon, None),
            (UUID(int=2), dt.time(1, 2, 3), noon, b"\xff"),
        ]


@pytest.mark.parametrize("kind", ["csv", "semicolon", "parquet"])
def test_files_become_a_star_by_the_names_of_their_columns(tmp_path: Path, kind: str):
    for name, table in (("customers", CUSTOMERS), ("sales", SALES)):
        if kind == "parquet":
            pq.write_table(table, tmp_path / f"{name}.parquet")
        else:
            options = pyarrow.csv.WriteOptions(delimiter=";" if kind == "semicolon" else ",")
            pyarrow.csv.write_csv(table, tmp_path / f"{name}.csv", options)
    with created(discover(tmp_path, name="files")) as connection:
        tables = {table.name: table for table in connection.warehouse.snapshot().tables}
        assert tables["sales"].kind is TableKind.FACT
        assert tables["sales"].order_by == ("sold on", "customer_id")
        assert tables["customers"].hierarchies[0].columns == ("nation", "city")
        report = run(connection.warehouse)
        assert report.loads[1].keys_unknown == {"customer_id": 10}
        assert all(check.is_equal for check in verify(connection.warehouse))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no file or directory"),
        (lambda path: path.mkdir(), "has no .csv and no .parquet file"),
        (lambda path: path.write_text("no database " * 100), "file is not a database"),
        (lambda path: make_sqlite(path, "SELECT 1"), "has no tables: there is nothing to load"),
    ],
)
def test_what_cannot_be_discovered_is_one_clear_line(tmp_path: Path, make, message: str):
    make(tmp_path / "source")
    with pytest.raises(EtlError, match=message) as caught:
        discover(tmp_path / "source")
    assert "\n" not in str(caught.value)


def test_every_word_that_the_grammar_reserves_is_quoted():
    assert {word.lower() for word in keywords.RESERVED} <= RESERVED


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OrderID", "order_id"),
        ("Order Details", "order_details"),
        ("HTTPServerId", "http_server_id"),
        ("already_so", "already_so"),
        ("1st", "x1st"),
        ("\u00c4", "x"),
        ("", "x"),
    ],
)
def test_names_become_snake_case(name: str, expected: str):
    assert snake_case(name) == expected


def test_a_foreign_key_is_named_after_what_it_leads_to():
    assert [without_id(name) for name in ("category_id", "ship_via", "id", "customer_key")] == [
        "category", "ship_via", "id", "customer",
    ]  # fmt: skip
