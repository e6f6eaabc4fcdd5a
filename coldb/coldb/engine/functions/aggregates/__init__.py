"""The aggregate functions by name, and their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.functions.aggregates import basic, ordered, statistics
from coldb.engine.functions.aggregates.definition import AggregateDefinition, AggregateTyping
from coldb.errors import ProgrammingError
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.types import Type

__all__ = [
    "AggregateDefinition",
    "AggregateTyping",
    "aggregate_definition",
    "aggregate_definitions",
    "aggregate_names",
    "is_aggregate",
    "resolve_aggregate",
]

_DEFINITIONS: dict[str, AggregateDefinition] = {
    definition.name: definition
    for family in (basic, statistics, ordered)
    for definition in family.DEFINITIONS
}


def is_aggregate(name: str) -> bool:
    """Whether a function of that name is an aggregate."""
    return name in _DEFINITIONS


def aggregate_names() -> tuple[str, ...]:
    """The names that can be called, for completion and suggestions."""
    return tuple(sorted(_DEFINITIONS))


def aggregate_definition(name: str) -> AggregateDefinition:
    """The aggregate of that name."""
    return _DEFINITIONS[name]


def aggregate_definitions() -> tuple[AggregateDefinition, ...]:
    """All aggregates, family by family."""
    return tuple(_DEFINITIONS.values())


def resolve_aggregate(name: str, arguments: Sequence[Type]) -> AggregateTyping:
    """The aggregate of that name for arguments of these types; NULL stands for an open literal.

    Raises ProgrammingError if the types do not fit.
    """
    definition = _DEFINITIONS[name]
    defaults = tuple(default.type for default in definition.left_out(len(arguments)))
    typing = definition.match((*arguments, *defaults))
    if typing is None:
        given = " and ".join(
            "a literal of no type" if type_.kind is Kind.NULL else str(type_) for type_ in arguments
        )
        raise ProgrammingError(f"{name} takes {definition.takes}, not {given}")
    return AggregateTyping(definition, *typing)
