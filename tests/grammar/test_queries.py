"""The tree of each clause of a query."""

import pytest
from coldb_grammar import parse_statement
from coldb_grammar.ast import (
    Alias,
    Binary,
    ColumnRef,
    CommonTable,
    FunctionCall,
    Identifier,
    Join,
    Literal,
    NamedTable,
    Query,
    Select,
    SelectItem,
    SetOperation,
    SortItem,
    Star,
    SubqueryTable,
    Values,
)


def name(text):
    return Identifier(text)


def names(text):
    return tuple(Identifier(word) for word in text.split())


def column(text):
    *table, last = text.split(".")
    return ColumnRef(name(last), name(table[0]) if table else None)


def table(text, alias=None):
    return NamedTable(name(text), None if alias is None else Alias(name(alias)))


def select(*items, **clauses):
    return Select(tuple(SelectItem(item) for item in items), **clauses)


ONE, TWO, THREE = Literal(1), Literal(2), Literal(3)
S1, S2, S3 = select(ONE), select(TWO), select(THREE)
T, U, V = table("t"), table("u"), table("v")
ON = Binary("=", (column("t.a"), column("u.a")))


def body(text):
    query = parse_statement(text)
    assert query == Query(query.body), "more than a body"
    return query.body


def source(text):
    return body(f"SELECT * FROM {text}").source


def test_every_clause():
    query = parse_statement(
        "WITH w (x, y) AS (SELECT 1), z AS (VALUES (1, 2), (3, 1)) "
        "SELECT DISTINCT a, sum(b) AS total, t.* FROM t WHERE a = 1 GROUP BY a, 2 "
        "HAVING sum(b) = 2 ORDER BY total DESC NULLS LAST, 1 LIMIT 3 OFFSET 1"
    )
    total = FunctionCall(name("sum"), (column("b"),))
    assert query == Query(
        Select(
            items=(
                SelectItem(column("a")),
                SelectItem(total, name("total")),
                SelectItem(Star(name("t"))),
            ),
            source=T,
            where=Binary("=", (column("a"), ONE)),
            group_by=(column("a"), TWO),
            having=Binary("=", (total, TWO)),
            distinct=True,
        ),
        with_=(
            CommonTable(Alias(name("w"), names("x y")), Query(S1)),
            CommonTable(Alias(name("z")), Query(Values(((ONE, TWO), (THREE, ONE))))),
        ),
        order_by=(SortItem(column("total"), descending=True, nulls_first=False), SortItem(ONE)),
        limit=THREE,
        offset=ONE,
    )


def test_nothing_but_items():
    assert body("SELECT ALL 1") == S1
    assert body("VALUES (1), (2)") == Values(((ONE,), (TWO,)))


