"""Calls of aggregate and window functions, as a plan has them: what is computed, over which rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.expressions import Expression
    from coldb_warehouse.types import Type

__all__ = [
    "DEFAULT_FRAME",
    "GROUPING_SET",
    "WHOLE_PARTITION",
    "AggregateCall",
    "Exclusion",
    "FrameBound",
    "RangeOffset",
    "SortKey",
    "WindowCall",
    "WindowFrame",
]

Exclusion: TypeAlias = Literal["NO OTHERS", "CURRENT ROW", "GROUP", "TIES"]


@dataclass(frozen=True, slots=True)
class SortKey:
    expression: Expression
    descending: bool
    nulls_first: bool

    def rewritten(self, change: Callable[[Expression], Expression]) -> SortKey:
        """The same key with its expression changed."""
        return replace(self, expression=change(self.expression))


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """`function` as named in the aggregate table; count(*) has no arguments.

    `order_by` is the order in which the rows of a group are seen; without it, any order will do.
    """

    function: str
    arguments: tuple[Expression, ...]
    type: Type
    distinct: bool = False
    filter: Expression | None = None
    order_by: tuple[SortKey, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression over the rows that are aggregated."""
        conditions = () if self.filter is None else (self.filter,)
        return (*self.arguments, *conditions, *(key.expression for key in self.order_by))

    def rewritten(self, change: Callable[[Expression], Expression]) -> AggregateCall:
        """The same call with each of its expressions changed."""
        return replace(
            self,
            arguments=tuple(map(change, self.arguments)),
            filter=None if self.filter is None else change(self.filter),
            order_by=tuple(key.rewritten(change) for key in self.order_by),
        )


# The pseudo-aggregate whose value is the number of the grouping set that a group is of.
GROUPING_SET = "grouping_set"


@dataclass(frozen=True, slots=True)
class RangeOffset:
    """How far a RANGE frame reaches: as far as the rows whose `key` is not beyond the `limit` of the
    current row. Both are expressions of one type over the rows."""

    key: Expression
    limit: Expression


@dataclass(frozen=True, slots=True)
class FrameBound:
    """One end of a frame. `offset` counts rows or groups of peers; None stands for UNBOUNDED."""

    direction: Literal["PRECEDING", "CURRENT ROW", "FOLLOWING"]
    offset: int | RangeOffset | None = None


@dataclass(frozen=True, slots=True)
class WindowFrame:
    unit: Literal["ROWS", "RANGE", "GROUPS"]
    start: FrameBound
    end: FrameBound
    exclude: Exclusion = "NO OTHERS"

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions over the rows that tell how far the frame reaches."""
        offsets = (bound.offset for bound in (self.start, self.end))
        ranges = [offset for offset in offsets if isinstance(offset, RangeOffset)]
        return tuple(part for offset in ranges for part in (offset.key, offset.limit))

    def rewritten(self, change: Callable[[Expression], Expression]) -> WindowFrame:
        """The same frame with each of its expressions changed."""

        def changed(bound: FrameBound) -> FrameBound:
            if not isinstance(bound.offset, RangeOffset):
                return bound
            offset = RangeOffset(change(bound.offset.key), change(bound.offset.limit))
            return replace(bound, offset=offset)

        return replace(self, start=changed(self.start), end=changed(self.end))


_UNBOUNDED_PRECEDING = FrameBound("PRECEDING")
DEFAULT_FRAME = WindowFrame("RANGE", _UNBOUNDED_PRECEDING, FrameBound("CURRENT ROW"))
WHOLE_PARTITION = WindowFrame("ROWS", _UNBOUNDED_PRECEDING, FrameBound("FOLLOWING"))


@dataclass(frozen=True, slots=True)
class WindowCall:
    """`function` as named in the table of window functions or of aggregates.

    `sort_keys` is how many of the window's sort keys count for this call, from the first: rows that
    agree on these are peers.
    """

    function: str
    arguments: tuple[Expression, ...]
    type: Type
    frame: WindowFrame
    sort_keys: int
    filter: Expression | None = None
    ignore_nulls: bool = False

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression over the rows."""
        conditions = () if self.filter is None else (self.filter,)
        return (*self.arguments, *conditions, *self.frame.expressions)

    def rewritten(self, change: Callable[[Expression], Expression]) -> WindowCall:
        """The same call with each of its expressions changed."""
        return replace(
            self,
            arguments=tuple(map(change, self.arguments)),
            filter=None if self.filter is None else change(self.filter),
            frame=self.frame.rewritten(change),
        )
