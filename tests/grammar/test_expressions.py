"""The tree of each kind of expression."""

from decimal import Decimal

import pytest
from coldb_grammar import parse_expression
from coldb_grammar.ast import (
    Between,
    Binary,
    Case,
    Cast,
    ColumnRef,
    Exists,
    Extract,
    FunctionCall,
    Identifier,
    InList,
    InQuery,
    IntervalLiteral,
    IsBoolean,
    IsDistinct,
    IsNull,
    Like,
    Literal,
    Parameter,
    Query,
    ScalarQuery,
    Select,
    SelectItem,
    Star,
    TypeName,
    Unary,
)

A, B, C = (ColumnRef(Identifier(name)) for name in "abc")
ONE, TWO, THREE = Literal(1), Literal(2), Literal(3)
SELECT_1 = Query(Select((SelectItem(ONE),)))


def call(name, *arguments, **rest):
    return FunctionCall(Identifier(name), arguments, **rest)


def cast(operand, name, *arguments):
    return Cast(operand, TypeName(name, arguments))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("t.a", ColumnRef(Identifier("a"), Identifier("t"))),
        ("?", Parameter(0)),
        (":day", Parameter("day")),
        ("NOT a", Unary("NOT", A)),
        ("a AND b AND c", Binary("AND", (A, B, C))),
        ("a % b", Binary("%", (A, B))),
        ("a IS NULL", IsNull(A)),
        ("a IS NOT NULL", IsNull(A, negated=True)),
        ("a IS TRUE", IsBoolean(A, True)),
        ("a IS NOT FALSE", IsBoolean(A, False, negated=True)),
        ("a IS UNKNOWN", IsBoolean(A, None)),
        ("a IS DISTINCT FROM b", IsDistinct(A, B)),
        ("a IS NOT DISTINCT FROM b", IsDistinct(A, B, negated=True)),
        ("a BETWEEN b AND c", Between(A, B, C)),
        ("a NOT BETWEEN b AND c", Between(A, B, C, negated=True)),
        ("a IN (1, 2)", InList(A, (ONE, TWO))),
        ("a NOT IN (1)", InList(A, (ONE,), negated=True)),
        ("a IN (SELECT 1)", InQuery(A, SELECT_1)),
        ("a IN ((SELECT 1))", InQuery(A, SELECT_1)),
        ("a NOT IN (SELECT 1)", InQuery(A, SELECT_1, negated=True)),
        ("a IN ((SELECT 1), 2)", InList(A, (ScalarQuery(SELECT_1), TWO))),
        ("EXISTS (SELECT 1)", Exists(SELECT_1)),
        ("NOT EXISTS (SELECT 1)", Unary("NOT", Exists(SELECT_1))),
        ("(SELECT 1)", ScalarQuery(SELECT_1)),
        ("((SELECT 1))", ScalarQuery(SELECT_1)),
        ("((SELECT 1) + 1)", Binary("+", (ScalarQuery(SELECT_1), ONE))),
        ("a LIKE b", Like(A, B)),
        ("a NOT ILIKE b", Like(A, B, case_insensitive=True, negated=True)),
        ("a LIKE b ESCAPE c", Like(A, B, C)),
        ("CASE WHEN a THEN 1 END", Case(None, ((A, ONE),), None)),
        (
            "CASE a WHEN 1 THEN b WHEN 2 THEN c ELSE 3 END",
            Case(A, ((ONE, B), (TWO, C)), THREE),
        ),
        ("CAST(a AS int)", cast(A, "INT")),
        ("a::decimal(15, 2)", cast(A, "DECIMAL", 15, 2)),
        ("CAST(a AS double precision)", cast(A, "DOUBLE PRECISION")),
        ("a::character varying(10)", cast(A, "CHARACTER VARYING", 10)),
        ("a::timestamp without time zone", cast(A, "TIMESTAMP WITHOUT TIME ZONE")),
        ("a::timestamp(3) with time zone", cast(A, "TIMESTAMP WITH TIME ZONE", 3)),
        ("DATE '2024-01-31'", cast(Literal("2024-01-31"), "DATE")),
        ("timestamp '2024-01-31 10:00'", cast(Literal("2024-01-31 10:00"), "TIMESTAMP")),
        ("INTERVAL '1 month'", IntervalLiteral(1, 0, 0)),
        ("INTERVAL '3' DAY", IntervalLiteral(0, 3, 0)),
        ("INTERVAL 2 YEARS", IntervalLiteral(24, 0, 0)),
        ("EXTRACT(YEAR FROM a)", Extract("year", A)),
        ("EXTRACT('Month' FROM a)", Extract("month", A)),
    ],
)
def test_tree(text, expected):
    assert parse_expression(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f()", call("f")),
        ("F(a, 1)", call("f", A, ONE)),
        ("count(*)", call("count", Star())),
        ("count(DISTINCT a)", call("count", A, distinct=True)),
        ("count(ALL a)", call("count", A)),
        ("sum(a) FILTER (WHERE b)", call("sum", A, filter=B)),
        ("SUBSTRING(a FROM 1 FOR 2)", call("substring", A, ONE, TWO)),
        ("SUBSTRING(a FROM 2)", call("substring", A, TWO)),
        ("SUBSTRING(a FOR 2)", call("substring", A, ONE, TWO)),
        ("substring(a, 1, 2)", call("substring", A, ONE, TWO)),
        ("POSITION(a IN b)", call("position", A, B)),
        ("POSITION(a || b IN c)", call("position", Binary("||", (A, B)), C)),
        ("TRIM(a)", call("btrim", A)),
        ("TRIM(a, b)", call("btrim", A, B)),
        ("TRIM(FROM a)", call("btrim", A)),
        ("TRIM(BOTH b FROM a)", call("btrim", A, B)),
        ("TRIM(LEADING FROM a)", call("ltrim", A)),
        ("TRIM(LEADING b FROM a)", call("ltrim", A, B)),
        ("TRIM(TRAILING b FROM a)", call("rtrim", A, B)),
        ("TRIM(b FROM a)", call("btrim", A, B)),
        ("CURRENT_DATE", call("current_date")),
        ("current_timestamp", call("current_timestamp")),
    ],
)
def test_function(text, expected):
    assert parse_expression(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("42", 42),
        ("99999999999999999999999", 99999999999999999999999),
        ("1.5", Decimal("1.5")),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("5.", Decimal("5")),
        ("1e3", Decimal("1e3")),
        ("1.5E-3", Decimal("0.0015")),
        ("TRUE", True),
        ("false", False),
        ("NULL", None),
        ("'it''s'", "it's"),
        ("''", ""),
        ("'a\nb'", "a\nb"),
        (r"'a\n'", r"a\n"),
        (r"E'a\nb\t\'\\''x'", "a\nb\t'\\'x"),
        (r"e'\x41\u00e9\U0001F600\101'", "Aé😀A"),
        ("$$it's$$", "it's"),
        ("$tag$a $$ b$tag$", "a $$ b"),
        ("'-- no comment'", "-- no comment"),
    ],
)
def test_literal(text, value):
    literal = parse_expression(text)
    assert literal == Literal(value)
    assert type(literal.value) is type(value)
    assert str(literal.value) == str(value)


def test_comments_and_white_space_separate_tokens():
    text = "a/* one /* nested */ still */+-- to the end of the line\n\tb /**/"
    assert parse_expression(text) == Binary("+", (A, B))


def test_a_cast_is_no_parameter():
    assert parse_expression("a ::int + :int") == Binary("+", (cast(A, "INT"), Parameter("int")))
