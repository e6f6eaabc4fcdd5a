"""The nodes of GROUP BY."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coldb_grammar.ast import (
    Cube,
    Expression,
    GroupingItem,
    GroupingSets,
    Rollup,
    RowValue,
    Span,
)
from coldb_grammar.builders.action import action

if TYPE_CHECKING:
    from coldb_grammar.builders.expressions import Expressions

Groups: TypeAlias = "tuple[GroupingItem, ...]"


@action
def grouping_items(span: Span, *items: GroupingItem) -> Groups:
    return items


@action
def group_by(span: Span, items: Groups) -> Groups:
    """`GROUP BY (a, b)` is `GROUP BY a, b`."""
    return tuple(
        one for item in items for one in (item.items if isinstance(item, RowValue) else (item,))
    )


@action
def group_by_all(span: Span, word: str) -> str:
    return word


@action
def empty_grouping_set(span: Span) -> GroupingSets:
    return GroupingSets(((),), span)


@action
def rollup(span: Span, word: str, items: Expressions) -> Rollup | Cube:
    kind = Rollup if word == "ROLLUP" else Cube
    return kind(tuple(map(_together, items)), span)


@action
def grouping_sets(span: Span, items: Groups) -> GroupingSets:
    sets: list[Expressions | Rollup | Cube | GroupingSets] = []
    for item in items:
        match item:
            case GroupingSets(((),)):
                sets.append(())
            case Rollup() | Cube() | GroupingSets():
                sets.append(item)
            case _:
                sets.append(_together(item))
    return GroupingSets(tuple(sets), span)


def _together(item: Expression) -> Expressions:
    """The expressions of `(a, b)` or of `a`, which come and go together."""
    return item.items if isinstance(item, RowValue) else (item,)