def test_aliases():
    items = body('SELECT a x, b AS y, c "Z", d AS select FROM t AS u').items
    assert [item.alias for item in items] == [name(text) for text in ("x", "y", "Z", "select")]
    assert source("t u") == source("t AS u") == table("t", "u")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t, u", Join("CROSS", T, U)),
        ("t, u, v", Join("CROSS", Join("CROSS", T, U), V)),
        ("t CROSS JOIN u", Join("CROSS", T, U)),
        ("t JOIN u ON t.a = u.a", Join("INNER", T, U, on=ON)),
        ("t INNER JOIN u ON t.a = u.a", Join("INNER", T, U, on=ON)),
        ("t LEFT JOIN u ON t.a = u.a", Join("LEFT", T, U, on=ON)),
        ("t RIGHT OUTER JOIN u ON t.a = u.a", Join("RIGHT", T, U, on=ON)),
        ("t FULL OUTER JOIN u ON t.a = u.a", Join("FULL", T, U, on=ON)),
        ("t LEFT JOIN u USING (a, b)", Join("LEFT", T, U, using=names("a b"))),
        ("t NATURAL JOIN u", Join("INNER", T, U, natural=True)),
        ("t NATURAL LEFT JOIN u", Join("LEFT", T, U, natural=True)),
        (
            "t, u JOIN v ON t.a = u.a",
            Join("CROSS", T, Join("INNER", U, V, on=ON)),
        ),
        (
            "t JOIN u ON t.a = u.a LEFT JOIN v USING (a)",
            Join("LEFT", Join("INNER", T, U, on=ON), V, using=names("a")),
        ),
        (
            "t LEFT JOIN (u CROSS JOIN v) ON t.a = u.a",
            Join("LEFT", T, Join("CROSS", U, V), on=ON),
        ),
        ("(SELECT 1)", SubqueryTable(Query(S1))),
        ("(SELECT 1) AS s (x)", SubqueryTable(Query(S1), Alias(name("s"), names("x")))),
        ("((SELECT 1)) s", SubqueryTable(Query(S1), Alias(name("s")))),
        (
            "(VALUES (1)) s (x), t",
            Join(
                "CROSS",
                SubqueryTable(Query(Values(((ONE,),))), Alias(name("s"), names("x"))),
                T,
            ),
        ),
    ],
)
def test_from(text, expected):
    assert source(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 UNION SELECT 2", SetOperation("UNION", False, S1, S2)),
        ("SELECT 1 UNION DISTINCT SELECT 2", SetOperation("UNION", False, S1, S2)),
        ("SELECT 1 UNION ALL SELECT 2", SetOperation("UNION", True, S1, S2)),
        ("SELECT 1 INTERSECT ALL SELECT 2", SetOperation("INTERSECT", True, S1, S2)),
        (
            "SELECT 1 EXCEPT SELECT 2 UNION SELECT 3",
            SetOperation("UNION", False, SetOperation("EXCEPT", False, S1, S2), S3),
        ),
        (
            "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
            SetOperation("UNION", False, S1, SetOperation("INTERSECT", False, S2, S3)),
        ),
        (
            "SELECT 1 INTERSECT SELECT 2 EXCEPT ALL SELECT 3",
            SetOperation("EXCEPT", True, SetOperation("INTERSECT", False, S1, S2), S3),
        ),
        (
            "SELECT 1 EXCEPT (SELECT 2 UNION SELECT 3)",
            SetOperation("EXCEPT", False, S1, Query(SetOperation("UNION", False, S2, S3))),
        ),
        (
            "(SELECT 1 LIMIT 1) UNION SELECT 2",
            SetOperation("UNION", False, Query(S1, limit=ONE), S2),
        ),
    ],
)
def test_set_operations(text, expected):
    assert body(text) == expected


def test_order_and_limit_belong_to_the_whole_set_operation():
    query = parse_statement("SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 2")
    union = SetOperation("UNION", False, S1, S2)
    assert query == Query(union, order_by=(SortItem(ONE),), limit=TWO)


def test_parentheses_around_a_query_leave_no_trace_unless_they_hold_clauses():
    assert parse_statement("((SELECT 1))") == Query(S1)
    inner = Query(S1, limit=ONE)
    assert parse_statement("(SELECT 1 LIMIT 1)") == inner
    assert parse_statement("(SELECT 1 LIMIT 1) LIMIT 2") == Query(inner, limit=TWO)


@pytest.mark.parametrize(
    ("text", "limit", "offset"),
    [
        ("LIMIT 1", ONE, None),
        ("LIMIT ALL", None, None),
        ("OFFSET 2", None, TWO),
        ("OFFSET 2 ROWS", None, TWO),
        ("LIMIT 1 OFFSET 2", ONE, TWO),
        ("OFFSET 2 LIMIT 1", ONE, TWO),
        ("FETCH FIRST 1 ROWS ONLY", ONE, None),
        ("FETCH NEXT ROW ONLY", ONE, None),
        ("OFFSET 2 ROW FETCH FIRST (1) ROW ONLY", ONE, TWO),
    ],
)
def test_bounds(text, limit, offset):
    assert parse_statement(f"SELECT 1 {text}") == Query(S1, limit=limit, offset=offset)


@pytest.mark.parametrize(
    ("text", "descending", "nulls_first"),
    [
        ("", False, None),
        ("ASC", False, None),
        ("DESC", True, None),
        ("NULLS FIRST", False, True),
        ("DESC NULLS LAST", True, False),
    ],
)
def test_sort_items(text, descending, nulls_first):
    query = parse_statement(f"SELECT 1 ORDER BY a {text}")
    assert query.order_by == (SortItem(column("a"), descending, nulls_first),)
