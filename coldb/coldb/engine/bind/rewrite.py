"""Replaces parts of an expression, the largest that match first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.expression_tools import operands, with_operands

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.expressions import Expression

__all__ = ["Replacement", "rewrite"]

Replacement: TypeAlias = "Callable[[Expression], Expression | None]"


def rewrite(expression: Expression, replacement: Replacement) -> Expression:
    """The expression with every part for which `replacement` is not None replaced by it."""
    replaced = replacement(expression)
    if replaced is not None:
        return replaced
    parts = tuple(rewrite(part, replacement) for part in operands(expression))
    return with_operands(expression, parts)
