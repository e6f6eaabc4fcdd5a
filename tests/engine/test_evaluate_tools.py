"""Expression trees: their text, their fields, their rewriting; and how functions are found."""

from __future__ import annotations

import pytest
from coldb.engine.expression_tools import (
    coalesce,
    fields_of,
    operands,
    replace_fields,
    to_text,
    walk,
    with_operands,
)
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
from coldb.engine.functions import function_names, resolve
from coldb.engine.functions.casts import (
    common_type,
    explicit_cast_allowed,
    implicit_cast_allowed,
)
from coldb.errors import ProgrammingError
from coldb_warehouse.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    NULL,
    REAL,
    SMALLINT,
    TIMESTAMP,
    VARCHAR,
    Type,
    decimal,
)

from tests.engine.vectors import call, column

A, B = column(0, INTEGER), column(1, INTEGER)
S = column(2, VARCHAR)
ONE = Constant(1, INTEGER)
P, Q, R = (call("=", A, Constant(value, INTEGER)) for value in (1, 2, 3))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (call("*", call("+", A, ONE), B), "(c0 + 1) * c1"),
        (call("+", call("*", A, ONE), B), "c0 * 1 + c1"),
        (call("-", A, call("-", B, ONE)), "c0 - (c1 - 1)"),
        (call("-", call("-", A, B), ONE), "c0 - c1 - 1"),
        (call("neg", call("+", A, B)), "-(c0 + c1)"),
        (call("-", A, Constant(-1, INTEGER)), "c0 - -1"),
        (And((Or((P, Q)), Not(R))), "(c0 = 1 OR c0 = 2) AND NOT c0 = 3"),
        (Or((And((P, Q)), R)), "c0 = 1 AND c0 = 2 OR c0 = 3"),
        (Not(And((P, Q))), "NOT (c0 = 1 AND c0 = 2)"),
        (Not(IsNull(A)), "c0 IS NOT NULL"),
        (IsNull(call("+", A, B)), "c0 + c1 IS NULL"),
        (IsNull(P), "(c0 = 1) IS NULL"),
        (call("like", S, Constant("a'%", VARCHAR)), "c2 LIKE 'a''%'"),
        (Not(call("ilike", S, Constant("a", VARCHAR))), "c2 NOT ILIKE 'a'"),
        (InValues(S, ("a", "b"), has_null=True), "c2 IN ('a', 'b', NULL)"),
        (Not(InValues(A, (1, 2))), "c0 NOT IN (1, 2)"),
        (call("is distinct from", A, B), "c0 IS DISTINCT FROM c1"),
        (call("extract_year", Constant(0, DATE)), "EXTRACT(year FROM DATE '1970-01-01')"),
        (call("substring", S, ONE, ONE), "substring(c2, 1, 1)"),
        (Cast(A, decimal(10, 2)), "CAST(c0 AS DECIMAL(10,2))"),
        (Cast(A, BIGINT, implicit=True), "c0"),
        (call("+", A, Constant(5, BIGINT)), "c0 + 5"),
        (call("+", A, Constant(150, decimal(5, 2))), "c0 + 1.50"),
        (Constant((1, 0, 0), INTERVAL), "INTERVAL '1 mon'"),
        (Constant(None, INTEGER), "NULL"),
        (Constant(True, BOOLEAN), "TRUE"),
        (
            coalesce([A, ONE], INTEGER),
            "CASE WHEN c0 IS NOT NULL THEN c0 ELSE 1 END",
        ),
    ],
)  # fmt: skip
def test_text(expression: Expression, text: str) -> None:
    assert to_text(expression) == text


def test_trees_are_taken_apart_and_put_together() -> None:
    tree = Case(((P, call("+", A, B)), (IsNull(B), ONE)), Cast(S, INTEGER), INTEGER)
    assert {field.name for field in fields_of(tree)} == {"c0", "c1", "c2"}
    for part in walk(tree):
        assert with_operands(part, operands(part)) is part
    rebuilt = with_operands(tree, (*operands(tree)[:-1], ONE))
    assert to_text(rebuilt) == ("CASE WHEN c0 = 1 THEN c0 + c1 WHEN c1 IS NULL THEN 1 ELSE 1 END")
    replaced = replace_fields(call("+", A, B), {B.field: call("*", A, ONE)})
    assert to_text(replaced) == "c0 + c0 * 1"
    assert replace_fields(tree, {}) is tree


