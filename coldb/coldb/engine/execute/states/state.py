"""What an aggregate function computes: a state for each group that can be merged, or all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from coldb.engine.execute.exact_sum import group_sum
from coldb.engine.grouping import validity
from coldb.engine.vector import Vector
from coldb_warehouse.types import BIGINT
from coldb_warehouse.values import all_valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.grouping import Groups
    from coldb.engine.vector import Mask
    from coldb_warehouse.types import Type

__all__ = [
    "Arguments",
    "Computation",
    "Mergeable",
    "State",
    "WholeGroup",
    "counted",
    "finish_first",
    "merged_counts",
    "none_if_all",
    "valid_in_all",
]

State: TypeAlias = "tuple[Vector, ...]"
"""Vectors with one entry a group."""

Arguments: TypeAlias = "tuple[Vector, ...]"
"""The arguments of a call, one entry a row: plain or coded, never constant."""


@dataclass(frozen=True, slots=True)
class Mergeable:
    """A function whose groups can be computed in parts; it ignores rows with a NULL argument.

    `start(groups, arguments)` makes partial states, `merge(groups, state)` combines partial states
    of equal groups, and `finish(state, type)` gives the result. No group is empty, except the one
    group of no keys over no rows.
    """

    start: Callable[[Groups, Arguments], State]
    merge: Callable[[Groups, State], State]
    finish: Callable[[State, Type], Vector]


@dataclass(frozen=True, slots=True)
class WholeGroup:
    """A function that has to see a group whole, its rows in the order that the call asks for.

    `compute(groups, arguments, type)` gives the result; groups may be empty, and have no `first` rows.
    Rows whose first argument is NULL are left out before, unless the function `keeps_nulls`.
    """

    compute: Callable[[Groups, Arguments, Type], Vector]
    keeps_nulls: bool = False


Computation: TypeAlias = Mergeable | WholeGroup


def counted(groups: Groups, valid: Mask | None) -> npt.NDArray[np.int64]:
    """How many rows of each group are valid."""
    if groups.count == 1:
        rows = len(groups.ids) if valid is None else np.count_nonzero(valid)
        return np.array([rows], dtype=np.int64)
    ids = groups.ids if valid is None else groups.ids[valid]
    return np.bincount(ids, minlength=groups.count).astype(np.int64, copy=False)


def merged_counts(groups: Groups, counts: Vector) -> Vector:
    """The counts of partial groups, added up."""
    return Vector(BIGINT, group_sum(groups, counts.values, None))


def valid_in_all(arguments: Arguments) -> Mask | None:
    """The rows in which no argument is NULL; None if that is known of all."""
    return all_valid([validity(argument) for argument in arguments])


def none_if_all(valid: Mask) -> Mask | None:
    """A validity, told in the shorter way where no row is NULL."""
    return None if valid.all() else valid


def finish_first(state: State, type_: Type) -> Vector:
    """The first vector of the state is the result."""
    return state[0] if state[0].type == type_ else replace(state[0].plain(), type=type_)
