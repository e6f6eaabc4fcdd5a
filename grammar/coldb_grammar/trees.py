"""Walking and rewriting syntax trees without knowing their nodes."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from coldb_grammar.ast.names import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["nodes", "placed", "rewritten"]

T = TypeVar("T")


def nodes(tree: Any) -> Iterator[Any]:
    """All nodes of a tree, names and spans too, each before what is below it."""
    if isinstance(tree, tuple):
        for part in tree:
            yield from nodes(part)
    elif is_dataclass(tree) and not isinstance(tree, type):
        yield tree
        for name in _names(type(tree)):
            yield from nodes(getattr(tree, name))


def rewritten(tree: T, change: Callable[[Any], Any]) -> T:
    """The tree with each node for which `change` gives another, not None, replaced by that.

    What is put in is not looked into. Nodes below which nothing changes are the same objects.
    """
    result: Any = tree
    if isinstance(tree, tuple):
        parts = tuple(rewritten(part, change) for part in tree)
        if any(new is not old for new, old in zip(parts, tree, strict=True)):
            result = parts
    elif is_dataclass(tree) and not isinstance(tree, type):
        other = change(tree)
        if other is not None:
            return other  # type: ignore[no-any-return]
        changed = {}
        for name in _names(type(tree)):
            old = getattr(tree, name)
            new = rewritten(old, change)
            if new is not old:
                changed[name] = new
        if changed:
            result = replace(tree, **changed)
    return result  # type: ignore[no-any-return]


def placed(tree: T, span: Span) -> T:
    """The tree with all its nodes at one place: that where it is used, not where it was written."""
    return rewritten(tree, lambda node: span if isinstance(node, Span) else None)


@cache
def _names(node: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(node))
