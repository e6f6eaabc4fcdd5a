"""Arithmetic on integers and decimals is exact or an error: Python's integers are the measure."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from coldb.engine.evaluate import evaluate
from coldb.engine.expressions import Cast, Expression
from coldb.engine.functions.casts import common_type
from coldb.engine.functions.numbers.exact import declared_bounds
from coldb.errors import DataError
from coldb_warehouse.types import BIGINT, INTEGER, SMALLINT, Type, decimal
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.vector import Vector

TYPES = st.sampled_from(
    [
        SMALLINT,
        INTEGER,
        BIGINT,
        decimal(4, 2),
        decimal(15, 2),
        decimal(18, 0),
        decimal(18, 12),
        decimal(19, 4),
        decimal(38, 16),
    ]
)


@st.composite
def columns(draw: st.DrawFn, count: int) -> list[tuple[Type, list[int], Vector]]:
    """Columns of exact types with their values: near the limits, near zero, or anywhere between."""
    rows = draw(st.integers(1, 6))
    found = []
    for _ in range(count):
        type_ = draw(TYPES)
        low, high = declared_bounds(type_)
        value = st.one_of(
            st.integers(low, high),
            st.integers(max(low, -200), min(high, 200)),
            st.sampled_from([low, high, low // 2, high // 2, 0, 1, -1]),
        )
        values = draw(st.lists(value, min_size=rows, max_size=rows))
        can_be_narrow = max(values) - min(values) < 2**32 and all(
            -(2**63) <= value < 2**63 for value in values
        )
        make = vectors.narrow if can_be_narrow and draw(st.booleans()) else vectors.plain
        found.append((type_, values, make(values, type_)))
    return found


def _exact(values: list[int], type_: Type) -> list[Fraction]:
    return [Fraction(value, 10**type_.scale) for value in values]


def _rounded(value: Fraction, scale: int) -> int:
    """The scaled integer, half away from zero."""
    scaled = abs(value) * 10**scale
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -rounded if value < 0 else rounded


def _check(expression: Expression, columns: list[Vector], expected: list[int]) -> None:
    """Evaluates to the scaled integers, or fails if one of them is out of the type's range."""
    low, high = declared_bounds(expression.type)
    if all(low <= value <= high for value in expected):
        result = evaluate(expression, vectors.batch(*columns), vectors.context())
        assert vectors.values_of(result, len(expected)) == [repr(value) for value in expected]
    else:
        with pytest.raises(DataError):
            evaluate(expression, vectors.batch(*columns), vectors.context())


@pytest.mark.parametrize(
    ("name", "exactly"), [("+", operator.add), ("-", operator.sub), ("*", operator.mul)]
)
@given(found=columns(2))
def test_sums_and_products(
    name: str, exactly: Callable[[Any, Any], Any], found: list[tuple[Type, list[int], Vector]]
) -> None:
    (left, left_values, _), (right, right_values, _) = found
    expression = vectors.call(name, vectors.column(0, left), vectors.column(1, right))
    pairs = zip(_exact(left_values, left), _exact(right_values, right), strict=True)
    expected = [_rounded(exactly(a, b), expression.type.scale) for a, b in pairs]
    _check(expression, [vector for _, _, vector in found], expected)


@given(found=columns(2))
def test_quotients(found: list[tuple[Type, list[int], Vector]]) -> None:
    (left, left_values, _), (right, right_values, _) = found
    expression = vectors.call("/", vectors.column(0, left), vectors.column(1, right))
    pairs = list(zip(_exact(left_values, left), _exact(right_values, right), strict=True))
    columns = [vector for _, _, vector in found]
    if 0 in right_values:
        with pytest.raises(DataError, match="division by zero"):
            evaluate(expression, vectors.batch(*columns), vectors.context())
    elif expression.type.is_integer:
        _check(expression, columns, [int(a / b) for a, b in pairs])
    else:
        _check(expression, columns, [_rounded(a / b, expression.type.scale) for a, b in pairs])


@given(found=columns(2))
def test_remainders(found: list[tuple[Type, list[int], Vector]]) -> None:
    (left, left_values, _), (right, right_values, _) = found
    expression = vectors.call("%", vectors.column(0, left), vectors.column(1, right))
    pairs = list(zip(_exact(left_values, left), _exact(right_values, right), strict=True))
    columns = [vector for _, _, vector in found]
    if 0 in right_values:
        with pytest.raises(DataError, match="division by zero"):
            evaluate(expression, vectors.batch(*columns), vectors.context())
    else:
        exact = [_rounded(a - int(a / b) * b, expression.type.scale) for a, b in pairs]
        _check(expression, columns, exact)


@given(found=columns(1))
def test_negation(found: list[tuple[Type, list[int], Vector]]) -> None:
    ((type_, values, vector),) = found
    _check(vectors.call("neg", vectors.column(0, type_)), [vector], [-value for value in values])


@given(found=columns(1), target=TYPES)
def test_casts_round_half_away_from_zero(
    found: list[tuple[Type, list[int], Vector]], target: Type
) -> None:
    ((type_, values, vector),) = found
    expected = [_rounded(value, target.scale) for value in _exact(values, type_)]
    _check(Cast(vectors.column(0, type_), target), [vector], expected)


@pytest.mark.parametrize("name", ["=", "<>", "<", "<=", ">", ">="])
@given(found=columns(2))
def test_comparisons(name: str, found: list[tuple[Type, list[int], Vector]]) -> None:
    (left, left_values, _), (right, right_values, _) = found
    common = common_type((left, right))
    low, high = declared_bounds(common)
    exact = [_exact(left_values, left), _exact(right_values, right)]
    if any(not low <= value * 10**common.scale <= high for side in exact for value in side):
        return
    compare = {
        "=": operator.eq, "<>": operator.ne, "<": operator.lt,
        "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    }[name]  # fmt: skip
    expression = vectors.call(name, vectors.column(0, left), vectors.column(1, right))
    columns = [vector for _, _, vector in found]
    result = evaluate(expression, vectors.batch(*columns), vectors.context())
    expected = [repr(compare(a, b)) for a, b in zip(*exact, strict=True)]
    assert vectors.values_of(result, len(expected)) == expected


@pytest.mark.parametrize(
    ("left", "name", "right", "result"),
    [
        (SMALLINT, "+", SMALLINT, SMALLINT),
        (SMALLINT, "+", BIGINT, BIGINT),
        (INTEGER, "/", INTEGER, INTEGER),
        (decimal(15, 2), "*", decimal(15, 2), decimal(30, 4)),
        (decimal(38, 2), "*", decimal(38, 2), decimal(38, 4)),
        (decimal(38, 16), "*", decimal(38, 16), decimal(38, 22)),
        (decimal(15, 2), "+", INTEGER, decimal(16, 2)),
        (decimal(15, 2), "/", INTEGER, decimal(38, 16)),
        (decimal(38, 20), "/", decimal(5, 1), decimal(38, 20)),
        (decimal(10, 2), "%", decimal(4, 3), decimal(11, 3)),
    ],
)
def test_types(left: Type, name: str, right: Type, result: Type) -> None:
    expression = vectors.call(name, vectors.column(0, left), vectors.column(1, right))
    assert expression.type == result
