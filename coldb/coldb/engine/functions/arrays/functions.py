"""Arrays: made of values, taken apart, searched and joined. Elements count from one.

Every kernel works on the elements of all rows at once, as `arrays.elements` gives them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.arrays import array_vector, elements
from coldb.engine.assemble import concatenated
from coldb.engine.functions.coercion import common_type_or_none
from coldb.engine.functions.definition import Definition, ScalarFunction, Signature
from coldb.engine.vector import Vector
from coldb_warehouse.types import BOOLEAN, INTEGER, NULL, array_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.functions.definition import Typing
    from coldb.engine.vector import Mask
    from coldb_warehouse.types import Type

__all__ = ["ARRAY", "DEFINITIONS", "any_element"]


# --- made of values ----------------------------------------------------------------------------


def _array(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """ARRAY[a, b]: the values of each row side by side."""
    del result
    flat = concatenated([vector.expanded(rows) for vector in arguments])
    order = np.arange(len(flat)).reshape(len(arguments), rows).T.reshape(-1)
    return array_vector(np.arange(rows + 1) * len(arguments), flat.take(order))


ARRAY = ScalarFunction("array", _array, strict=False)


def _joined(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Arrays and single elements one behind the other; a NULL array counts as one that is not there."""
    offsets, flats = [], []
    for argument in arguments:
        vector = argument.expanded(rows).plain()
        if vector.type.element is None:
            own, flat = np.arange(rows + 1), vector
        else:
            own, flat = _present(vector)
        offsets.append(own)
        flats.append(flat)
    sizes = [np.diff(own) for own in offsets]
    ends = np.cumsum(np.sum(sizes, axis=0))
    total = np.concatenate(([0], ends))
    order = np.empty(int(total[-1]), dtype=np.int64)
    before, shift = np.zeros(rows, dtype=np.int64), 0
    for own, size, flat in zip(offsets, sizes, flats, strict=True):
        inside = np.arange(own[-1]) - np.repeat(own[:-1], size)
        order[np.repeat(total[:-1] + before, size) + inside] = np.arange(own[-1]) + shift
        before, shift = before + size, shift + len(flat)
    all_null = np.ones(rows, dtype=np.bool_)
    for argument in arguments:
        all_null &= argument.type.element is not None and ~argument.expanded(rows).valid_mask
    valid = ~all_null if all_null.any() else None
    return replace(array_vector(total, concatenated(flats).take(order), valid), type=result)


def _present(vector: Vector) -> tuple[npt.NDArray[np.int64], Vector]:
    """Offsets and elements with the arrays that are NULL empty."""
    offsets, flat = elements(vector)
    if vector.valid is None:
        return offsets, flat
    sizes = np.where(vector.valid, np.diff(offsets), 0)
    kept = np.repeat(vector.valid, np.diff(offsets))
    return np.concatenate(([0], np.cumsum(sizes))), flat.take(np.flatnonzero(kept))


# --- taken apart -------------------------------------------------------------------------------


