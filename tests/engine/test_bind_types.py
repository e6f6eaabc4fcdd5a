"""The types and names of result columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from coldb.engine.expressions import Constant, Expression
from coldb.engine.plan import Filter, Project

from tests.engine.star import bound

TYPES = [
    ("1", "INTEGER"),
    ("-2147483648", "INTEGER"),
    ("2147483648", "BIGINT"),
    ("-9223372036854775808", "BIGINT"),
    ("9223372036854775808", "DECIMAL(19,0)"),
    ("1.50", "DECIMAL(3,2)"),
    ("0.05", "DECIMAL(2,2)"),
    ("1e3", "DECIMAL(4,0)"),
    ("1e100", "DOUBLE"),
    ("'x'", "VARCHAR"),
    ("NULL", "VARCHAR"),
    ("true", "BOOLEAN"),
    ("DATE '2024-01-31'", "DATE"),
    ("CAST(i AS NUMERIC)", "DECIMAL(10,0)"),
    ("CAST(m AS NUMERIC)", "DECIMAL(8,2)"),
    ("CAST(x AS NUMERIC)", "DECIMAL(38,10)"),
    ("CAST('1.5' AS DECIMAL(5, 1))", "DECIMAL(5,1)"),
    ("s + i", "INTEGER"),
    ("i + l", "BIGINT"),
    ("i * x", "DOUBLE"),
    ("i / 2", "INTEGER"),
    ("i = l", "BOOLEAN"),
    ("d + 1", "DATE"),
    ("d - d", "INTEGER"),
    ("d + INTERVAL '1 month'", "TIMESTAMP"),
    ("v || i", "VARCHAR"),
    ("CASE WHEN b THEN i ELSE 2.5 END", "DECIMAL(11,1)"),
    ("CASE WHEN b THEN NULL ELSE d END", "DATE"),
    ("coalesce(s, l)", "BIGINT"),
    ("nullif(s, 2)", "SMALLINT"),
    ("count(*)", "BIGINT"),
    ("count(DISTINCT v)", "BIGINT"),
    ("sum(s)", "BIGINT"),
    ("sum(i)", "BIGINT"),
    ("sum(l)", "DECIMAL(38,0)"),
    ("sum(m)", "DECIMAL(38,2)"),
    ("sum(r)", "REAL"),
    ("sum(x)", "DOUBLE"),
    ("avg(i)", "DECIMAL(38,16)"),
    ("avg(CAST(m AS DECIMAL(30, 20)))", "DECIMAL(38,20)"),
    ("avg(r)", "DOUBLE"),
    ("min(v)", "VARCHAR"),
    ("max(t)", "TIMESTAMP"),
    ("stddev(i)", "DOUBLE"),
    ("var_pop(m)", "DOUBLE"),
    ("bool_and(b)", "BOOLEAN"),
    ("(SELECT max(d) FROM kinds)", "DATE"),
    ("EXISTS (SELECT 1)", "BOOLEAN"),
]


@pytest.mark.parametrize(("expression", "expected"), TYPES)
def test_type(expression: str, expected: str) -> None:
    (field,) = bound(f"SELECT {expression} FROM kinds").plan.fields
    assert str(field.type) == expected


NAMES = [
    ("i", "i"),
    ("kinds.i", "i"),
    ("i AS x", "x"),
    ("1", "?column?"),
    ("i + 1", "?column?"),
    ("sum(i)", "sum"),
    ("upper(v)", "upper"),
    ("CAST(i AS BIGINT)", "i"),
    ("CAST(1 AS BIGINT)", "bigint"),
    ("CASE WHEN b THEN 1 END", "case"),
    ("CASE WHEN b THEN 1 ELSE i END", "i"),
    ("extract(year FROM d)", "extract"),
    ("EXISTS (SELECT 1)", "exists"),
    ("(SELECT max(i) AS top FROM kinds)", "top"),
    ("true", "bool"),
]


@pytest.mark.parametrize(("expression", "expected"), NAMES)
def test_name(expression: str, expected: str) -> None:
    assert bound(f"SELECT {expression} FROM kinds").names == (expected,)


def test_star_and_using_give_each_merged_column_once() -> None:
    query = "SELECT * FROM store JOIN (SELECT city, 1 AS one FROM store) s USING (city)"
    assert bound(query).names == ("city", "store_id", "country", "one")
    natural = "SELECT * FROM store NATURAL JOIN (SELECT store_id, city, 1 AS one FROM store) s"
    assert bound(natural).names == ("store_id", "city", "country", "one")
    qualified = "SELECT s.* FROM store JOIN (SELECT city, 1 AS one FROM store) s USING (city)"
    assert bound(qualified).names == ("city", "one")


@pytest.mark.parametrize(
    ("sql", "types"),
    [
        ("SELECT 1 UNION SELECT 2.5", ["DECIMAL(11,1)"]),
        ("SELECT NULL UNION SELECT d FROM kinds", ["DATE"]),
        ("SELECT d FROM kinds UNION ALL SELECT '2024-01-01'", ["DATE"]),
        ("SELECT s FROM kinds EXCEPT SELECT l FROM kinds", ["BIGINT"]),
        ("VALUES (1, 'a', NULL), (2.5, NULL, NULL)", ["DECIMAL(2,1)", "VARCHAR", "VARCHAR"]),
        ("VALUES (1), ('2')", ["INTEGER"]),
        ("VALUES (DATE '2024-01-01'), ('2024-02-01')", ["DATE"]),
        ("VALUES (1), (3000000000)", ["BIGINT"]),
        ("VALUES (1), (1e100)", ["DOUBLE"]),
    ],
)
def test_types_of_several_rows(sql: str, types: list[str]) -> None:
    assert [str(field.type) for field in bound(sql).plan.fields] == types


# --- open literals and constants -----------------------------------------------------------------


def _conditions(where: str, parameters: list[Any] | None = None) -> tuple[Expression, ...]:
    plan = bound(f"SELECT 1 FROM kinds WHERE {where}", parameters).plan
    assert isinstance(plan, Project)
    assert isinstance(plan.child, Filter)
    return plan.child.predicates


def _compared_with(where: str, parameters: list[Any] | None = None) -> tuple[Any, str]:
    (comparison,) = _conditions(where, parameters)
    constants = [part for part in comparison.arguments if isinstance(part, Constant)]  # type: ignore[union-attr]
    (constant,) = constants
    return constant.value, str(constant.type)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("d = '1970-01-02'", (1, "DATE")),
        ("'1970-01-02' < d", (1, "DATE")),
        ("t > '1970-01-01 00:00:01'", (1_000_000, "TIMESTAMP")),
        ("b = 'true'", (True, "BOOLEAN")),
        ("i = '42'", (42, "INTEGER")),
        ("m = '1.5'", (150, "DECIMAL(8,2)")),
        ("s = 5", (5, "SMALLINT")),
        ("l = 5", (5, "BIGINT")),
        ("m < 24", (2400, "DECIMAL(8,2)")),
        ("m = 0.5", (50, "DECIMAL(8,2)")),
        ("v = 'x'", ("x", "VARCHAR")),
        ("d = DATE '1970-01-02'", (1, "DATE")),
        ("i = NULL", (None, "INTEGER")),
    ],
)
def test_a_literal_takes_the_type_of_the_column(where: str, expected: tuple[Any, str]) -> None:
    assert _compared_with(where) == expected


@pytest.mark.parametrize(
    ("where", "value", "expected"),
    [
        ("i = ?", 7, (7, "INTEGER")),
        ("d = ?", "1970-01-02", (1, "DATE")),
        ("d = ?", dt.date(1970, 1, 3), (2, "DATE")),
        ("t = ?", dt.datetime(1970, 1, 1, 0, 0, 1), (1_000_000, "TIMESTAMP")),
        ("m = ?", Decimal("1.5"), (150, "DECIMAL(8,2)")),
        ("x = ?", 0.5, (0.5, "DOUBLE")),
        ("i = ?", None, (None, "INTEGER")),
        ("b = ?", True, (True, "BOOLEAN")),
    ],
)
def test_a_parameter_takes_the_type_of_the_column(
    where: str, value: Any, expected: tuple[Any, str]
) -> None:
    assert _compared_with(where, [value]) == expected


def test_a_number_that_the_column_cannot_hold_is_compared_in_a_wider_type() -> None:
    (comparison,) = _conditions("s = 100000")
    assert {str(part.type) for part in comparison.arguments} == {"INTEGER"}  # type: ignore[union-attr]


def test_in_keeps_the_type_of_the_column_where_the_values_fit() -> None:
    (test,) = _conditions("s IN (1, 2, 1, NULL)")
    assert str(test.operand.type) == "SMALLINT"  # type: ignore[union-attr]
    assert test.values == (1, 2)  # type: ignore[union-attr]
    assert test.has_null  # type: ignore[union-attr]
    (wider,) = _conditions("s IN (1, 2.5)")
    assert str(wider.operand.type) == "DECIMAL(6,1)"  # type: ignore[union-attr]
    assert wider.values == (10, 25)  # type: ignore[union-attr]


def test_named_parameters_may_be_used_twice_or_not_at_all() -> None:
    assert bound("SELECT :a, :a + 1", {"a": 1, "b": 2}).names == ("?column?", "?column?")


# --- nullability ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "nullable"),
    [
        ("SELECT id, quantity FROM sale", [False, True]),
        ("SELECT id + 1, quantity + 1 FROM sale", [False, True]),
        ("SELECT id, city FROM sale LEFT JOIN store ON store = store_id", [False, True]),
        ("SELECT id, city FROM sale RIGHT JOIN store ON store = store_id", [True, False]),
        ("SELECT id, city FROM sale FULL JOIN store ON store = store_id", [True, True]),
        ("SELECT city, count(*), sum(store_id) FROM store GROUP BY city", [False, False, True]),
        ("SELECT quantity IS NULL, coalesce(quantity, 0) FROM sale", [False, False]),
        ("SELECT 1, NULL", [False, True]),
        ("SELECT (SELECT 1)", [True]),
        ("VALUES (1, 2), (NULL, 3)", [True, False]),
        ("SELECT id FROM sale UNION SELECT quantity FROM sale", [True]),
    ],
)
def test_nullability(query: str, nullable: list[bool]) -> None:
    assert [field.nullable for field in bound(query).plan.fields] == nullable
