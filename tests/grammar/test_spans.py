"""Every node knows its place in the text."""

import re
from dataclasses import fields, is_dataclass

import pytest
from coldb_grammar import parse, parse_expression, parse_statement
from coldb_grammar.ast import Identifier, Span

from tests.grammar.test_precedence import PRECEDENCE

STATEMENT = """\
WITH w (x) AS (SELECT a FROM t)
SELECT DISTINCT w.x AS "X", count(*) FILTER (WHERE x IS NOT NULL) n, CAST(x AS DECIMAL(9, 2)),
  CASE WHEN x IN (1, 2) THEN INTERVAL '1 day' ELSE DATE '2024-01-01' - d END, :p, -?
FROM w LEFT JOIN (VALUES (1), (2)) v (y) ON w.x = v.y, u
WHERE EXISTS (SELECT 1 FROM u WHERE u.a LIKE 'x%' ESCAPE '#') AND EXTRACT(YEAR FROM d) > 1990
GROUP BY 1 HAVING sum(x) > 0 UNION ALL (SELECT 1 ORDER BY 1 DESC) ORDER BY x NULLS FIRST LIMIT 1"""


def nodes(tree):
    """Every node of a tree that has a span, with those of its parents first."""
    if is_dataclass(tree):
        if hasattr(tree, "span"):
            yield tree
        children = [getattr(tree, field.name) for field in fields(tree)]
    else:
        children = tree if isinstance(tree, tuple) else ()
    for child in children:
        yield from nodes(child)


# Without those that make several nodes of one construct.
ALONE = [text for text, _ in PRECEDENCE if not re.search(r"\(|SYMMETRIC|NOT SIMILAR", text)]


@pytest.mark.parametrize("text", ALONE)
def test_the_text_of_an_expression_parses_to_that_expression(text):
    for node in nodes(parse_expression(text)):
        if type(node).__name__ not in ("Identifier", "TypeName"):
            assert parse_expression(text[node.span.start : node.span.end]) == node


def test_spans_lie_within_those_of_the_parents():
    def check(node, outer):
        span = getattr(node, "span", outer)
        assert outer.start <= span.start < span.end <= outer.end, node
        for field in fields(node):
            value = getattr(node, field.name)
            for child in value if isinstance(value, tuple) else (value,):
                if is_dataclass(child) and not isinstance(child, Span):
                    check(child, span)

    check(parse_statement(STATEMENT), Span(0, len(STATEMENT)))


def test_what_spans_show():
    shown = {
        (type(node).__name__, STATEMENT[node.span.start : node.span.end])
        for node in nodes(parse_statement(STATEMENT))
    }
    assert {
        ("CommonTable", "w (x) AS (SELECT a FROM t)"),
        ("Identifier", '"X"'),
        ("SelectItem", 'w.x AS "X"'),
        ("ColumnRef", "w.x"),
        ("Star", "*"),
        ("FunctionCall", "count(*) FILTER (WHERE x IS NOT NULL)"),
        ("TypeName", "DECIMAL(9, 2)"),
        ("InList", "x IN (1, 2)"),
        ("IntervalLiteral", "INTERVAL '1 day'"),
        ("Cast", "DATE '2024-01-01'"),
        ("Parameter", ":p"),
        ("Unary", "-?"),
        ("SubqueryTable", "(VALUES (1), (2)) v (y)"),
        ("Join", "w LEFT JOIN (VALUES (1), (2)) v (y) ON w.x = v.y"),
        ("Like", "u.a LIKE 'x%' ESCAPE '#'"),
        ("Extract", "EXTRACT(YEAR FROM d)"),
        ("SortItem", "1 DESC"),
        ("SortItem", "x NULLS FIRST"),
        ("Query", STATEMENT),
    } <= shown


def test_spans_count_from_the_beginning_of_the_whole_text():
    text = "SELECT 1; -- then\n SELECT b"
    second = parse(text)[1]
    assert text[second.span.start : second.span.end] == "SELECT b"


def test_spans_do_not_take_part_in_comparison():
    assert parse_expression("a + 1") == parse_expression("  a+1 ")
    assert hash(parse_expression("a + 1")) == hash(parse_expression("  a+1 "))
    assert Identifier("a", Span(1, 2)) == Identifier("a")
