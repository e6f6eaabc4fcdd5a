"""Every function gives the same answer for a constant, a plain, a narrow and a coded column.

What a function is for one row of constants is the measure. Rows for which it fails are left out, laid
under NULLs, or hidden in a domain: there they must not make it fail.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
from coldb.engine.evaluate import evaluate
from coldb.engine.expressions import Call, Constant
from coldb.engine.functions import resolve
from coldb.engine.functions.registry import _table
from coldb.engine.vector import Vector
from coldb.errors import DataError, ProgrammingError
from coldb_warehouse.types import (
    BIGINT,
    BLOB,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    VARCHAR,
    Type,
    array_of,
    decimal,
)

from tests.engine import vectors

NAN, INFINITY = float("nan"), float("inf")

SAMPLES: dict[Type, tuple[Any, ...]] = {
    BOOLEAN: (False, True),
    SMALLINT: (-(2**15), -7, 0, 3, 2**15 - 1),
    INTEGER: (-(2**31), -3, -1, 0, 1, 2, 5, 12, 2024, 2**31 - 1),
    BIGINT: (-(2**63), -5, 0, 1, 7, 10**12, 2**62, 2**63 - 1),
    decimal(9, 2): (-999999999, -250, -50, -1, 0, 50, 149, 150, 700, 999999999),
    decimal(38, 10): (-(10**37), -(10**10) // 3, 0, 1, 5 * 10**9, 10**12, 10**37, 10**38 - 1),
    REAL: (-1.5, 0.0, 0.25, 3.0, NAN, INFINITY),
    DOUBLE: (-INFINITY, -8.0, -0.5, -0.0, 0.0, 1e-300, 0.5, 1.0, 2.5, 1e300, INFINITY, NAN),
    VARCHAR: (
        "",
        " a ",
        "abc",
        "a,b,,c",
        "Äöé ß",
        "x%y_z\\",
        "1",
        "-2.5",
        "year",
        "YYYY-MM Day",
        "\n",
    ),
    DATE: (-719162, -1, 0, 31, 10957, 19782, 2_145_042_905),
    TIMESTAMP: (-62135596800000000, -1, 0, 1709210000123456, 106_751_991 * 86_400_000_000 - 1),
    TIME: (0, 1, 43_200_000_000, 86_400_000_000),
    TIMESTAMPTZ: (-62135596800000000, -1, 0, 1709210000123456, 106_751_991 * 86_400_000_000 - 1),
    BLOB: (b"", b"\x00\xff", b"abc"),
    UUID: (bytes(16), bytes(range(16))),
    array_of(VARCHAR): ((), ("a",), ("b", None, "")),
    INTERVAL: ((0, 0, 0), (1, 0, 0), (-14, 3, -1), (0, 30, 0), (0, 0, 90_061_000_001)),
}
ROWS = 24
MOST_SIGNATURES = 25  # of a function that takes anything


def signatures(name: str) -> list[tuple[Type, ...]]:
    """The combinations of up to three sampled types that a function takes without a cast."""
    combinations = (itertools.product(SAMPLES, repeat=count) for count in range(1, 4))
    return [types for types in itertools.chain(*combinations) if _takes(name, types)]


def _takes(name: str, types: tuple[Type, ...]) -> bool:
    try:
        return resolve(name, types).parameters == types
    except ProgrammingError:
        return False


def outcome(name: str, types: tuple[Type, ...], row: tuple[Any, ...]) -> str | None:
    """The answer for one row of constants; `error` where it fails."""
    constants = (Constant(value, type_) for value, type_ in zip(row, types, strict=True))
    function = resolve(name, types)
    expression = Call(function.function, tuple(constants), function.result)
    try:
        vector = evaluate(
            expression, vectors.batch(Vector.constant_of(INTEGER, 0)), vectors.context()
        )
    except DataError:
        return "error"
    return vectors.values_of(vector, 1)[0]


# These have no arguments, or more than three.
_OTHERS = ("pi", "make_timestamp", "make_timestamptz", "width_bucket")
NAMES = sorted(
    name
    for name, definitions in _table().items()
    if name not in _OTHERS and not definitions[0].function.varies
)


@pytest.mark.parametrize("name", NAMES)
def test_forms_agree(name: str) -> None:
    found = signatures(name)
    assert found
    for types in random.Random(name).sample(found, min(len(found), MOST_SIGNATURES)):
        _check_forms(name, types)


def _check_forms(name: str, types: tuple[Type, ...]) -> None:
    randomness = random.Random(f"{name}{types}")
    rows = [tuple(randomness.choice(SAMPLES[each]) for each in types) for _ in range(ROWS)]
    answers = [outcome(name, types, row) for row in rows]
    good = [row for row, answer in zip(rows, answers, strict=True) if answer != "error"]
    bad = [row for row, answer in zip(rows, answers, strict=True) if answer == "error"]
    expected = [answer for answer in answers if answer != "error"]
    if bad:
        with pytest.raises(DataError):
            _evaluate(name, types, [vectors.plain(*each) for each in _columns(types, rows)])
    if not good:
        return
    columns = _columns(types, good)
    forms = [[vectors.plain(*each) for each in columns], [_coded(*each) for each in columns]]
    forms.append([_narrow(*each) for each in columns])
    for form in forms:
        assert _evaluate(name, types, form) == expected, (name, types, good)
    for position in range(len(types)):
        _check_constant(name, types, good, position)
    _check_null_arguments(name, types, good, randomness)
    if bad:
        _check_nulls_over_errors(name, types, rows, answers)


def _columns(types: tuple[Type, ...], rows: list[tuple[Any, ...]]) -> list[tuple[list[Any], Type]]:
    return [
        (list(values), type_) for values, type_ in zip(zip(*rows, strict=True), types, strict=True)
    ]


def _coded(values: list[Any], type_: Type) -> Vector:
    return vectors.coded(values, type_, unused=SAMPLES[type_])


def _narrow(values: list[Any], type_: Type) -> Vector:
    small = type_.is_discrete and type_ != BOOLEAN and max(values) - min(values) < 2**32
    return vectors.narrow(values, type_) if small else vectors.plain(values, type_)


def _evaluate(name: str, types: tuple[Type, ...], columns: list[Vector]) -> list[str | None]:
    function = resolve(name, types)
    fields = tuple(vectors.column(number, type_) for number, type_ in enumerate(types))
    expression = Call(function.function, fields, function.result)
    rows = len(next((each for each in columns if not each.constant), columns[0]))
    result = evaluate(expression, vectors.batch(*columns), vectors.context())
    return vectors.values_of(result, rows)


def _check_constant(
    name: str, types: tuple[Type, ...], rows: list[tuple[Any, ...]], position: int
) -> None:
    """One argument constant, the others columns."""
    value = rows[0][position]
    fixed = [(*row[:position], value, *row[position + 1 :]) for row in rows]
    expected = [outcome(name, types, row) for row in fixed]
    kept = [row for row, answer in zip(fixed, expected, strict=True) if answer != "error"]
    if len(types) == 1 or not kept:
        return
    columns = [vectors.plain(*each) for each in _columns(types, kept)]
    columns[position] = Vector.constant_of(types[position], value)
    ordered = sorted(range(len(columns)), key=lambda number: columns[number].constant)
    function = resolve(name, types)
    fields = tuple(vectors.column(ordered.index(n), type_) for n, type_ in enumerate(types))
    result = evaluate(
        Call(function.function, fields, function.result),
        vectors.batch(*(columns[number] for number in ordered)),
        vectors.context(),
    )
    assert vectors.values_of(result, len(kept)) == [each for each in expected if each != "error"]


def _check_null_arguments(
    name: str, types: tuple[Type, ...], rows: list[tuple[Any, ...]], randomness: random.Random
) -> None:
    """Some arguments NULL, in one row all of them."""
    sparse = [tuple(value if randomness.random() < 0.6 else None for value in row) for row in rows]
    sparse.append((None,) * len(types))
    expected = [outcome(name, types, row) for row in sparse]
    kept = [row for row, answer in zip(sparse, expected, strict=True) if answer != "error"]
    expected = [answer for answer in expected if answer != "error"]
    columns = _columns(types, kept)
    for form in (vectors.plain, vectors.coded):
        assert _evaluate(name, types, [form(*each) for each in columns]) == expected


def _check_nulls_over_errors(
    name: str, types: tuple[Type, ...], rows: list[tuple[Any, ...]], answers: list[str | None]
) -> None:
    """A NULL in one argument: a strict function gives NULL, whatever lies below the NULL."""
    function = resolve(name, types).function
    valid = [answer != "error" for answer in answers]
    columns = [vectors.plain(*each) for each in _columns(types, rows)]
    columns[0] = vectors.with_nulls(columns[0], valid)
    if function.strict:
        expected = [None if answer == "error" else answer for answer in answers]
        assert _evaluate(name, types, columns) == expected
        assert (
            _evaluate(name, types, [columns[0].take(np.zeros(0, dtype=np.intp))] * len(types)) == []
        )
