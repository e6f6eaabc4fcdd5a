"""The table of actions: what the machine calls when a rule of the grammar is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from coldb_grammar.ast import Span

__all__ = ["ACTIONS", "Refused", "action", "whole_number"]

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


def whole_number(value: object, what: str, span: Span) -> int:
    """A number of the text that must be whole and at least one."""
    if not isinstance(value, int) or value < 1:
        raise Refused(f"{what} is a whole number of at least 1, not {value}", span)
    return value
