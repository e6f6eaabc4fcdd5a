"""min and max, and what stands in the row of the smallest or the largest value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.states.state import Mergeable, finish_first, none_if_all, valid_in_all
from coldb.engine.grouping import key_codes, validity
from coldb.engine.vector import Vector
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb.engine.execute.states.state import Arguments, State
    from coldb.engine.grouping import Groups
    from coldb.engine.vector import Mask

__all__ = ["FUNCTIONS", "extreme_of"]


def extreme_of(groups: Groups, argument: Vector, largest: bool) -> Vector:
    """The smallest or largest value of each group; NULL where there is none."""
    return _at_extreme(groups, argument, (argument,), validity(argument), largest)[0]


def _at_extreme(
    groups: Groups, ordering: Vector, wanted: Arguments, valid: Mask | None, largest: bool
) -> State:
    """What `wanted` is in the valid row of each group where `ordering` is smallest or largest."""
    if groups.count == 0:
        return wanted
    if not len(ordering):
        return tuple(
            Vector.constant_of(vector.type, None).expanded(groups.count) for vector in wanted
        )
    rows = _only_row(ordering, valid, largest) if groups.count == 1 else None
    if rows is None:
        rows = _row_of_each(groups, ordering, valid, largest)
    picked = tuple(vector.take(rows) for vector in wanted)
    if valid is None:
        return picked
    found = none_if_all(valid.take(rows))
    return tuple(replace(vector, valid=found) for vector in picked)


def _only_row(ordering: Vector, valid: Mask | None, largest: bool) -> npt.NDArray[np.intp] | None:
    """The row for all rows as one group, without ranking them; None where ranks cost nothing."""
    if ordering.domain is not None or ordering.constant:
        return None
    if not (ordering.type.kind is Kind.VARCHAR or ordering.type.is_float):
        return None
    present = None if valid is None or valid.all() else np.flatnonzero(valid)
    if present is not None and not len(present):
        return np.zeros(1, dtype=np.intp)
    candidates = ordering if present is None else ordering.take(present)
    find = _text_row if ordering.type.kind is Kind.VARCHAR else _float_row
    row = find(candidates, largest)
    return np.array([row if present is None else present[row]], dtype=np.intp)


def _text_row(vector: Vector, largest: bool) -> int:
    import pyarrow.compute as pc

    texts = vector.strings
    extreme = pc.min_max(texts)["max" if largest else "min"]
    return int(pc.index(texts, extreme).as_py())


def _float_row(vector: Vector, largest: bool) -> int:
    """NaN is larger than all other numbers, and numpy takes it for the smallest one as well."""
    data = vector.values
    if largest:
        return int(np.argmax(data))
    row = int(np.argmin(data))
    if not np.isnan(data[row]):
        return row
    numbers = np.flatnonzero(~np.isnan(data))
    return int(numbers[np.argmin(data.take(numbers))]) if len(numbers) else row


def _row_of_each(
    groups: Groups, ordering: Vector, valid: Mask | None, largest: bool
) -> npt.NDArray[np.intp]:
    codes, size = key_codes(ordering, len(ordering), ordered=True)
    if largest:
        codes = (size - 1) - codes.astype(np.int64)
    if valid is not None:
        codes = codes.astype(np.int64)
        codes[~valid] = size
    return _first_by_code(groups, codes, size + 1)


def _first_by_code(groups: Groups, codes: npt.NDArray[Any], size: int) -> npt.NDArray[np.intp]:
    """In each group, a row with the smallest code."""
    if groups.count == 1:
        return np.array([int(np.argmin(codes))], dtype=np.intp)
    order, starts = groups.ordered()
    row_bits = max(len(codes) - 1, 1).bit_length()
    if max(size - 1, 1).bit_length() + row_bits <= 63:
        packed = (codes.astype(np.int64) << row_bits).take(order) | order
        return np.minimum.reduceat(packed, starts) & ((1 << row_bits) - 1)
    by_both = np.lexsort((codes, groups.ids))
    return by_both.take(starts)


def _extreme(largest: bool) -> Mergeable:
    def combine(groups: Groups, values: Arguments) -> State:
        return (extreme_of(groups, values[0], largest),)

    return Mergeable(combine, combine, finish_first)


def _in_row_of_extreme(largest: bool) -> Mergeable:
    """The first argument in the row where the second is smallest or largest."""

    def combine(groups: Groups, values: Arguments) -> State:
        return _at_extreme(groups, values[1], values, valid_in_all(values), largest)

    return Mergeable(combine, combine, finish_first)


def _any_value(groups: Groups, values: Arguments) -> State:
    """A value that is not NULL, of the first row that has one."""
    valid = validity(values[0])
    if not len(values[0]):
        return (Vector.constant_of(values[0].type, None).expanded(groups.count),)
    if valid is None:
        return (values[0].take(groups.first),)
    rows = _first_by_code(groups, (~valid).astype(np.int64), 2)
    return (replace(values[0].take(rows), valid=none_if_all(valid.take(rows))),)


_MIN, _MAX = _extreme(False), _extreme(True)

# bool_and and bool_or are min and max, since FALSE sorts before TRUE.
FUNCTIONS = {
    "min": _MIN,
    "max": _MAX,
    "bool_and": _MIN,
    "bool_or": _MAX,
    "arg_min": _in_row_of_extreme(False),
    "arg_max": _in_row_of_extreme(True),
    "any_value": Mergeable(_any_value, _any_value, finish_first),
}
