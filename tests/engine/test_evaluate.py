"""Evaluation: guards, three-valued logic, constants, NULLs, predicates."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from coldb.engine.evaluate import evaluate, evaluate_predicates
from coldb.engine.expression_tools import coalesce, nullif
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
from coldb.errors import DataError
from coldb_grammar.ast import Span
from coldb_warehouse.types import (
    BOOLEAN,
    DOUBLE,
    INTEGER,
    NULL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Type,
)

from tests.engine.vectors import batch, call, coded, column, context, narrow, plain, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.vector import Vector

NUMBERS = [0, 1, 2, 3, None, 5]
X = column(0, INTEGER)
ONE, TWO = Constant(1, INTEGER), Constant(2, INTEGER)
FALSE, TRUE, UNKNOWN = (Constant(value, BOOLEAN) for value in (False, True, None))


def evaluated(expression: Expression, *columns: Vector) -> list[str | None]:
    rows = batch(*columns)
    return values_of(evaluate(expression, rows, context()), rows.rows)


def selected(predicates: Sequence[Expression], *columns: Vector) -> list[int] | None:
    rows = evaluate_predicates(tuple(predicates), batch(*columns), context())
    return None if rows is None else rows.tolist()


# --- guards ------------------------------------------------------------------------------------


def test_case_evaluates_a_branch_only_where_it_applies() -> None:
    guard = call("<>", X, Constant(0, INTEGER))
    guarded = Case(((guard, call("/", Constant(60, INTEGER), X)),), Constant(-1, INTEGER), INTEGER)
    assert evaluated(guarded, plain(NUMBERS, INTEGER)) == ["-1", "60", "30", "20", "-1", "12"]


def test_a_branch_that_no_row_reaches_is_not_evaluated() -> None:
    broken = call("/", ONE, Constant(0, INTEGER))
    assert evaluated(Case(((TRUE, ONE),), broken, INTEGER), plain([7], INTEGER)) == ["1"]
    assert evaluated(coalesce([ONE, broken], INTEGER), plain([7], INTEGER)) == ["1"]
    with pytest.raises(DataError, match="division by zero"):
        evaluated(Case(((UNKNOWN, ONE),), broken, INTEGER), plain([7], INTEGER))


@pytest.mark.parametrize(
    ("connective", "first"),
    [(And, call("<>", X, Constant(0, INTEGER))), (Or, call("=", X, Constant(0, INTEGER)))],
)
def test_later_operands_see_only_open_rows(connective: type[And | Or], first: Expression) -> None:
    second = call("=", call("/", TWO, X), ONE)
    expected = ["False", "False", "True", "False", None, "False"]
    if connective is Or:
        expected[0] = "True"
    assert evaluated(connective((first, second)), plain(NUMBERS, INTEGER)) == expected


def test_predicates_that_can_fail_see_only_rows_that_passed() -> None:
    guard = call("<>", X, Constant(0, INTEGER))
    quotient = call(">=", call("/", Constant(6, INTEGER), X), TWO)
    assert selected([guard, quotient], plain(NUMBERS, INTEGER)) == [1, 2, 3]
    with pytest.raises(DataError, match="division by zero"):
        selected([quotient, guard], plain(NUMBERS, INTEGER))


def test_an_error_knows_its_place() -> None:
    quotient = call("/", ONE, X)
    placed = type(quotient)(quotient.function, quotient.arguments, quotient.type, Span(7, 12))
    with pytest.raises(DataError) as failure:
        evaluated(placed, plain([0], INTEGER))
    assert failure.value.span == Span(7, 12)
    cast = Cast(column(0, VARCHAR), INTEGER, span=Span(3, 9))
    with pytest.raises(DataError, match='invalid INTEGER "x"') as failure:
        evaluated(call("+", cast, ONE), plain(["1", "x"], VARCHAR))
    assert failure.value.span == Span(3, 9)


# --- three-valued logic ------------------------------------------------------------------------

LOGIC = [False, True, None]


@pytest.mark.parametrize("form", [plain, coded])
def test_and_or_not_in_three_values(form: type) -> None:
    pairs = list(itertools.product(LOGIC, repeat=2))
    left = form([pair[0] for pair in pairs], BOOLEAN)
    right = form([pair[1] for pair in pairs], BOOLEAN)
    operands = (column(0, BOOLEAN), column(1, BOOLEAN))
    conjunction = [False if False in pair else None if None in pair else True for pair in pairs]
    disjunction = [True if True in pair else None if None in pair else False for pair in pairs]
    assert evaluated(And(operands), left, right) == _texts(conjunction)
    assert evaluated(Or(operands), left, right) == _texts(disjunction)
    negated = [None if value is None else not value for value, _ in pairs]
    assert evaluated(Not(operands[0]), left, right) == _texts(negated)
    distinct = call("is distinct from", *operands)
    assert evaluated(distinct, left, right) == _texts([a is not b for a, b in pairs])
    assert evaluated(Not(distinct), left, right) == _texts([a is b for a, b in pairs])


def _texts(values: Sequence[bool | None]) -> list[str | None]:
    return [None if value is None else repr(value) for value in values]


def test_constants_in_logic() -> None:
    for parts, expected in [
        ((UNKNOWN, FALSE), "False"),
        ((UNKNOWN, TRUE), None),
        ((TRUE, TRUE), "True"),
    ]:
        assert evaluated(And(parts), plain([1, 2], INTEGER)) == [expected] * 2
    assert evaluated(Or((UNKNOWN, TRUE)), plain([1], INTEGER)) == ["True"]
    assert evaluated(Not(UNKNOWN), plain([1], INTEGER)) == [None]


@pytest.mark.parametrize("form", [plain, coded])
def test_in_values(form: type) -> None:
    numbers = form(NUMBERS, INTEGER)
    members = [None if n is None else repr(n in (1, 3)) for n in NUMBERS]
    assert evaluated(InValues(X, (1, 3)), numbers) == members
    unknown = ["True" if n in (1, 3) else None for n in NUMBERS]
    assert evaluated(InValues(X, (1, 3), has_null=True), numbers) == unknown


@pytest.mark.parametrize("count", [1, 3, 50])
def test_in_values_of_every_size(count: int) -> None:
    wanted = tuple(range(10, 10 + 7 * count, 7))
    values = list(range(400))
    expected = [repr(value in wanted) for value in values]
    for form in (plain, narrow, coded):
        assert evaluated(InValues(X, wanted), form(values, INTEGER)) == expected
    text = InValues(column(0, VARCHAR), tuple(map(str, wanted)))
    assert evaluated(text, plain(list(map(str, values)), VARCHAR)) == expected


def test_in_values_of_floats_finds_nan() -> None:
    nan = float("nan")
    member = InValues(column(0, DOUBLE), (1.5, nan))
    assert evaluated(member, plain([1.5, nan, 2.0], DOUBLE)) == ["True", "True", "False"]


def test_nan_is_equal_to_itself_and_largest() -> None:
    nan, infinity = float("nan"), float("inf")
    ascending = [-infinity, -1.0, 0.0, 1.0, infinity, nan]
    pairs = list(itertools.product(range(len(ascending)), repeat=2))
    left = plain([ascending[a] for a, _ in pairs], DOUBLE)
    right = plain([ascending[b] for _, b in pairs], DOUBLE)
    operands = (column(0, DOUBLE), column(1, DOUBLE))
    for name, python in [
        ("=", int.__eq__), ("<>", int.__ne__), ("<", int.__lt__),
        ("<=", int.__le__), (">", int.__gt__), (">=", int.__ge__),
    ]:  # fmt: skip
        expected = [repr(python(a, b)) for a, b in pairs]
        assert evaluated(call(name, *operands), left, right) == expected
    zeros = plain([0.0, -0.0], DOUBLE)
    assert evaluated(call("=", operands[0], Constant(-0.0, DOUBLE)), zeros) == ["True", "True"]


# --- CASE and its relatives --------------------------------------------------------------------


def test_case_puts_pieces_together_in_the_order_of_the_rows() -> None:
    even = call("=", call("%", X, TWO), Constant(0, INTEGER))
    values = list(range(20))
    for type_, first, second in [
        (INTEGER, call("neg", X), call("*", X, TWO)),
        (VARCHAR, Cast(X, VARCHAR), call("||", Constant("-", VARCHAR), X)),
    ]:
        got = evaluated(Case(((even, first),), second, type_), plain(values, INTEGER))
        if type_ == INTEGER:
            assert got == [repr(-v if v % 2 == 0 else v * 2) for v in values]
        else:
            assert got == [repr(f"{v}" if v % 2 == 0 else f"-{v}") for v in values]


def test_case_of_constants_is_coded() -> None:
    small = Case(
        ((call("<", X, TWO), Constant("small", VARCHAR)), (IsNull(X), Constant(None, VARCHAR))),
        Constant("large", VARCHAR),
        VARCHAR,
    )
    rows = batch(plain(NUMBERS, INTEGER))
    result = evaluate(small, rows, context())
    assert result.domain is not None
    assert values_of(result, 6) == ["'small'", "'small'", "'large'", "'large'", None, "'large'"]


def test_coalesce_and_nullif() -> None:
    numbers = plain(NUMBERS, INTEGER)
    filled = coalesce([X, Constant(9, INTEGER)], INTEGER)
    assert evaluated(filled, numbers) == ["0", "1", "2", "3", "9", "5"]
    assert evaluated(coalesce([Constant(None, INTEGER), X], INTEGER), numbers)[4] is None
    without_two = nullif(X, call("=", X, TWO))
    assert evaluated(without_two, numbers) == ["0", "1", None, "3", None, "5"]


# --- constants, empty batches, the clock -------------------------------------------------------


def test_constants_stay_constant() -> None:
    rows = batch(plain(NUMBERS, INTEGER))
    for expression in (
        call("+", ONE, TWO),
        call("upper", Constant("a", VARCHAR)),
        Not(call("=", ONE, TWO)),
        IsNull(ONE),
        InValues(ONE, (1, 2)),
        Cast(ONE, VARCHAR),
        call("+", ONE, Constant(None, INTEGER)),
    ):
        assert evaluate(expression, rows, context()).constant


@pytest.mark.parametrize(
    "expression",
    [
        call("/", ONE, Constant(0, INTEGER)),
        call("/", ONE, X),
        call("upper", Cast(X, VARCHAR)),
        Case(((IsNull(X), Constant("a", VARCHAR)),), Constant("b", VARCHAR), VARCHAR),
        And((IsNull(X), call("=", X, ONE))),
        InValues(X, (1, 2)),
        call("greatest", X, ONE),
        Cast(Constant("x", VARCHAR), INTEGER),
    ],
)
@pytest.mark.parametrize("form", [plain, coded])
def test_no_rows_have_no_values_and_no_errors(expression: Expression, form: type) -> None:
    empty = form([1], INTEGER).take(np.zeros(0, dtype=np.intp))
    result = evaluate(expression, batch(empty), context())
    assert values_of(result, 0) == []
    assert result.type == expression.type


def test_null_constants_have_the_type_they_are_cast_to() -> None:
    result = evaluate(Cast(Constant(None, NULL), VARCHAR), batch(plain([1], INTEGER)), context())
    assert (result.type, result.constant) == (VARCHAR, True)
    assert values_of(result, 1) == [None]


@pytest.mark.parametrize(
    ("name", "type_", "text"),
    [
        ("now", TIMESTAMPTZ, "2024-02-29 12:30:15.25+00"),
        ("current_timestamp", TIMESTAMPTZ, "2024-02-29 12:30:15.25+00"),
        ("localtimestamp", TIMESTAMP, "2024-02-29 12:30:15.25"),
        ("current_time", TIME, "12:30:15.25"),
        ("current_date", None, "2024-02-29"),
    ],
)
def test_the_clock_stands_still(name: str, type_: Type | None, text: str) -> None:
    clock = call(name)
    assert type_ is None or clock.type == type_
    assert evaluated(Cast(clock, VARCHAR), plain([1, 2], INTEGER)) == [repr(text)] * 2


# --- predicates --------------------------------------------------------------------------------


def test_predicates_select_where_all_are_true() -> None:
    numbers = plain([*range(100), None], INTEGER)
    assert selected([], numbers) is None
    assert selected([Or((IsNull(X), call(">=", X, Constant(0, INTEGER))))], numbers) is None
    assert selected([call("<", X, TWO)], numbers) == [0, 1]
    assert selected([UNKNOWN], numbers) == []
    assert selected([TRUE], numbers) is None
    several = [
        call(">", X, Constant(10, INTEGER)),
        call("<", X, Constant(90, INTEGER)),
        InValues(X, (5, 20, 80, 95)),
        call("<>", X, Constant(80, INTEGER)),
    ]
    for order in itertools.permutations(several):
        assert selected(order, numbers) == [20]


def test_predicates_on_a_selection_count_its_own_rows() -> None:
    rows = batch(plain(list(range(10)), INTEGER)).select(np.array([8, 6, 4, 2]))
    passed = evaluate_predicates((call(">", X, Constant(3, INTEGER)),), rows, context())
    assert passed is not None
    assert passed.tolist() == [0, 1, 2]
