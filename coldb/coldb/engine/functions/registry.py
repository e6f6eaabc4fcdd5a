"""The table of scalar functions, and how a call finds its entry."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from coldb.engine.functions import comparison, conditional
from coldb.engine.functions.arrays import functions as arrays
from coldb.engine.functions.dates import arithmetic as dates
from coldb.engine.functions.dates import clock, periods, times, zones
from coldb.engine.functions.dates.fields import field_name
from coldb.engine.functions.definition import Kernel, ScalarFunction
from coldb.engine.functions.numbers import arithmetic, integers, math, rounding, templates
from coldb.engine.functions.text import binary, joining, patterns, regexp, strings
from coldb.errors import ProgrammingError
from coldb_warehouse.types import Kind, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.functions.definition import Definition, Typing

__all__ = [
    "Kernel",
    "Resolution",
    "ScalarFunction",
    "extract_fields",
    "function_names",
    "reference",
    "resolve",
]

EXTRACT = "extract_"
"""EXTRACT(year FROM x) is extract_year(x)."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A function, the types to cast its arguments to, and the type of the call."""

    function: ScalarFunction
    parameters: tuple[Type, ...]
    result: Type


def resolve(name: str, arguments: tuple[Type, ...], constants: tuple[Any, ...] = ()) -> Resolution:
    """The function of that name whose parameters are nearest to the types of the arguments.

    `constants[i]` is the physical value of an argument that is a constant, else None. Raises
    ProgrammingError if there is no such function, or none that takes these arguments.
    """
    if name.startswith(EXTRACT):
        name = EXTRACT + field_name(name.removeprefix(EXTRACT))
    definitions = _table().get(name)
    if definitions is None:
        raise ProgrammingError(_unknown(name, arguments))
    constants = constants or (None,) * len(arguments)
    best: tuple[int, Definition, Typing] | None = None
    for definition in definitions:
        typing = definition.signature.match(arguments, constants)
        if typing is not None:
            distance = sum(map(_distance, arguments, typing[0]))
            if best is None or distance < best[0]:
                best = (distance, definition, typing)
    if best is None:
        raise ProgrammingError(_misfit(name, arguments, definitions))
    _, definition, (parameters, result) = best
    return Resolution(definition.function, parameters, result)


def function_names() -> tuple[str, ...]:
    """The names that can be called, for completion; operators are not among them."""
    return tuple(
        sorted(
            name
            for name, definitions in _table().items()
            if not definitions[0].function.operator and not name.startswith(EXTRACT)
        )
    )


def extract_fields() -> tuple[str, ...]:
    """The fields that EXTRACT knows, of one type or another."""
    return tuple(name.removeprefix(EXTRACT) for name in _table() if name.startswith(EXTRACT))


@cache
def _table() -> dict[str, list[Definition]]:
    table: dict[str, list[Definition]] = {}
    for definitions in _families().values():
        for definition in definitions:
            table.setdefault(definition.function.name, []).append(definition)
    return table


@cache
def _families() -> dict[str, tuple[Definition, ...]]:
    """The tables of functions under the headings that the reference gives them."""
    return {
        "Text": (
            *strings.DEFINITIONS,
            *joining.DEFINITIONS,
            *patterns.DEFINITIONS,
            *binary.DEFINITIONS,
        ),
        "Regular expressions": regexp.DEFINITIONS,
        "Numbers": (
            *arithmetic.DEFINITIONS,
            *integers.DEFINITIONS,
            *rounding.DEFINITIONS,
            *math.DEFINITIONS,
            *templates.DEFINITIONS,
        ),
        "Dates and times": (
            *dates.DEFINITIONS,
            *times.DEFINITIONS,
            *zones.DEFINITIONS,
            *periods.DEFINITIONS,
            *clock.DEFINITIONS,
        ),
        "Arrays": arrays.DEFINITIONS,
        "Choices and comparisons": (*conditional.DEFINITIONS, *comparison.DEFINITIONS),
    }


def reference() -> dict[str, dict[str, tuple[Definition, ...]]]:
    """What the reference of SQL is made of: by heading and name, the functions that can be called."""
    called = function_names()
    return {
        heading: {
            name: tuple(each for each in definitions if each.function.name == name)
            for name in sorted({each.function.name for each in definitions})
            if name in called
        }
        for heading, definitions in _families().items()
    }


def _distance(source: Type, target: Type) -> int:
    """How far a conversion is; DOUBLE, VARCHAR and TIMESTAMPTZ are preferred, as in PostgreSQL."""
    if source.kind is target.kind:
        return 0
    return 1 if target.kind in (Kind.DOUBLE, Kind.VARCHAR, Kind.TIMESTAMP) else 2


def _listed(types: tuple[Type, ...]) -> str:
    return ", ".join("unknown" if type_.kind is Kind.NULL else str(type_) for type_ in types)


def _unknown(name: str, arguments: tuple[Type, ...]) -> str:
    if name.startswith(EXTRACT):
        part = name.removeprefix(EXTRACT)
        return f'EXTRACT knows no field "{part}"{_suggestion(part, extract_fields())}'
    return f"no function {name}({_listed(arguments)}){_suggestion(name, function_names())}"


def _suggestion(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


def _misfit(name: str, arguments: tuple[Type, ...], definitions: list[Definition]) -> str:
    if name.startswith(EXTRACT):
        types = " and ".join(definition.signature.text.strip("()") for definition in definitions)
        return f"{_listed(arguments)} has no field {name.removeprefix(EXTRACT)}: {types} have it"
    if not definitions[0].function.operator or len(arguments) > 2:
        return f"no function {name}({_listed(arguments)}): it takes {_forms(definitions)}"
    if len(arguments) == 1:
        sign, _, _ = definitions[0].describe().partition(" ")
        return f"no operator {sign} {_listed(arguments)}: it takes {_forms(definitions)}"
    left, right = (_listed((type_,)) for type_ in arguments)
    unknown = f"no operator {left} {name.upper()} {right}"
    if name in _COMPARISONS:
        return f"{unknown}: cast one of them to the type of the other"
    words = {"number" if type_.is_numeric else str(type_) for type_ in arguments}
    near = [one for one in definitions if words.intersection(one.describe().split())]
    return f"{unknown}: it takes {_forms(near or definitions)}"


def _forms(definitions: list[Definition]) -> str:
    return " or ".join(dict.fromkeys(definition.describe() for definition in definitions))
