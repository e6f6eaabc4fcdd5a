"""The table of actions: what the machine calls when a rule of the grammar is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from coldb_grammar.ast import Span

__all__ = ["ACTIONS", "Refused", "action"]

ACTIONS: dict[str, Callable[..., object]] = {}

F = TypeVar("F", bound=Callable[..., object])


def action(function: F) -> F:
    """Register a function for the rule, or the alias, of its own name in `coldb.lark`.

    It is given the Span of the whole rule, then the rule's children: names as Identifier, other
    tokens as their value, keywords in upper case, None for an optional part that is absent.
    """
    ACTIONS[function.__name__] = function
    return function


class Refused(Exception):
    """Raised by an action: the words fit the grammar, but do not make sense together."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
