"""Functions that keep the values of a group in order: string_agg, array_agg, first and last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.states.state import WholeGroup, none_if_all
from coldb.engine.vector import Vector
from coldb_warehouse.lists import lists_of

if TYPE_CHECKING:
    from coldb.engine.execute.states.state import Arguments
    from coldb.engine.grouping import Groups
    from coldb_warehouse.types import Type

__all__ = ["FUNCTIONS", "in_groups"]


def in_groups(groups: Groups) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """The rows group by group, each group's in row order, and where each group begins and the last ends."""
    order, starts = groups.ordered()
    return order, np.append(starts, len(order))


def _string_agg(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    """Each value but the first of its group comes with the separator of its row before it. The texts
    of a group are then neighbours in one buffer, which is cut at the ends of the groups."""
    import pyarrow as pa
    import pyarrow.compute as pc

    order, offsets = in_groups(groups)
    if not len(order):
        return Vector.constant_of(type_, None).expanded(groups.count)
    values, separators = (argument.take(order).plain() for argument in arguments)
    wanted = np.ones(len(order), dtype=np.bool_)
    wanted[offsets[:-1][np.diff(offsets) > 0]] = False
    if separators.valid is not None:
        wanted &= separators.valid
    nothing = pa.scalar(type_.blank, type_.to_arrow())
    between = pc.if_else(pa.array(wanted), separators.strings, nothing)
    pieces = pc.binary_join_element_wise(between, values.strings, nothing)
    _, ends, content = pieces.buffers()
    cuts = np.frombuffer(ends, np.int64, len(pieces) + 1).take(offsets)
    parts = [None, pa.py_buffer(cuts), content]
    texts = pa.Array.from_buffers(type_.to_arrow(), groups.count, parts)
    return Vector(type_, texts, none_if_all(np.diff(offsets) > 0))


def _array_agg(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    assert type_.element is not None
    order, offsets = in_groups(groups)
    values = arguments[0].take(order).plain()
    lists = lists_of(offsets, values.data, values.valid, type_.element)
    return Vector(type_, lists, none_if_all(np.diff(offsets) > 0))


def _first(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    order, offsets = in_groups(groups)
    return _picked(arguments[0], order, offsets[:-1], np.diff(offsets) > 0)


def _last(groups: Groups, arguments: Arguments, type_: Type) -> Vector:
    order, offsets = in_groups(groups)
    return _picked(arguments[0], order, offsets[1:] - 1, np.diff(offsets) > 0)


def _picked(
    values: Vector,
    order: npt.NDArray[np.intp],
    places: npt.NDArray[np.int64],
    found: npt.NDArray[np.bool_],
) -> Vector:
    """The values at these places of the order; NULL for groups in which none was found."""
    if not len(order):
        return Vector.constant_of(values.type, None).expanded(len(found))
    picked = values.take(order.take(np.where(found, places, 0)))
    valid = found if picked.valid is None else found & picked.valid
    return replace(picked, valid=none_if_all(valid))


FUNCTIONS = {
    "string_agg": WholeGroup(_string_agg),
    "array_agg": WholeGroup(_array_agg, keeps_nulls=True),
    "first": WholeGroup(_first, keeps_nulls=True),
    "first_known": WholeGroup(_first),
    "last": WholeGroup(_last, keeps_nulls=True),
}
