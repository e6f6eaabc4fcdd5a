"""The tree of each statement other than a query."""

import pytest
from coldb_grammar import SqlSyntaxError, parse, parse_statement, split_statements
from coldb_grammar.ast import (
    Begin,
    ColumnDefinition,
    Commit,
    Copy,
    CreateSource,
    CreateTable,
    Describe,
    DropSource,
    DropTable,
    Explain,
    Filling,
    ForeignKey,
    Hierarchy,
    Identifier,
    Insert,
    Literal,
    NamedTable,
    Option,
    Parameter,
    Query,
    Reference,
    Rollback,
    Select,
    SelectItem,
    Show,
    Span,
    TypeName,
    Values,
)

ONE = Literal(1)
SELECT_1 = Query(Select((SelectItem(ONE),)))
T = Identifier("t")


def names(text):
    return tuple(Identifier(word) for word in text.split())


def column(name, kind, *arguments, **rest):
    return ColumnDefinition(Identifier(name), TypeName(kind, arguments), **rest)


def test_dimension_table():
    statement = parse_statement(
        "CREATE DIMENSION TABLE IF NOT EXISTS customer ("
        "  c_custkey INTEGER PRIMARY KEY, c_name VARCHAR(25) NOT NULL,"
        "  c_nation VARCHAR NULL ENCODING rle,"
        "  HIERARCHY geography (c_region, c_nation)"
        ") ORDER BY (c_region, c_nation) FROM SOURCE shop AS 'SELECT * FROM customers'"
    )
    assert statement == CreateTable(
        Identifier("customer"),
        "dimension",
        columns=(
            column("c_custkey", "INTEGER", primary_key=True),
            column("c_name", "VARCHAR", 25, not_null=True),
            column("c_nation", "VARCHAR", encoding="rle"),
        ),
        hierarchies=(Hierarchy(Identifier("geography"), names("c_region c_nation")),),
        order_by=names("c_region c_nation"),
        filling=Filling(Identifier("shop"), "SELECT * FROM customers"),
        if_not_exists=True,
    )


def test_fact_table():
    statement = parse_statement(
        "CREATE FACT TABLE sales (a INT NOT NULL REFERENCES d, b INT REFERENCES e (k) ON MISSING"
        " INFER NOT NULL, c DECIMAL(15,2), PRIMARY KEY (a, b),"
        " FOREIGN KEY (a, b) REFERENCES t (x, y) ON MISSING UNKNOWN)"
        " FROM SOURCE s AS 'x' ORDER BY (a)"
    )
    assert statement == CreateTable(
        Identifier("sales"),
        "fact",
        columns=(
            column("a", "INT", not_null=True, references=Reference(Identifier("d"))),
            column(
                "b",
                "INT",
                not_null=True,
                references=Reference(Identifier("e"), names("k"), "infer"),
            ),
            column("c", "DECIMAL", 15, 2),
        ),
        primary_key=names("a b"),
        foreign_keys=(ForeignKey(names("a b"), Reference(T, names("x y"), "unknown")),),
        order_by=names("a"),
        filling=Filling(Identifier("s"), "x"),
    )


def test_plain_table():
    statement = parse_statement("CREATE TABLE t (a DOUBLE PRECISION)")
    assert statement == CreateTable(T, "plain", (column("a", "DOUBLE PRECISION"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DROP TABLE t", DropTable(T)),
        ("DROP TABLE IF EXISTS t", DropTable(T, if_exists=True)),
        ("DROP SOURCE t", DropSource(T)),
        ("DROP SOURCE IF EXISTS t", DropSource(T, if_exists=True)),
        (
            "CREATE SOURCE t (TYPE sqlite, PATH 'shop.sqlite', BATCH 10, STRICT)",
            CreateSource(
                T,
                (
                    Option("type", "sqlite"),
                    Option("path", "shop.sqlite"),
                    Option("batch", 10),
                    Option("strict", True),
                ),
            ),
        ),
        (
            "CREATE SOURCE IF NOT EXISTS t (TYPE csv)",
            CreateSource(T, (Option("type", "csv"),), if_not_exists=True),
        ),
        (
            "INSERT INTO t VALUES (1), (1)",
            Insert(NamedTable(T), (), Query(Values(((ONE,), (ONE,))))),
        ),
        ("INSERT INTO t (a, b) SELECT 1", Insert(NamedTable(T), names("a b"), SELECT_1)),
        ("INSERT INTO t (SELECT 1)", Insert(NamedTable(T), (), SELECT_1)),
        ("COPY t FROM 'f'", Copy("from", T, (), None, "f")),
        ("COPY t (a, b) FROM 'f'", Copy("from", T, names("a b"), None, "f")),
        ("COPY t TO 'f'", Copy("to", T, (), None, "f")),
        ("COPY (SELECT 1) TO 'f'", Copy("to", None, (), SELECT_1, "f")),
        (
            "COPY t FROM 'f' (FORMAT csv, DELIMITER '|', HEADER false, NULL '')",
            Copy(
                "from",
                T,
                (),
                None,
                "f",
                (
                    Option("format", "csv"),
                    Option("delimiter", "|"),
                    Option("header", False),
                    Option("null", ""),
                ),
            ),
        ),
        (
            "COPY (SELECT 1) TO 'f' WITH (FORMAT parquet, HEADER)",
            Copy(
                "to",
                None,
                (),
                SELECT_1,
                "f",
                (Option("format", "parquet"), Option("header", True)),
            ),
        ),
        ("EXPLAIN SELECT 1", Explain(SELECT_1)),
        ("EXPLAIN ANALYZE SELECT 1", Explain(SELECT_1, analyze=True)),
        ("BEGIN", Begin()),
        ("BEGIN TRANSACTION", Begin()),
        ("BEGIN WORK", Begin()),
        ("START TRANSACTION", Begin()),
        ("COMMIT", Commit()),
        ("COMMIT WORK", Commit()),
        ("ROLLBACK", Rollback()),
        ("SHOW TABLES", Show("tables")),
        ("SHOW SOURCES", Show("sources")),
        ("DESCRIBE t", Describe(T)),
    ],
)
def test_statement(text, expected):
    assert parse_statement(text) == expected
    assert parse_statement(text.lower()) == expected


def test_several_statements_number_their_parameters_each():
    first, second = parse(";; SELECT ?, ? ; /* ; */ SELECT ';', ? -- ;\n;")
    assert [item.expression for item in first.body.items] == [Parameter(0), Parameter(1)]
    assert [item.expression for item in second.body.items] == [Literal(";"), Parameter(0)]


def test_no_statement_at_all():
    assert parse("") == parse(" ; -- nothing\n ;") == ()


@pytest.mark.parametrize("text", ["", " ; ", "SELECT 1; SELECT 2"])
def test_exactly_one_statement(text):
    with pytest.raises(SqlSyntaxError):
        parse_statement(text)


def test_split():
    text = " SELECT ';' ; /* ; */ SELEKT $$;$$ -- ;\n ;; x"
    assert split_statements(text) == (
        ("SELECT ';'", Span(1, 11)),
        ("SELEKT $$;$$", Span(22, 34)),
        ("x", Span(44, 45)),
    )
    with pytest.raises(SqlSyntaxError, match="column 3"):
        split_statements("a 'b;")
