"""What an aggregate function is: what it is called, what it takes, what it gives.

How it is computed is the executor's business; the two meet in `function`. A family of aggregates is
a file with a table DEFINITIONS; adding an aggregate is adding an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.expressions import Constant
    from coldb_warehouse.types import Type

__all__ = ["AggregateDefinition", "AggregateTyping", "Match", "Typing"]

Typing: TypeAlias = "tuple[tuple[Type, ...], Type]"
"""The types that the arguments have to be cast to, and the type of the result."""

Match: TypeAlias = "Callable[[tuple[Type, ...]], Typing | None]"
"""Gets the types of the arguments, NULL for open literals; None if they do not fit."""

Order: TypeAlias = Literal["any", "given", "ascending", "within group"]
"""How a function wants the rows of a group: in any order, in that of an ORDER BY, sorted by its first
argument, or sorted as WITHIN GROUP (ORDER BY x) says, x being its first argument."""

Distinct: TypeAlias = Literal["matters", "ignored", "always"]
"""Whether DISTINCT changes the result, or is meant without being written."""


@dataclass(frozen=True, slots=True)
class AggregateDefinition:
    """One entry of a table of aggregates.

    `takes` tells a user what its arguments are, of which there are between `least` and `most`;
    `defaults` stand for those that are left out. `in_order` takes the place of `function` where there
    is an ORDER BY, though any order would do. `never_null` holds for counts. `example` is a call
    over a column x of integers.
    """

    name: str
    function: str
    match: Match
    takes: str
    summary: str
    example: str
    least: int = 1
    most: int = 1
    defaults: tuple[Constant, ...] = ()
    in_order: str = ""
    distinct: Distinct = "matters"
    order: Order = "any"
    never_null: bool = False

    def left_out(self, given: int) -> tuple[Constant, ...]:
        """The arguments that stand behind those that are given."""
        return self.defaults[given - self.least :]

    def alias(self, name: str) -> AggregateDefinition:
        """The same function under another name."""
        return replace(
            self,
            name=name,
            summary=f"the same as {self.name}",
            example=self.example.replace(self.name, name, 1),
        )


@dataclass(frozen=True, slots=True)
class AggregateTyping:
    """An aggregate for given arguments, which are to be cast to `parameters`."""

    definition: AggregateDefinition
    parameters: tuple[Type, ...]
    result: Type
