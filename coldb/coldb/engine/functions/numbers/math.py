"""Powers, roots, logarithms and trigonometry, in DOUBLE.

Where a function is undefined, or its value too large or too small for a DOUBLE, that is an error as
in PostgreSQL, and not NaN or infinity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from coldb.engine.functions.definition import Definition, ScalarFunction, fixed
from coldb.engine.functions.numbers.arithmetic import check_floats
from coldb.engine.functions.numbers.exact import rows_where
from coldb.engine.vector import Vector
from coldb.errors import DataError
from coldb_warehouse.types import BOOLEAN, DOUBLE, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel
    from coldb.engine.vector import Mask

__all__ = ["DEFINITIONS", "float_function"]


def float_function(
    ufunc: Callable[..., Any], *checks: tuple[Callable[..., Mask], str], unbounded: bool = False
) -> Kernel:
    """A kernel from a function on arrays; each check says where it is undefined, and why.

    Infinity from finite arguments is an overflow, unless the function is `unbounded`.
    """

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        values = [argument.values for argument in arguments]
        with np.errstate(all="ignore"):
            for undefined, message in checks:
                if rows_where(undefined(*values), arguments):
                    raise DataError(message)
            data = ufunc(*values)
            return Vector(result, data if unbounded else check_floats(data, arguments))

    return kernel


_NEGATIVE_LOGARITHM = (lambda x: x < 0, "cannot take logarithm of a negative number")
_ZERO_LOGARITHM = (lambda x: x == 0, "cannot take logarithm of zero")
_OUTSIDE_UNIT = (lambda x: np.abs(x) > 1, "input is out of range: it must lie between -1 and 1")
_INFINITE = (np.isinf, "input is out of range: it must be finite")

_log = float_function(np.log10, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM)

_power = float_function(
    np.power,
    (lambda x, y: (x == 0) & (y < 0), "zero raised to a negative power is undefined"),
    (
        lambda x, y: (x < 0) & np.isfinite(x) & np.isfinite(y) & (np.rint(y) != y),
        "a negative number raised to a non-integer power yields a complex result",
    ),
    (
        lambda x, y: (np.power(x, y) == 0) & (x != 0) & np.isfinite(x) & np.isfinite(y),
        "value out of range: underflow",
    ),
)

_log_to_base = float_function(
    lambda base, x: np.log(x) / np.log(base),
    (lambda base, x: (base < 0) | (x < 0), "cannot take logarithm of a negative number"),
    (lambda base, x: (base == 0) | (x == 0), "cannot take logarithm of zero"),
    (lambda base, x: base == 1, "division by zero: 1 is no base of a logarithm"),
)


def _pi(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del arguments
    return Vector(result, np.full(rows, np.pi))


def _random(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del arguments
    return Vector(result, np.random.default_rng().random(rows))


def _test(ufunc: Callable[..., Any]) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del rows
        return Vector(result, ufunc(arguments[0].values))

    return kernel


# --- table -------------------------------------------------------------------------------------

# The kernel, what it computes, and an example.
_UNARY: dict[str, tuple[Kernel, str, str]] = {
    "sqrt": (
        float_function(np.sqrt, (lambda x: x < 0, "cannot take square root of a negative number")),
        "square root",
        "sqrt(2)",
    ),
    "cbrt": (float_function(np.cbrt), "cube root", "cbrt(27)"),
    "exp": (
        float_function(
            np.exp, (lambda x: (np.exp(x) == 0) & ~np.isinf(x), "value out of range: underflow")
        ),
        "e raised to the power",
        "exp(0)",
    ),
    "ln": (
        float_function(np.log, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM),
        "natural logarithm",
        "ln(1)",
    ),
    "log": (_log, "logarithm to base 10", "log(100)"),
    "log10": (_log, "logarithm to base 10", "log10(100)"),
    "log2": (
        float_function(np.log2, _NEGATIVE_LOGARITHM, _ZERO_LOGARITHM),
        "logarithm to base 2",
        "log2(8)",
    ),
    "degrees": (float_function(np.degrees), "radians to degrees", "degrees(pi())"),
    "radians": (float_function(np.radians), "degrees to radians", "radians(180)"),
    "sin": (float_function(np.sin, _INFINITE), "sine of radians", "sin(0)"),
    "cos": (float_function(np.cos, _INFINITE), "cosine of radians", "cos(0)"),
    "tan": (float_function(np.tan, _INFINITE), "tangent of radians", "tan(0)"),
    "cot": (
        float_function(lambda x: 1 / np.tan(x), _INFINITE, unbounded=True),
        "cotangent of radians",
        "cot(0.5)",
    ),
    "asin": (float_function(np.arcsin, _OUTSIDE_UNIT), "inverse sine, in radians", "asin(0)"),
    "acos": (float_function(np.arccos, _OUTSIDE_UNIT), "inverse cosine, in radians", "acos(1)"),
    "atan": (float_function(np.arctan), "inverse tangent, in radians", "atan(0)"),
    "sinh": (float_function(np.sinh, unbounded=True), "hyperbolic sine", "sinh(0)"),
    "cosh": (float_function(np.cosh, unbounded=True), "hyperbolic cosine", "cosh(0)"),
    "tanh": (float_function(np.tanh), "hyperbolic tangent", "tanh(0)"),
    "asinh": (float_function(np.arcsinh), "inverse hyperbolic sine", "asinh(0)"),
    "acosh": (
        float_function(
            np.arccosh, (lambda x: x < 1, "input is out of range: it must be at least 1")
        ),
        "inverse hyperbolic cosine",
        "acosh(1)",
    ),
    "atanh": (
        float_function(np.arctanh, _OUTSIDE_UNIT, unbounded=True),
        "inverse hyperbolic tangent",
        "atanh(0)",
    ),
}

_TESTS = {
    "isnan": (np.isnan, "whether a float is not a number", "isnan('NaN'::DOUBLE PRECISION)"),
    "isinf": (np.isinf, "whether a float is infinite", "isinf('-Infinity'::DOUBLE PRECISION)"),
    "isfinite": (np.isfinite, "whether a float is neither infinite nor NaN", "isfinite(1.5)"),
}

_DOUBLES = fixed(DOUBLE, DOUBLE, result=DOUBLE)
_POWER = Definition(
    ScalarFunction("power", _power, can_fail=True),
    _DOUBLES,
    "a raised to the power b; also `a ^ b`",
    "power(2, 10)",
)

DEFINITIONS = (
    *(
        Definition(
            ScalarFunction(name, kernel, can_fail=True),
            fixed(DOUBLE, result=DOUBLE),
            summary,
            example,
        )
        for name, (kernel, summary, example) in _UNARY.items()
    ),
    *(
        Definition(
            ScalarFunction(name, _test(ufunc)), fixed(DOUBLE, result=BOOLEAN), summary, example
        )
        for name, (ufunc, summary, example) in _TESTS.items()
    ),
    Definition(
        ScalarFunction("atan2", float_function(np.arctan2)),
        _DOUBLES,
        "inverse tangent of `y / x`, in radians",
        "atan2(0, 1)",
    ),
    Definition(
        ScalarFunction("log", _log_to_base, can_fail=True),
        _DOUBLES.described("(base, number)"),
        "logarithm to a base",
        "log(2, 8)",
    ),
    _POWER,
    _POWER.alias("pow"),
    Definition(
        ScalarFunction("^", _power, can_fail=True, operator=True),
        _DOUBLES.described("number ^ number"),
    ),
    Definition(ScalarFunction("pi", _pi), fixed(result=DOUBLE), "π", "pi()"),
    Definition(
        ScalarFunction("random", _random, volatile=True),
        fixed(result=DOUBLE),
        "another number from 0 to below 1 in every row",
        "random()",
    ),
)
