"""Evaluation once for each entry of a domain gives what evaluation of each row gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from coldb.engine.batch import Batch, VectorSource
from coldb.engine.evaluate import evaluate, evaluate_predicates
from coldb.engine.expression_tools import coalesce
from coldb.engine.expressions import (
    And,
    Case,
    Cast,
    Constant,
    Expression,
    InValues,
    IsNull,
    Not,
    Or,
)
from coldb.engine.functions.definition import ScalarFunction
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, DATE, INTEGER, VARCHAR
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.vectors import batch, call, coded, column, context, narrow, plain, values_of

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = column(0, VARCHAR)
NUMBER = column(0, INTEGER)
WORDS = ["", "ant", "bee", "cat", "Dog", "12", "7"]


def _text(value: str) -> Constant:
    return Constant(value, VARCHAR)


def conditions() -> st.SearchStrategy[Expression]:
    """Conditions on a text, some of which fail for some texts."""
    as_number = Cast(TEXT, INTEGER)
    simple: list[Expression] = [
        call("=", TEXT, _text("bee")),
        call("<", TEXT, _text("c")),
        call("like", TEXT, _text("%a%")),
        InValues(TEXT, ("ant", "12")),
        InValues(TEXT, ("ant",), has_null=True),
        IsNull(TEXT),
        call("is distinct from", TEXT, _text("cat")),
        call("=", coalesce([TEXT, _text("none")], VARCHAR), _text("none")),
        call(">", as_number, Constant(9, INTEGER)),
        call("=", call("length", TEXT), Constant(3, INTEGER)),
        Constant(None, call("=", TEXT, TEXT).type),
    ]
    return st.recursive(
        st.sampled_from(simple),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=5,
    )


def values(condition: Expression) -> list[Expression]:
    """The condition itself, and values that depend on it."""
    length = Case(((condition, call("length", TEXT)),), Constant(-1, INTEGER), INTEGER)
    upper = Case(((condition, call("upper", TEXT)),), Constant(None, VARCHAR), VARCHAR)
    return [condition, length, upper, coalesce([upper, _text("?")], VARCHAR)]


def outcome(expression: Expression, vector: Vector) -> list[str | None] | str:
    try:
        rows = batch(vector)
        return values_of(evaluate(expression, rows, context()), rows.rows)
    except DataError:
        return "error"


@given(
    condition=conditions(),
    words=st.lists(st.sampled_from([*WORDS, None]), min_size=1, max_size=30),
    form=st.sampled_from(["null in the domain", "null in the rows", "unused entries"]),
)
def test_domain_and_rows_agree(condition: Expression, words: list[str | None], form: str) -> None:
    if form == "null in the rows":
        entries = coded(["bee" if word is None else word for word in words], VARCHAR)
        valid = np.array([word is not None for word in words])
        column = Vector(VARCHAR, entries.data, valid, entries.domain, distinct_domain=False)
    else:
        column = coded(words, VARCHAR, unused=WORDS if form == "unused entries" else ())
    for expression in values(condition):
        assert outcome(expression, column) == outcome(expression, plain(words, VARCHAR))


def counting(name: str, calls: list[int]) -> Callable[[Expression], Expression]:
    """Wraps a text function so that the number of rows of each of its calls is noted."""

    def build(operand: Expression) -> Expression:
        known = call(name, operand)
        original = known.function

        def kernel(arguments: Any, result: Any, rows: int) -> Vector:
            calls.append(rows)
            return original.kernel(arguments, result, rows)

        return type(known)(ScalarFunction(name, kernel), known.arguments, known.type)

    return build


def test_an_expression_is_evaluated_once_for_each_entry_of_a_domain() -> None:
    calls: list[int] = []
    expression = counting("upper", calls)(TEXT)
    domain = plain(["a", "b", "c"], VARCHAR)
    shared = context()
    for start in range(3):
        codes = np.array([0, 1, 2, start], dtype=np.uint8)
        rows = batch(Vector(VARCHAR, codes, domain=domain))
        result = evaluate(expression, rows, shared)
        assert values_of(result, 4) == ["'A'", "'B'", "'C'", "'ABC'"[0] + "ABC"[start] + "'"]
        assert result.domain is not None
        assert result.data is codes
        assert not result.distinct_domain
    assert calls == [3]


def test_a_domain_larger_than_the_batch_is_left_alone() -> None:
    calls: list[int] = []
    expression = counting("upper", calls)(TEXT)
    domain = plain(list("abcdef"), VARCHAR)
    rows = batch(Vector(VARCHAR, np.array([0, 5], dtype=np.uint8), domain=domain))
    assert values_of(evaluate(expression, rows, context()), 2) == ["'A'", "'F'"]
    assert calls == [2]


def test_domains_of_domains_are_evaluated_at_the_bottom() -> None:
    calls: list[int] = []
    expression = counting("upper", calls)(TEXT)
    regions = plain(["asia", "europe"], VARCHAR)
    customers = Vector(VARCHAR, np.array([0, 1, 1, 0], dtype=np.uint8), domain=regions)
    facts = Vector(VARCHAR, np.array([3, 2, 1, 0, 0], dtype=np.uint8), domain=customers)
    result = evaluate(expression, batch(facts), context())
    assert values_of(result, 5) == ["'ASIA'", "'EUROPE'", "'EUROPE'", "'ASIA'", "'ASIA'"]
    assert calls == [2]


def test_an_entry_that_no_row_uses_may_fail() -> None:
    number = Cast(TEXT, INTEGER)
    used = coded(["1", "2", "2"], VARCHAR, unused=["x"])
    assert outcome(number, used) == ["1", "2", "2"]
    assert outcome(number, coded(["1", "x", "2"], VARCHAR)) == "error"


def test_guards_hold_on_domains() -> None:
    digits = call("regexp_like", TEXT, _text("^[0-9]+$"))
    guarded = Case(((digits, Cast(TEXT, INTEGER)),), Constant(None, INTEGER), INTEGER)
    assert outcome(guarded, coded(["1", "x", "2", "1"], VARCHAR)) == ["1", None, "2", "1"]


@pytest.mark.parametrize("members", [[], ["a"], ["b", "c"], ["a", "c"], ["a", "b", "c", "d"]])
def test_sets_of_codes(members: list[str]) -> None:
    entries = ["a", "b", "c", "d"]
    codes = np.array([3, 2, 1, 0, 2, 1], dtype=np.uint8)
    facts = Vector(VARCHAR, codes, domain=plain(entries, VARCHAR))
    predicate = InValues(TEXT, tuple(members))
    rows = evaluate_predicates((predicate,), batch(facts), context())
    expected = [row for row, code in enumerate(codes) if entries[code] in members]
    assert (list(range(6)) if rows is None else rows.tolist()) == expected


def test_a_domain_without_entries_is_all_null() -> None:
    nothing = np.zeros(3, dtype=np.bool_)
    empty = Vector(VARCHAR, np.zeros(3, dtype=np.uint8), nothing, plain([], VARCHAR))
    assert outcome(call("upper", TEXT), empty) == [None] * 3
    assert outcome(IsNull(TEXT), empty) == ["True"] * 3
    assert outcome(coalesce([TEXT, _text("-")], VARCHAR), empty) == ["'-'"] * 3
    assert outcome(TEXT, empty) == [None] * 3


def test_integers_in_a_small_range_are_a_domain_for_costly_expressions() -> None:
    days = [10_957 + day % 400 for day in range(2_000)]
    day = column(0, DATE)
    year = call("extract_year", day)
    for form in (plain, narrow):
        rows = Batch(2_000, {0: VectorSource(form(days, DATE))})
        result = evaluate(year, rows, context())
        assert result.domain is not None
        assert values_of(result, 2_000) == [repr(2000 + (number >= 11_323)) for number in days]
        assert evaluate(call("+", day, Constant(1, INTEGER)), rows, context()).domain is None


@pytest.mark.parametrize("value", [-1, 99, 100, 101, 150, 199, 200, 10**12])
@pytest.mark.parametrize("name", ["=", "<>", "<", "<=", ">", ">="])
def test_narrow_columns_compare_with_any_constant(name: str, value: int) -> None:
    numbers = [100, 150, 199, 100]
    comparison = call(name, column(0, BIGINT), Constant(value, BIGINT))
    mirrored = call(name, Constant(value, BIGINT), column(0, BIGINT))
    for expression in (comparison, mirrored):
        assert outcome(expression, narrow(numbers, BIGINT)) == outcome(
            expression, plain(numbers, BIGINT)
        )
