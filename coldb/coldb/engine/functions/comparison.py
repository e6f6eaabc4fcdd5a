"""= <> < <= > >= and IS [NOT] DISTINCT FROM, for every type.

Text compares byte by byte. NaN equals itself and is greater than every other number, as in
PostgreSQL. A narrow vector is compared with a constant in its own small integers.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from coldb.engine.arrays import array_keys
from coldb.engine.functions.coercion import common_type_or_none
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature
from coldb.engine.functions.numbers.arithmetic import numeric_pair
from coldb.engine.vector import Vector
from coldb_warehouse.types import BOOLEAN, VARCHAR, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Kernel, Typing
    from coldb.engine.vector import Mask

__all__ = ["DEFINITIONS", "interval_totals"]

Comparison: TypeAlias = "Callable[[Any, Any], Any]"

_ARROW_NAMES = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
_PYTHON: dict[str, Comparison] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(name: str, left: Vector, right: Vector) -> Vector:
    """`left name right` as a BOOLEAN vector; NULLs are the evaluator's business."""
    kind = left.type.kind
    if left.type.in_arrow:
        return Vector(BOOLEAN, _compare_bytes(name, left, right))
    if kind is Kind.INTERVAL:
        return Vector(BOOLEAN, _mask(_PYTHON[name](interval_totals(left), interval_totals(right))))
    if kind in (Kind.REAL, Kind.DOUBLE):
        return Vector(BOOLEAN, _compare_floats(name, left.values, right.values))
    if right.constant and not left.constant:
        return _compare_with_constant(name, left, right)
    if left.constant and not right.constant:
        return _compare_with_constant(_MIRRORED[name], right, left)
    return Vector(BOOLEAN, _mask(_PYTHON[name](left.values, right.values)))


_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _mask(result: Any) -> Mask:
    return np.asarray(result, dtype=np.bool_)


def _compare_bytes(name: str, left: Vector, right: Vector) -> Mask:
    import pyarrow.compute as pc

    a: Any = left.strings
    b: Any = right.strings
    if left.type.kind is Kind.ARRAY:
        a, b = array_keys((left, right))
    result = getattr(pc, _ARROW_NAMES[name])(
        a[0] if left.constant else a, b[0] if right.constant else b
    )
    if left.constant and right.constant:
        return np.array([result.as_py()])
    return np.asarray(result, dtype=np.bool_)


def _compare_floats(name: str, a: Any, b: Any) -> Mask:
    match name:
        case "=":
            return _mask((a == b) | ((a != a) & (b != b)))
        case "<>":
            return ~_compare_floats("=", a, b)
        case ">":
            return _compare_floats("<", b, a)
        case ">=":
            return ~_compare_floats("<", a, b)
        case "<=":
            return ~_compare_floats("<", b, a)
        case _:
            return _mask(~(a >= b) & (a == a))


def _compare_with_constant(name: str, vector: Vector, constant: Vector) -> Vector:
    """Compares discrete values, in the narrow form where there is one, with one value."""
    value = int(constant.values[0])
    compare_with = _PYTHON[name]
    if vector.bounds is not None:
        decided = _decided(name, vector.bounds, value)
        if decided is not None:
            return Vector.constant_of(BOOLEAN, decided)
    data = vector.data
    assert isinstance(data, np.ndarray)
    if data.dtype.kind == "b":
        return Vector(BOOLEAN, compare_with(data, bool(value)))
    shifted = value - vector.reference
    if data.dtype.kind in "ui":
        limits = np.iinfo(data.dtype)
        if not limits.min <= shifted <= limits.max:
            return Vector.constant_of(BOOLEAN, compare_with(limits.min, shifted))
        return Vector(BOOLEAN, compare_with(data, data.dtype.type(shifted)))
    return Vector(BOOLEAN, _mask(compare_with(data, shifted)))


def _decided(name: str, bounds: tuple[int, int], value: int) -> bool | None:
    """The answer for every row, if the bounds give it away."""
    low, high = bounds
    compare_with = _PYTHON[name]
    if value < low or value > high or low == high:
        return bool(compare_with(low, value))
    if (name == "<=" and value == high) or (name == ">=" and value == low):
        return True
    if (name == ">" and value == high) or (name == "<" and value == low):
        return False
    return None


def interval_totals(vector: Vector) -> Any:
    """Microseconds by which intervals compare: a month is 30 days, a day 24 hours."""
    totals = np.empty(len(vector.data), dtype=object)
    for row, interval in enumerate(vector.data):
        months, days, microseconds = interval or (0, 0, 0)
        totals[row] = (months * 30 + days) * 86_400_000_000 + microseconds
    return totals


# --- NULL as a value ---------------------------------------------------------------------------


def distinct(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """IS DISTINCT FROM: like <>, except that NULL is a value and equals itself."""
    del result
    left, right = arguments
    differs = compare("<>", left, right).expanded(rows).values
    if left.valid is None and right.valid is None:
        return Vector(BOOLEAN, differs)
    present = [
        np.ones(1, dtype=np.bool_) if side.valid is None else side.valid for side in arguments
    ]
    both = present[0] & present[1]
    return Vector(BOOLEAN, np.broadcast_to((both & differs) | (present[0] != present[1]), rows))


def not_distinct(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    return Vector(BOOLEAN, ~distinct(arguments, result, rows).values)


# --- types -------------------------------------------------------------------------------------


def _comparable(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
    """Both sides have the same type when they meet."""
    del constants
    if len(arguments) != 2:
        return None
    pair = numeric_pair(arguments)
    common = common_type_or_none(*(pair or arguments))
    if common is None:
        return None
    common = VARCHAR if common.kind in (Kind.NULL, Kind.VARCHAR) else common
    return (common, common), BOOLEAN


def _kernel(name: str) -> Kernel:
    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        del result, rows
        return compare(name, arguments[0], arguments[1])

    return kernel


def _definition(function: ScalarFunction) -> Definition:
    return Definition(function, Signature(f"value {function.name} value of one type", _comparable))


DEFINITIONS = (
    *(
        _definition(ScalarFunction(name, _kernel(name), operator=True, narrow=True))
        for name in _PYTHON
    ),
    _definition(ScalarFunction("is distinct from", distinct, strict=False, operator=True)),
    _definition(ScalarFunction("is not distinct from", not_distinct, strict=False, operator=True)),
)