def _subscript(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """x[i]; NULL where the array has no such element."""
    array, index = (vector.expanded(rows) for vector in arguments)
    offsets, flat = elements(array)
    numbers = index.values.astype(np.int64)
    found = (numbers >= 1) & (numbers <= np.diff(offsets))
    if not len(flat):
        return Vector.constant_of(result, None).expanded(rows)
    values = flat.take(np.where(found, offsets[:-1] + numbers - 1, 0))
    return replace(values, valid=found & values.valid_mask)


def _cardinality(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    del rows
    offsets, _ = elements(arguments[0])
    return Vector(result, np.diff(offsets).astype(result.dtype))


def _length(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The length in dimension 1; NULL of an empty array, and in every other dimension."""
    array, dimension = (vector.expanded(rows) for vector in arguments)
    sizes = np.diff(elements(array)[0])
    return Vector(result, sizes.astype(result.dtype), (sizes > 0) & (dimension.values == 1))


def _first_subscript(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    sizes = _length(arguments, result, rows)
    return replace(sizes, data=np.ones_like(sizes.values))


# --- searched ----------------------------------------------------------------------------------


def _equal_elements(
    arguments: tuple[Vector, ...], rows: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Mask]:
    """Offsets, the row of each element, and whether the element is the value of its row; NULL is NULL."""
    array, value = (vector.expanded(rows).plain() for vector in arguments)
    offsets, flat = elements(array)
    owners = np.repeat(np.arange(rows), np.diff(offsets))
    wanted = value.take(owners)
    both = flat.valid_mask & wanted.valid_mask
    same = _comparison("=", flat.type)((flat, wanted), BOOLEAN, len(flat)).plain().values
    return offsets, owners, np.where(both, same, flat.valid_mask == wanted.valid_mask)


def _position(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The subscript of the first element that equals a value; NULL if there is none."""
    offsets, owners, same = _equal_elements(arguments, rows)
    hits = np.flatnonzero(same)[::-1]
    positions = np.zeros(rows, dtype=result.dtype)
    positions[owners[hits]] = hits - offsets[owners[hits]] + 1
    return Vector(result, positions, arguments[0].expanded(rows).valid_mask & (positions > 0))


def _contains(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """Whether any element equals a value."""
    _, owners, same = _equal_elements(arguments, rows)
    found = np.zeros(rows, dtype=np.bool_)
    found[owners[same]] = True
    return Vector(result, found)


def _remove(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
    """The array without the elements that equal a value."""
    _, owners, same = _equal_elements(arguments, rows)
    sizes = np.bincount(owners[~same], minlength=rows)
    flat = elements(arguments[0].expanded(rows).plain())[1]
    kept = np.concatenate(([0], np.cumsum(sizes)))
    valid = arguments[0].expanded(rows).valid
    return replace(array_vector(kept, flat.take(np.flatnonzero(~same)), valid), type=result)


def _comparison(operator: str, element: Type) -> Callable[..., Vector]:
    from coldb.engine.functions.registry import resolve

    return resolve(operator, (element, element)).function.kernel


@cache
def any_element(operator: str) -> ScalarFunction:
    """`x operator ANY (array)`, called with x and the array, both of one element type."""

    def kernel(arguments: tuple[Vector, ...], result: Type, rows: int) -> Vector:
        value, array = (vector.expanded(rows).plain() for vector in arguments)
        offsets, flat = elements(array)
        owners = np.repeat(np.arange(rows), np.diff(offsets))
        wanted = value.take(owners)
        known = flat.valid_mask & wanted.valid_mask
        test = _comparison(operator, flat.type)((wanted, flat), BOOLEAN, len(flat))
        found, open_ = np.zeros((2, rows), dtype=np.bool_)
        found[owners[known & test.plain().values]] = True
        open_[owners[~known]] = True
        return Vector(result, found, (found | ~open_) & array.valid_mask)

    return ScalarFunction(f"{operator} any", kernel, strict=False, operator=True)


# --- signatures --------------------------------------------------------------------------------


def _array_and(*others: Type, result: Type) -> Signature:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) != 1 + len(others) or arguments[0].element is None:
            return None
        if not all(given == NULL or given.is_integer for given in arguments[1:]):
            return None
        return (arguments[0], *others), result

    return Signature(f"(array{', number' * len(others)})", match)


def _array_and_element(result: Type | None = None) -> Signature:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) != 2 or arguments[0].element is None:
            return None
        common = _common(arguments[0].element, arguments[1])
        if common is None:
            return None
        return (array_of(common), common), result or array_of(common)

    return Signature("(array, element)", match)


def _element_of() -> Signature:
    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) != 2 or arguments[0].element is None:
            return None
        if arguments[1] != NULL and not arguments[1].is_integer:
            return None
        return (arguments[0], INTEGER), arguments[0].element

    return Signature("(array, number)", match)


def _both(left: bool, right: bool) -> Signature:
    """Two arrays, or an array and an element; which sides are arrays is given."""

    def match(arguments: tuple[Type, ...], constants: tuple[Any, ...]) -> Typing | None:
        del constants
        if len(arguments) != 2:
            return None
        sides = []
        for given, is_array in zip(arguments, (left, right), strict=True):
            if (given.element is not None) != is_array and given != NULL:
                return None
            sides.append(given.element if given.element is not None else given)
        if not any(given.element is not None for given in arguments):
            return None
        common = _common(*sides)
        if common is None:
            return None
        typed = tuple(array_of(common) if is_array else common for is_array in (left, right))
        return typed, array_of(common)

    sides = " || ".join("array" if is_array else "element" for is_array in (left, right))
    return Signature(sides, match)


def _common(left: Type, right: Type) -> Type | None:
    if left == NULL or right == NULL:
        return (right if left == NULL else left).without_length
    return common_type_or_none(left, right)


def _definition(
    name: str,
    kernel: Callable[..., Vector],
    signature: Signature,
    summary: str,
    example: str,
    strict: bool = True,
) -> Definition:
    return Definition(ScalarFunction(name, kernel, strict=strict), signature, summary, example)


_PAIRS = ((True, True), (True, False), (False, True))

DEFINITIONS = (
    *(
        Definition(ScalarFunction("||", _joined, strict=False, operator=True), _both(*sides))
        for sides in _PAIRS
    ),
    Definition(ScalarFunction("[]", _subscript, operator=True), _element_of()),
    _definition(
        "cardinality",
        _cardinality,
        _array_and(result=INTEGER),
        "how many elements the array has",
        "cardinality(ARRAY[1, 2, NULL])",
    ),
    _definition(
        "array_length",
        _length,
        _array_and(INTEGER, result=INTEGER),
        "the length of the array in a dimension, of which it has one; NULL if it is empty",
        "array_length(ARRAY['a', 'b'], 1)",
    ),
    _definition(
        "array_upper",
        _length,
        _array_and(INTEGER, result=INTEGER),
        "the last subscript of the array in a dimension",
        "array_upper(ARRAY['a', 'b'], 1)",
    ),
    _definition(
        "array_lower",
        _first_subscript,
        _array_and(INTEGER, result=INTEGER),
        "the first subscript of the array in a dimension",
        "array_lower(ARRAY['a', 'b'], 1)",
    ),
    _definition(
        "array_append",
        _joined,
        _both(True, False).described("(array, element)"),
        "the array with one more element",
        "array_append(ARRAY[1, 2], 3)",
        strict=False,
    ),
    _definition(
        "array_prepend",
        _joined,
        _both(False, True).described("(element, array)"),
        "the array with one more element in front",
        "array_prepend(0, ARRAY[1, 2])",
        strict=False,
    ),
    _definition(
        "array_cat",
        _joined,
        _both(True, True).described("(array, array)"),
        "the elements of both arrays",
        "array_cat(ARRAY[1], ARRAY[2, 3])",
        strict=False,
    ),
    _definition(
        "array_position",
        _position,
        _array_and_element(INTEGER),
        "the subscript of the first element that equals the value; NULL if there is none",
        "array_position(ARRAY['a', 'b'], 'b')",
        strict=False,
    ),
    _definition(
        "array_contains",
        _contains,
        _array_and_element(BOOLEAN),
        "whether any element equals the value",
        "array_contains(ARRAY['a', 'b'], 'b')",
    ),
    _definition(
        "list_contains",
        _contains,
        _array_and_element(BOOLEAN),
        "the same as `array_contains`",
        "list_contains(ARRAY[1, 2], 3)",
    ),
    _definition(
        "array_remove",
        _remove,
        _array_and_element(),
        "the array without the elements that equal the value",
        "array_remove(ARRAY[1, 2, 1], 1)",
        strict=False,
    ),
)
