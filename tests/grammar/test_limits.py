"""Texts made to break a parser: an answer or a clear error, soon."""

import time
from contextlib import suppress

import pytest
from coldb_grammar import SqlSyntaxError, parse, parse_expression, parse_statement
from coldb_grammar.ast import Binary, InList, Literal
from coldb_grammar.automaton import MAX_DEPTH
from coldb_grammar.lexer import MAX_DIGITS, MAX_LENGTH

TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


@pytest.fixture(autouse=True)
def _soon():
    parse("SELECT 1")  # so that building the table does not count
    start = time.thread_time()
    yield
    assert time.thread_time() - start < 30  # a hundredth of that, but for the load of the machine


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["a"] * 20_000),
        "||".join(["a"] * 20_000),
        "a" + "::int" * 20_000,
        "a" + " IS NULL" * 20_000,
        "(" * 5_000 + "1" + ")" * 5_000,
        "(" * 1_000_000,
        "(SELECT " * 5_000 + "1" + ")" * 5_000,
        "- " * 100_000 + "1",
        "NOT " * 100_000 + "a",
        "CASE WHEN " * 100_000,
        "f(" * 5_000 + ")" * 5_000,
        "a IN (" * 5_000,
        "EXISTS (SELECT 1 WHERE " * 5_000,
    ],
    ids=lambda text: text[:16],
)
def test_too_deep(text):
    with pytest.raises(SqlSyntaxError, match=TOO_DEEP):
        parse_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        " UNION ALL ".join(["SELECT 1"] * 5_000),
        "SELECT 1 FROM a" + " JOIN a ON true" * 5_000,
        "SELECT 1 FROM a" + ", a" * 5_000,
        "SELECT 1 FROM " + "(SELECT 1 FROM " * 5_000,
        "WITH a AS (" * 5_000,
        "SELECT 1 FROM " + "(" * 100_000,
    ],
    ids=lambda text: text[:32],
)
def test_too_deep_queries(text):
    with pytest.raises(SqlSyntaxError, match=TOO_DEEP):
        parse(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("", " + a"),
        ("- ", ""),
        ("f(", ")"),
        ("(SELECT ", ")"),
        ("a IN (VALUES (", "))"),
        ("CASE a WHEN b THEN ", " END"),
        ("EXISTS (SELECT 1 FROM (SELECT 1) t JOIN u ON ", ")"),
        ("EXISTS (WITH w AS (SELECT ", ") SELECT 1 UNION SELECT 2 ORDER BY 1)"),
    ],
)
def test_the_deepest_trees_may_be_walked_with_recursion(left, right):
    def nested(levels):
        return left * levels + "a" + right * levels

    def fits(levels):
        with suppress(SqlSyntaxError):
            parse_expression(nested(levels))
            return True
        return False

    most = max(levels for levels in range(25, MAX_DEPTH) if fits(levels))
    deepest, copy = parse_expression(nested(most)), parse_expression(nested(most))
    assert deepest == copy
    assert hash(deepest) == hash(copy)
    assert repr(deepest) == repr(copy)
    with pytest.raises(SqlSyntaxError, match=TOO_DEEP):
        parse_expression(nested(most + 1))


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_long_chains_are_flat(operator):
    tree = parse_expression(f" {operator} ".join(["a = 1"] * 10_000))
    assert isinstance(tree, Binary)
    assert len(tree.operands) == 10_000


def test_long_lists():
    tree = parse_expression("a IN (" + ",".join(map(str, range(20_000))) + ")")
    assert isinstance(tree, InList)
    assert tree.items[-1] == Literal(19_999)
    insert = parse_statement("INSERT INTO t VALUES " + ",".join(["(1, 'x')"] * 10_000))
    assert len(insert.query.body.rows) == 10_000
    case = parse_expression("CASE " + "WHEN a THEN b " * 10_000 + "END")
    assert len(case.branches) == 10_000


def test_long_literals_and_comments():
    long = "x" * 1_000_000
    assert parse_expression(f"'{long}'") == Literal(long)
    assert parse_expression(f"$${long}$$") == Literal(long)
    assert parse_expression(f'"{long}"').name.text == long
    assert parse_expression(f"/*{long}*/ 1 --{long}") == Literal(1)
    assert parse_expression(" " * 1_000_000 + "1") == Literal(1)
    assert parse_expression("/**/" * 100_000 + "1") == Literal(1)
    assert parse_expression("E'" + r"\n" * 100_000 + "'") == Literal("\n" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "'" * 1_000_001,
        "'" + "x" * 1_000_000,
        '"' + "x" * 1_000_000,
        "/*" * 200_000,
        "$a$" + "$b$" * 200_000,
        "E'" + r"\'" * 200_000,
    ],
    ids=lambda text: text[:3],
)
def test_long_and_never_closed(text):
    with pytest.raises(SqlSyntaxError, match=r"column 1: .* begins here has no closing"):
        parse_expression(text)


def test_numbers():
    most = "9" * MAX_DIGITS
    assert parse_expression(most) == Literal(int(most))
    for text in ("9" * 1_000_000, most + "9", "1e1001", "1e-1001", "1e" + "9" * 1000):
        with pytest.raises(SqlSyntaxError, match="a number has at most"):
            parse_expression(text)


def test_the_text_has_a_limit():
    with pytest.raises(SqlSyntaxError, match="16,777,216 is the limit"):
        parse(" " * (MAX_LENGTH + 1))
    assert parse(" " * MAX_LENGTH) == ()
