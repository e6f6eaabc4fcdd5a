"""What CREATE TABLE declares, what a catalog knows, and what VALUES and frames look like."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from coldb.engine.bind import BoundQuery, Catalog, bind_query, table_schema
from coldb.engine.plan import FrameScan
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import parse_statement
from coldb_grammar.ast import CreateTable
from coldb_warehouse.schema import (
    Filling,
    ForeignKey,
    Hierarchy,
    MissingKey,
    TableKind,
    TableSchema,
)

from tests.engine.star import bound, catalog, snapshot_of


def declared(sql: str) -> TableSchema:
    statement = parse_statement(sql)
    assert isinstance(statement, CreateTable)
    return table_schema(statement, catalog())


# --- CREATE TABLE --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("INT", "INTEGER"),
        ("INT2", "SMALLINT"),
        ("BIGINT", "BIGINT"),
        ("DECIMAL(9, 3)", "DECIMAL(9,3)"),
        ("NUMERIC(9)", "DECIMAL(9,0)"),
        ("NUMERIC", "DECIMAL(38,10)"),
        ("REAL", "REAL"),
        ("FLOAT", "DOUBLE"),
        ("FLOAT(24)", "REAL"),
        ("DOUBLE PRECISION", "DOUBLE"),
        ("TEXT", "VARCHAR"),
        ("VARCHAR(7)", "VARCHAR(7)"),
        ("CHARACTER VARYING(7)", "VARCHAR(7)"),
        ("CHAR(3)", "CHAR(3)"),
        ("CHAR", "CHAR(1)"),
        ("DATE", "DATE"),
        ("TIMESTAMP", "TIMESTAMP"),
        ("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"),
        ("TIMESTAMPTZ", "TIMESTAMPTZ"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
        ("TIME", "TIME"),
        ("BYTEA", "BLOB"),
        ("UUID", "UUID"),
        ("BOOL", "BOOLEAN"),
    ],
)
def test_type_names(written: str, meant: str) -> None:
    assert str(declared(f"CREATE TABLE x (a {written})").columns[0].type) == meant


def test_a_table_of_a_star() -> None:
    schema = declared("""
        CREATE DIMENSION TABLE product (
            product_id INTEGER PRIMARY KEY, brand VARCHAR NOT NULL, kind VARCHAR ENCODING plain,
            store INTEGER REFERENCES store ON MISSING UNKNOWN, other INTEGER REFERENCES product,
            HIERARCHY kinds (kind, brand))
        ORDER BY (brand) FROM SOURCE shop AS 'SELECT 1'""")
    assert schema.kind is TableKind.DIMENSION
    assert schema.primary_key == ("product_id",)
    assert [column.nullable for column in schema.columns] == [False, False, True, True, True]
    assert schema.column("kind").encoding == "plain"
    assert schema.hierarchies == (Hierarchy("kinds", ("kind", "brand")),)
    assert schema.order_by == ("brand",)
    assert schema.filling == Filling("shop", "SELECT 1")
    assert schema.foreign_keys == (
        ForeignKey(("store",), "store", ("store_id",), MissingKey.UNKNOWN),
        ForeignKey(("other",), "product", ("product_id",)),
    )


def test_a_foreign_key_follows_the_order_of_the_primary_key() -> None:
    snapshot = snapshot_of("CREATE TABLE parts (p INTEGER, s INTEGER, PRIMARY KEY (p, s))")
    statement = parse_statement(
        "CREATE TABLE x (a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES parts (s, p))"
    )
    assert isinstance(statement, CreateTable)
    (key,) = table_schema(statement, Catalog(snapshot)).foreign_keys
    assert key == ForeignKey(("b", "a"), "parts", ("p", "s"))


@pytest.mark.parametrize(
    ("sql", "place", "message"),
    [
        ("CREATE TABLE x (a INTEGR)", "INTEGR", "no type INTEGR; did you mean INTEGER?"),
        ("CREATE TABLE x (a INTERVAL)", "INTERVAL", "an INTERVAL cannot be stored"),
        ("CREATE TABLE x (a DECIMAL(5, 7))", "DECIMAL(5, 7)", "DECIMAL scale must be 0 to"),
        ("CREATE TABLE x (a VARCHAR(0))", "VARCHAR(0)", "must be at least 1"),
        ("CREATE TABLE x (a DATE(3))", "DATE(3)", "the type DATE does not take an argument"),
        ("CREATE TABLE x (a FLOAT(60))", "FLOAT(60)", "the precision of FLOAT must be 1 to 53"),
        (
            "CREATE TABLE x (a INTEGER, PRIMARY KEY (aa))",
            "aa",
            'PRIMARY KEY names column "aa", which the table does not have; did you mean "a"?',
        ),
        (
            "CREATE DIMENSION TABLE x (abc INTEGER, HIERARCHY h (abd))",
            "abd",
            'HIERARCHY h names column "abd", which the table does not have; did you mean "abc"?',
        ),
        ("CREATE TABLE x (a INTEGER) ORDER BY (b)", "b", 'ORDER BY names column "b"'),
        (
            "CREATE TABLE x (a INTEGER, FOREIGN KEY (b) REFERENCES store)",
            "b",
            'FOREIGN KEY names column "b"',
        ),
        ("CREATE TABLE x (a INTEGER, a DATE)", "x", 'column "a" is declared twice'),
        (
            "CREATE TABLE x (a INTEGER PRIMARY KEY, b INTEGER PRIMARY KEY)",
            "b",
            'table "x" has two primary keys',
        ),
        ("CREATE TABLE x (a INTEGER REFERENCES stor)", "stor", 'did you mean "store"?'),
        ("CREATE TABLE x (a INTEGER REFERENCES kinds)", "kinds", "has no primary key"),
        (
            "CREATE TABLE x (a INTEGER REFERENCES store (city))",
            "city",
            'a foreign key refers to the primary key of "store", which is (store_id)',
        ),
        (
            "CREATE TABLE x (a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES store)",
            "a",
            'the primary key of "store" is (store_id), which is not 2 columns',
        ),
    ],
)
def test_wrong_declarations(sql: str, place: str, message: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        declared(sql)
    assert message in str(caught.value)
    assert caught.value.span is not None
    assert sql[caught.value.span.start : caught.value.span.end] == place


@pytest.mark.parametrize("type_", ["TIME WITH TIME ZONE", "MONEY", "JSON", "TIMESTAMP(3)"])
def test_types_of_other_databases(type_: str) -> None:
    with pytest.raises(NotSupportedError):
        declared(f"CREATE TABLE x (a {type_})")


# --- VALUES --------------------------------------------------------------------------------------


def rows(query: BoundQuery) -> list[tuple[Any, ...]]:
    assert isinstance(query.plan, FrameScan)
    frame = query.frames[query.plan.name]
    return list(zip(*(column.to_pylist() for column in frame.columns), strict=True))


def test_values_are_kept_as_a_frame() -> None:
    query = bound("VALUES (1, 'a', true, 1.5), (-2, NULL, NULL, 20)")
    assert query.names == ("column1", "column2", "column3", "column4")
    assert rows(query) == [
        (1, "a", True, Decimal("1.5")),
        (-2, None, None, Decimal("20.0")),
    ]


def test_constant_expressions_are_computed() -> None:
    query = bound("VALUES (1 + 1, DATE '2024-01-31' + 1), (length('abc'), NULL), (?, ?)", [7, None])
    assert rows(query) == [(2, dt.date(2024, 2, 1)), (3, None), (7, None)]


def test_wide_decimals() -> None:
    wide = 10**30
    assert rows(bound(f"VALUES ({wide}), (1)")) == [(wide,), (1,)]
    assert rows(bound(f"VALUES ({wide} * 10), (-1)")) == [(wide * 10,), (-1,)]


def test_rows_that_need_more_than_constants_are_planned() -> None:
    assert not isinstance(bound("VALUES (1, (SELECT max(id) FROM sale)), (2, 3)").plan, FrameScan)
    assert not isinstance(bound("VALUES (now())").plan, FrameScan)


# --- frames --------------------------------------------------------------------------------------


def with_frame(frame: pa.Table) -> Catalog:
    return Catalog(snapshot_of("CREATE TABLE stored (a INTEGER)"), {"lent": frame})


def test_a_frame_is_scanned_by_its_name() -> None:
    frame = pa.table(
        {
            "n": pa.array([1, 2], pa.uint16()),
            "word": pa.array(["a", None]).dictionary_encode(),
            "at": pa.array([0, 1], pa.timestamp("ns", tz="UTC")),
            "money": pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)),
        }
    )
    query = bind_query(parse_statement("SELECT * FROM lent AS l"), with_frame(frame))
    assert query.names == ("n", "word", "at", "money")
    types = [str(field.type) for field in query.plan.fields]
    assert types == ["INTEGER", "VARCHAR", "TIMESTAMPTZ", "DECIMAL(9,2)"]
    assert [field.nullable for field in query.plan.fields] == [False, True, False, True]


def test_a_frame_of_a_type_that_sql_lacks_is_refused() -> None:
    catalog = with_frame(pa.table({"xs": [[1, 2]]}))
    with pytest.raises(NotSupportedError, match='column "xs" of frame "lent" has the Arrow type'):
        bind_query(parse_statement("SELECT 1 FROM lent"), catalog)


def test_a_stored_table_is_not_hidden_by_a_frame() -> None:
    catalog = with_frame(pa.table({"n": [1]}))
    assert catalog.names() == ("lent", "stored")
    with pytest.raises(ProgrammingError, match='cannot register "stored"'):
        catalog.check_frame_name("stored")
    catalog.check_frame_name("other")


def test_a_frame_cannot_be_referenced() -> None:
    statement = parse_statement("CREATE TABLE x (a INTEGER REFERENCES lent)")
    assert isinstance(statement, CreateTable)
    with pytest.raises(ProgrammingError, match='"lent" is a registered frame'):
        table_schema(statement, with_frame(pa.table({"n": [1]})))
