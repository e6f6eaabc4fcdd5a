"""The nodes of windows: what a window function sees of the rows around its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from coldb_grammar.ast.names import NOWHERE

if TYPE_CHECKING:
    from coldb_grammar.ast.expressions import Expression
    from coldb_grammar.ast.names import Identifier, Span
    from coldb_grammar.ast.queries import SortItem

__all__ = ["Frame", "FrameBound", "NamedWindow", "WindowSpec"]


@dataclass(frozen=True, slots=True)
class FrameBound:
    """`UNBOUNDED PRECEDING`, `n PRECEDING`, `CURRENT ROW`, ...; UNBOUNDED has no `offset`."""

    direction: OneOf["PRECEDING", "CURRENT ROW", "FOLLOWING"]
    offset: Expression | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """`ROWS | RANGE | GROUPS BETWEEN start AND end [EXCLUDE ...]`; `end` is CURRENT ROW where absent."""

    unit: OneOf["ROWS", "RANGE", "GROUPS"]
    start: FrameBound
    end: FrameBound
    exclude: OneOf["NO OTHERS", "CURRENT ROW", "GROUP", "TIES"] = "NO OTHERS"
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """`([base] [PARTITION BY ...] [ORDER BY ...] [frame])`; `base` names a window of the WINDOW clause."""

    base: Identifier | None = None
    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[SortItem, ...] = ()
    frame: Frame | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedWindow:
    """An entry of `WINDOW name AS (...)`."""

    name: Identifier
    window: WindowSpec
    span: Span = field(default=NOWHERE, compare=False, repr=False)