# --- functions by name -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("lowr", (VARCHAR,), r"no function lowr\(VARCHAR\); did you mean lower\?"),
        ("lower", (INTEGER,), r"no function lower\(INTEGER\): it takes lower\(VARCHAR\)"),
        ("substring", (VARCHAR,), r"it takes substring\(VARCHAR, INTEGER\[, INTEGER\]\)"),
        ("+", (BOOLEAN, INTEGER), r"no operator BOOLEAN \+ INTEGER: it takes number \+ number"),
        ("=", (INTEGER, DATE), "no operator INTEGER = DATE"),
        ("%", (DOUBLE, DOUBLE), "no operator DOUBLE % DOUBLE: it takes exact number"),
        ("||", (INTEGER, INTEGER), r"no operator INTEGER \|\| INTEGER: it takes text \|\| any"),
        ("extract_yaer", (DATE,), 'EXTRACT knows no field "yaer"; did you mean year?'),
        (
            "extract_hour",
            (DATE,),
            "DATE has no field hour: TIMESTAMP and TIMESTAMPTZ and TIME and INTERVAL have it",
        ),
        ("greatest", (INTEGER, VARCHAR), r"no function greatest\(INTEGER, VARCHAR\)"),
        ("like", (INTEGER, VARCHAR), "no operator INTEGER LIKE VARCHAR: it takes text LIKE text"),
    ],
)
def test_unknown_functions_and_misfits(
    name: str, arguments: tuple[Type, ...], message: str
) -> None:
    with pytest.raises(ProgrammingError, match=message):
        resolve(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "parameters", "result"),
    [
        ("+", (SMALLINT, BIGINT), (BIGINT, BIGINT), BIGINT),
        ("+", (INTEGER, REAL), (DOUBLE, DOUBLE), DOUBLE),
        ("+", (REAL, REAL), (REAL, REAL), REAL),
        ("+", (INTEGER, NULL), (INTEGER, INTEGER), INTEGER),
        ("+", (DATE, INTEGER), (DATE, INTEGER), DATE),
        ("+", (DATE, SMALLINT), (DATE, INTEGER), DATE),
        ("+", (INTERVAL, DATE), (INTERVAL, DATE), TIMESTAMP),
        ("-", (DATE, NULL), (DATE, DATE), INTEGER),
        ("-", (TIMESTAMP, DATE), (TIMESTAMP, TIMESTAMP), INTERVAL),
        ("-", (TIMESTAMP, NULL), (TIMESTAMP, TIMESTAMP), INTERVAL),
        ("*", (INTEGER, INTERVAL), (DOUBLE, INTERVAL), INTERVAL),
        ("=", (DATE, NULL), (DATE, DATE), BOOLEAN),
        ("<", (DATE, TIMESTAMP), (TIMESTAMP, TIMESTAMP), BOOLEAN),
        ("=", (NULL, NULL), (VARCHAR, VARCHAR), BOOLEAN),
        ("=", (decimal(10, 2), INTEGER), (decimal(12, 2),) * 2, BOOLEAN),
        ("||", (INTEGER, VARCHAR), (VARCHAR, VARCHAR), VARCHAR),
        ("round", (INTEGER,), (DOUBLE,), DOUBLE),
        ("round", (decimal(10, 2),), (decimal(10, 2),), decimal(9, 0)),
        ("sqrt", (decimal(10, 2),), (DOUBLE,), DOUBLE),
        ("extract_years", (DATE,), (DATE,), decimal(10, 0)),
        ("greatest", (INTEGER, NULL, BIGINT), (BIGINT,) * 3, BIGINT),
        ("length", (NULL,), (VARCHAR,), INTEGER),
        ("concat", (INTEGER, DATE), (VARCHAR, VARCHAR), VARCHAR),
    ],
)
def test_resolution(
    name: str, arguments: tuple[Type, ...], parameters: tuple[Type, ...], result: Type
) -> None:
    found = resolve(name, arguments)
    assert (found.parameters, found.result) == (parameters, result)


def test_the_scale_of_a_rounded_number_is_the_constant() -> None:
    types = (decimal(10, 4), INTEGER)
    assert resolve("round", types, (None, 2)).result == decimal(9, 2)
    assert resolve("round", types, (None, -3)).result == decimal(7, 0)
    assert resolve("round", types, (None, 6)).result == decimal(13, 6)
    assert resolve("round", types).result == decimal(11, 4)


def test_function_names_are_those_that_can_be_called() -> None:
    names = function_names()
    assert {"lower", "date_trunc", "round", "current_date"} <= set(names)
    assert not any(name.startswith("extract_") or name in ("+", "neg", "like") for name in names)
    assert list(names) == sorted(names)


# --- types -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "common"),
    [
        ([NULL, INTEGER], INTEGER),
        ([NULL, NULL], VARCHAR),
        ([], VARCHAR),
        ([SMALLINT, BIGINT], BIGINT),
        ([INTEGER, decimal(5, 2)], decimal(12, 2)),
        ([decimal(10, 2), decimal(8, 4)], decimal(12, 4)),
        ([decimal(38, 0), decimal(38, 10)], decimal(38, 10)),
        ([decimal(5, 2), REAL], REAL),
        ([BIGINT, DOUBLE], DOUBLE),
        ([DATE, TIMESTAMP], TIMESTAMP),
        (
            [Type(VARCHAR.kind, length=3), Type(VARCHAR.kind, length=3)],
            Type(VARCHAR.kind, length=3),
        ),
        ([Type(VARCHAR.kind, length=3), VARCHAR], VARCHAR),
    ],
)
def test_common_types(types: list[Type], common: Type) -> None:
    assert common_type(types) == common


@pytest.mark.parametrize("types", [[INTEGER, VARCHAR], [BOOLEAN, INTEGER], [DATE, INTEGER]])
def test_types_without_anything_in_common(types: list[Type]) -> None:
    with pytest.raises(ProgrammingError, match="have no common type"):
        common_type(types)


def test_implicit_casts_never_go_to_or_from_text() -> None:
    everything = [BOOLEAN, SMALLINT, DOUBLE, decimal(5, 2), DATE, TIMESTAMP, INTERVAL]
    for type_ in everything:
        assert not implicit_cast_allowed(type_, VARCHAR)
        assert not implicit_cast_allowed(VARCHAR, type_)
        assert explicit_cast_allowed(type_, VARCHAR)
        assert explicit_cast_allowed(VARCHAR, type_)
    assert not explicit_cast_allowed(BOOLEAN, DATE)
    assert not explicit_cast_allowed(BOOLEAN, BIGINT)
    assert explicit_cast_allowed(TIMESTAMP, DATE)
    assert not implicit_cast_allowed(TIMESTAMP, DATE)
