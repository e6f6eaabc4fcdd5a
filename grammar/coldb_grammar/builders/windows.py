"""The nodes of windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb_grammar.ast import (
    Expression,
    Frame,
    FrameBound,
    Identifier,
    NamedWindow,
    SortItem,
    Span,
    WindowSpec,
)
from coldb_grammar.builders.action import Refused, action

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions


@action
def windows(span: Span, *named: NamedWindow) -> tuple[NamedWindow, ...]:
    return named


@action
def named_window(span: Span, name: Identifier, window: WindowSpec) -> NamedWindow:
    return NamedWindow(name, window, span)


@action
def window(
    span: Span,
    base: Identifier | None,
    partition_by: Expressions | None,
    order_by: tuple[SortItem, ...] | None,
    frame: Frame | None,
) -> WindowSpec:
    return WindowSpec(base, partition_by or (), order_by or (), frame, span)


# --- frames ------------------------------------------------------------------------------------


@action
def frame(span: Span, unit: Any, start: FrameBound, exclude: Any) -> Frame:
    return _frame(span, unit, start, FrameBound("CURRENT ROW", span=start.span), exclude)


@action
def frame_between(span: Span, unit: Any, start: FrameBound, end: FrameBound, exclude: Any) -> Frame:
    return _frame(span, unit, start, end, exclude)


def _frame(span: Span, unit: Any, start: FrameBound, end: FrameBound, exclude: Any) -> Frame:
    if _is_unbounded(start, "FOLLOWING"):
        raise Refused("a frame cannot start at UNBOUNDED FOLLOWING", start.span)
    if _is_unbounded(end, "PRECEDING"):
        raise Refused("a frame cannot end at UNBOUNDED PRECEDING", end.span)
    if _ORDER[end.direction] < _ORDER[start.direction]:
        places = _PLACES[start.direction], _PLACES[end.direction]
        raise Refused("a frame that starts {} cannot end {}".format(*places), span)
    return Frame(unit, start, end, exclude or "NO OTHERS", span)


_ORDER = {"PRECEDING": 0, "CURRENT ROW": 1, "FOLLOWING": 2}
_PLACES = {
    "PRECEDING": "before the current row",
    "CURRENT ROW": "at the current row",
    "FOLLOWING": "after the current row",
}


def _is_unbounded(bound: FrameBound, direction: str) -> bool:
    return bound.offset is None and bound.direction == direction


@action
def unbounded(span: Span, direction: Any) -> FrameBound:
    return FrameBound(direction, span=span)


@action
def current_row(span: Span) -> FrameBound:
    return FrameBound("CURRENT ROW", span=span)


@action
def bounded(span: Span, offset: Expression, direction: Any) -> FrameBound:
    return FrameBound(direction, offset, span)


@action
def frame_exclusion(span: Span, *words: str) -> str:
    _, *what = words
    return " ".join(what)
