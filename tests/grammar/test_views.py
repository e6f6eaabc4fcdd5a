"""Views, macros, comments, prepared statements, and what describes: their trees."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_statement
from coldb_grammar.ast import (
    Binary,
    ColumnRef,
    Comment,
    CreateMacro,
    CreateView,
    Deallocate,
    Describe,
    DropMacro,
    DropView,
    Execute,
    Explain,
    FunctionCall,
    Identifier,
    Literal,
    NamedArgument,
    Parameter,
    Prepare,
    Query,
    Show,
    Summarize,
    TypeName,
)

ONE = parse_statement("SELECT 1")
A, B, F, T, V = map(Identifier, "abftv")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("CREATE VIEW v AS SELECT 1", CreateView(V, (), ONE)),
        ("CREATE VIEW v AS (SELECT 1)", CreateView(V, (), ONE)),
        ("CREATE OR REPLACE VIEW v (a, b) AS SELECT 1", CreateView(V, (A, B), ONE, True)),
        (
            "CREATE VIEW IF NOT EXISTS v AS SELECT 1",
            CreateView(V, (), ONE, if_not_exists=True),
        ),
        ("DROP VIEW v", DropView(V)),
        ("DROP VIEW IF EXISTS v", DropView(V, True)),
        ("CREATE MACRO f() AS 1", CreateMacro(F, (), Literal(1))),
        (
            "CREATE OR REPLACE MACRO f(a, b := 2) AS a + b",
            CreateMacro(
                F, ((A, None), (B, Literal(2))), Binary("+", (ColumnRef(A), ColumnRef(B))), True
            ),
        ),
        ("CREATE MACRO f(a) AS TABLE SELECT 1", CreateMacro(F, ((A, None),), ONE)),
        ("DROP MACRO IF EXISTS f", DropMacro(F, True)),
        ("COMMENT ON TABLE t IS 'x'", Comment("table", T, None, "x")),
        ("COMMENT ON VIEW v IS NULL", Comment("view", V, None, None)),
        ("COMMENT ON COLUMN t.a IS 'x'", Comment("column", T, A, "x")),
        ("PREPARE a AS SELECT 1", Prepare(A, ONE)),
        (
            "PREPARE a (int, text[]) AS SELECT 1",
            Prepare(A, ONE, (TypeName("INT"), TypeName("TEXT", is_array=True))),
        ),
        ("EXECUTE a", Execute(A)),
        ("EXECUTE a (1, ?)", Execute(A, (Literal(1), Parameter(0)))),
        ("DEALLOCATE a", Deallocate(A)),
        ("DEALLOCATE PREPARE a", Deallocate(A)),
        ("DEALLOCATE ALL", Deallocate(None)),
        ("DEALLOCATE prepare", Deallocate(Identifier("prepare"))),
        ("DESCRIBE t", Describe(T)),
        ("DESCRIBE SELECT 1", Describe(ONE)),
        ("SUMMARIZE t", Summarize(T)),
        ("SUMMARIZE (SELECT 1)", Summarize(ONE)),
        ("SHOW VIEWS", Show("views")),
        ("SHOW MACROS", Show("macros")),
        ("EXPLAIN (ANALYZE) SELECT 1", Explain(ONE, True)),
        ("EXPLAIN (ANALYZE false) SELECT 1", Explain(ONE)),
        ("EXPLAIN (SELECT 1)", Explain(ONE)),
    ],
)
def test_statements(text, tree):
    assert parse_statement(text) == tree


def test_the_text_of_a_view_is_that_of_its_query():
    text = "CREATE VIEW v AS (\n  SELECT 1 -- one\n)"
    span = parse_statement(text).query.span
    assert text[span.start : span.end] == "SELECT 1"


def test_prepared_parameters_are_numbered():
    statement = parse_statement("PREPARE a AS SELECT $2, $1").statement
    assert isinstance(statement, Query)
    assert [item.expression.key for item in statement.body.items] == [1, 0]


def test_arguments_by_name():
    for mark in ("=>", ":="):
        call = parse_statement(f"SELECT f(1, a {mark} 2)").body.items[0].expression
        assert call == FunctionCall(F, (Literal(1), NamedArgument(A, Literal(2))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE MACRO f(a, a) AS 1", '"a" is given twice'),
        ("CREATE MACRO f(a := 1, b) AS 1", '"b" needs a default'),
        ("CREATE OR REPLACE VIEW IF NOT EXISTS v AS SELECT 1", "exclude each other"),
        ("EXPLAIN (BUFFERS) SELECT 1", "EXPLAIN has no option BUFFERS, only ANALYZE"),
        ("EXPLAIN (ANALYZE 3) SELECT 1", "ANALYZE is TRUE or FALSE"),
    ],
)
def test_refused(text, message):
    with pytest.raises(SqlSyntaxError, match=message):
        parse_statement(text)
