"""How operators bind, as in PostgreSQL."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_expression

from tests.grammar.shape import shape

PRECEDENCE = [
    # arithmetic
    ("a + b * c", "(a + (b * c))"),
    ("a * b + c", "((a * b) + c)"),
    ("a - b - c", "((a - b) - c)"),
    ("a / b % c", "((a / b) % c)"),
    ("-2 ^ 2", "((- 2) ^ 2)"),
    ("2 ^ 3 ^ 2", "((2 ^ 3) ^ 2)"),
    ("2 ^ -1", "(2 ^ (- 1))"),
    ("a * b ^ c", "(a * (b ^ c))"),
    ("- - a", "(- (- a))"),
    ("+a - -b", "((+ a) - (- b))"),
    ("-a::int", "(- CAST(a AS INT))"),
    ("a::int::text", "CAST(CAST(a AS INT) AS TEXT)"),
    ("a + b::int", "(a + CAST(b AS INT))"),
    ("(a + b) * c", "((a + b) * c)"),
    # || is looser than + and tighter than comparisons
    ("a || b + c", "(a || (b + c))"),
    ("a || b || c", "((a || b) || c)"),
    ("a || b = c", "((a || b) = c)"),
    # BETWEEN, IN and LIKE are tighter than = and take operands up to ||
    ("a BETWEEN b + 1 AND c || d AND e", "((a BETWEEN (b + 1) AND (c || d)) AND e)"),
    ("a = b BETWEEN c AND d", "(a = (b BETWEEN c AND d))"),
    ("a IN (1, 2) = b", "((a IN (1, 2)) = b)"),
    ("a LIKE b || c", "(a LIKE (b || c))"),
    ("a NOT LIKE b ESCAPE c AND d", "((a NOT LIKE b ESCAPE c) AND d)"),
    ("a NOT BETWEEN 1 AND 2 OR b", "((a NOT BETWEEN 1 AND 2) OR b)"),
    ("a NOT IN (1) AND b", "((a NOT IN (1)) AND b)"),
    # every other operator binds like ||
    ("a & b | c # d", "(((a & b) | c) # d)"),
    ("a << b + c >> d", "((a << (b + c)) >> d)"),
    ("~ a + b", "(~ (a + b))"),
    ("~ a & ~ ~ b", "((~ a) & (~ (~ b)))"),
    ("a ~ b || c", "((a ~ b) || c)"),
    ("a !~* b = c", "((a !~* b) = c)"),
    ("a ~~ b AND c !~~* d", "((a LIKE b) AND (c NOT ILIKE d))"),
    ("a BETWEEN b & 1 AND c", "(a BETWEEN (b & 1) AND c)"),
    # AT TIME ZONE is tighter than ^ and looser than COLLATE, signs, subscripts and ::
    ("a + b AT TIME ZONE c", "(a + timezone(c, b))"),
    ("- a AT TIME ZONE b AT TIME ZONE c", "timezone(c, timezone(b, (- a)))"),
    ("a::t AT TIME ZONE b::u", "timezone(CAST(b AS U), CAST(a AS T))"),
    ('a || b COLLATE "C"', "(a || b)"),
    ("-a[1]", "(- (a)[1])"),
    ("a[1][2]::int", "CAST(((a)[1])[2] AS INT)"),
    ("a = ANY (b) IS NULL", "((a = ANY (b)) IS NULL)"),
    ("a + 1 < ALL (b) AND c", "(((a + 1) < ALL (b)) AND c)"),
    ("(a, b) = (c, d) OR e", "((ROW(a, b) = ROW(c, d)) OR e)"),
    ("a NOT BETWEEN SYMMETRIC b AND c", "((a NOT BETWEEN b AND c) AND (a NOT BETWEEN c AND b))"),
    ("a NOT SIMILAR TO b || c AND d", "((NOT similar_to(a, (b || c))) AND d)"),
    ("a ISNULL = b", "((a IS NULL) = b)"),
    ("NOT a NOTNULL", "(NOT (a IS NOT NULL))"),
    # IS is looser than comparisons and tighter than NOT
    ("a = b IS NULL", "((a = b) IS NULL)"),
    ("a < b IS NOT TRUE", "((a < b) IS NOT TRUE)"),
    ("a IS NULL = b IS NOT TRUE", "(((a IS NULL) = b) IS NOT TRUE)"),
    ("a IS DISTINCT FROM b = c", "(a IS DISTINCT FROM (b = c))"),
    ("a IS NULL IS FALSE", "((a IS NULL) IS FALSE)"),
    ("a IS DISTINCT FROM b + 1 AND c", "((a IS DISTINCT FROM (b + 1)) AND c)"),
    ("NOT a = b", "(NOT (a = b))"),
    ("NOT a IS NULL", "(NOT (a IS NULL))"),
    ("NOT NOT a", "(NOT (NOT a))"),
    ("NOT a AND b", "((NOT a) AND b)"),
    ("NOT a IN (1)", "(NOT (a IN (1)))"),
    # AND is tighter than OR, and both are flat
    ("a OR b AND c", "(a OR (b AND c))"),
    ("a AND b AND c OR d OR e", "((a AND b AND c) OR d OR e)"),
    ("a AND (b OR c) AND d", "(a AND (b OR c) AND d)"),
]


@pytest.mark.parametrize(("text", "expected"), PRECEDENCE)
def test_precedence(text, expected):
    assert shape(parse_expression(text)) == expected


@pytest.mark.parametrize(("text", "expected"), PRECEDENCE)
def test_written_out_parentheses_make_the_same_tree(text, expected):
    assert parse_expression(expected) == parse_expression(text)


@pytest.mark.parametrize("text", ["a < b < c", "a = b = c", "a LIKE b LIKE c", "a IN (1) IN (2)"])
def test_comparisons_do_not_chain(text):
    with pytest.raises(SqlSyntaxError):
        parse_expression(text)


def test_not_equal_has_one_spelling_in_the_tree():
    assert parse_expression("a != b") == parse_expression("a <> b")
