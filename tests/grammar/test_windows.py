"""Windows, ordered aggregates and grouping sets: what the tree of each form is."""

import pytest
from coldb_grammar import SqlSyntaxError, parse_expression, parse_statement
from coldb_grammar.ast import (
    ColumnRef,
    Cube,
    Frame,
    FrameBound,
    FunctionCall,
    GroupingSets,
    Identifier,
    Literal,
    NamedWindow,
    Rollup,
    SortItem,
    Star,
    WindowSpec,
)


def column(name):
    return ColumnRef(Identifier(name))


A, B, C = map(column, "abc")
CURRENT = FrameBound("CURRENT ROW")
START = FrameBound("PRECEDING")
END = FrameBound("FOLLOWING")


def over(text):
    return parse_expression(f"f() OVER {text}").over


def test_a_window_has_a_base_a_partition_an_order_and_a_frame():
    frame = Frame("ROWS", START, CURRENT)
    assert over("()") == WindowSpec()
    assert over("w") == Identifier("w")
    assert over("(w)") == WindowSpec(Identifier("w"))
    assert over("(PARTITION BY a, b)") == WindowSpec(partition_by=(A, B))
    assert over("(ORDER BY a DESC)") == WindowSpec(order_by=(SortItem(A, True),))
    assert over("(w PARTITION BY a ORDER BY b ROWS UNBOUNDED PRECEDING)") == WindowSpec(
        Identifier("w"), (A,), (SortItem(B),), frame
    )


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("ROWS CURRENT ROW", Frame("ROWS", CURRENT, CURRENT)),
        ("RANGE 1 PRECEDING", Frame("RANGE", FrameBound("PRECEDING", Literal(1)), CURRENT)),
        ("GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", Frame("GROUPS", CURRENT, END)),
        (
            "ROWS BETWEEN a PRECEDING AND 2 FOLLOWING EXCLUDE TIES",
            Frame("ROWS", FrameBound("PRECEDING", A), FrameBound("FOLLOWING", Literal(2)), "TIES"),
        ),
        (
            "ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW",
            Frame("ROWS", START, CURRENT, "CURRENT ROW"),
        ),
        ("ROWS UNBOUNDED PRECEDING EXCLUDE GROUP", Frame("ROWS", START, CURRENT, "GROUP")),
        ("ROWS UNBOUNDED PRECEDING EXCLUDE NO OTHERS", Frame("ROWS", START, CURRENT)),
    ],
)
def test_frames(text, frame):
    assert over(f"(ORDER BY a {text})").frame == frame
    assert over(f"({text})").frame == frame


def test_words_of_frames_are_names_too():
    assert over("(rows)") == WindowSpec(Identifier("rows"))
    assert over("(range ORDER BY a)") == WindowSpec(Identifier("range"), order_by=(SortItem(A),))
    frame = over("(ROWS unbounded PRECEDING)").frame
    assert frame.start == START
    assert over("(ROWS current + 1 PRECEDING)").frame.start.offset is not None
    assert over("partition") == Identifier("partition")


def test_what_stands_behind_a_call():
    call = parse_expression("first_value(a) FILTER (WHERE b) IGNORE NULLS OVER w")
    assert call == FunctionCall(
        Identifier("first_value"), (A,), filter=B, ignore_nulls=True, over=Identifier("w")
    )
    assert not parse_expression("lag(a) RESPECT NULLS OVER ()").ignore_nulls
    ordered = parse_expression("string_agg(DISTINCT a, ',' ORDER BY a, b DESC)")
    assert (ordered.distinct, ordered.within_group) == (True, False)
    assert ordered.order_by == (SortItem(A), SortItem(B, True))
    within = parse_expression("percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FILTER (WHERE b)")
    assert (within.order_by, within.within_group, within.filter) == ((SortItem(A),), True, B)
    assert parse_expression("count(*) OVER ()").arguments == (Star(),)


def test_words_behind_a_call_are_aliases_too():
    for word in ("over", "filter", "within", "ignore", "respect"):
        (item,) = parse_statement(f"SELECT count(*) {word} FROM t").body.items
        assert item.alias == Identifier(word)


def test_a_call_is_ordered_once():
    with pytest.raises(SqlSyntaxError, match="not by both"):
        parse_expression("f(a ORDER BY a) WITHIN GROUP (ORDER BY a)")
    with pytest.raises(SqlSyntaxError, match="exclude each other"):
        parse_expression("f(DISTINCT a) WITHIN GROUP (ORDER BY a)")


def test_the_clauses_of_windows():
    select = parse_statement(
        "SELECT a FROM t HAVING true WINDOW w AS (ORDER BY a), v AS (w) QUALIFY b"
    ).body
    assert select.windows == (
        NamedWindow(Identifier("w"), WindowSpec(order_by=(SortItem(A),))),
        NamedWindow(Identifier("v"), WindowSpec(Identifier("w"))),
    )
    assert select.qualify == B
    assert parse_statement("SELECT a FROM t qualify").body.qualify is None


def test_distinct_on():
    select = parse_statement("SELECT DISTINCT ON (a, b) c FROM t").body
    assert select.distinct_on == (A, B)
    assert not select.distinct


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a, ROLLUP (b, c)", (A, Rollup(((B,), (C,))))),
        ("CUBE (a), b", (Cube(((A,),)), B)),
        ("ROLLUP ((a, b), c)", (Rollup(((A, B), (C,))),)),
        ("GROUPING SETS ((a, b), a, ())", (GroupingSets(((A, B), (A,), ())),)),
        (
            "GROUPING SETS (ROLLUP (a), GROUPING SETS ((b), ()))",
            (GroupingSets((Rollup(((A,),)), GroupingSets(((B,), ())))),),
        ),
        ("GROUPING SETS (())", (GroupingSets(((),)),)),
        ("()", (GroupingSets(((),)),)),
        ("(a, b), c", (A, B, C)),
        ("rollup, cube, grouping", tuple(map(column, ("rollup", "cube", "grouping")))),
        ("grouping(a)", (FunctionCall(Identifier("grouping"), (A,)),)),
    ],
)
def test_group_by(text, items):
    select = parse_statement(f"SELECT 1 FROM t GROUP BY {text}").body
    assert select.group_by == items
    assert not select.group_by_all


def test_group_by_all():
    select = parse_statement("SELECT 1 FROM t GROUP BY ALL HAVING a").body
    assert (select.group_by, select.group_by_all, select.having) == ((), True, A)
