"""Names and queries from outside: quoted, put in parentheses, matched without regard to case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb_etl.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Matching", "match_names", "quote_identifier", "quote_literal", "subquery"]


def quote_identifier(name: str) -> str:
    """The name as an SQL identifier, whatever it is made of. SQL has no way to write NUL."""
    if "\0" in name:
        raise SourceError(f"the name {name!r} contains a NUL character: rename it in the source")
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """The text as an SQL string literal."""
    if "\0" in text:
        raise SourceError(f"the text {text!r} contains a NUL character, which SQL cannot write")
    return "'" + text.replace("'", "''") + "'"


def subquery(query: str) -> str:
    """The query in parentheses, named q."""
    # On lines of its own, so that a comment at the end of the query hides nothing of what follows.
    return f"(\n{query.strip().rstrip(';')}\n) AS q"


@dataclass(frozen=True, slots=True)
class Matching:
    """Which column of the source fills which column of the model.

    `pairs` maps the model's names to the source's; `missing` are names of the model that the source
    lacks, `extra` names of the source that the model does not ask for.
    """

    pairs: dict[str, str]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def match_names(wanted: Sequence[str], found: Sequence[str]) -> Matching:
    """Match by equal spelling, else regardless of case where only one column is alike."""
    pairs: dict[str, str] = {}
    for name in wanted:
        alike = [other for other in found if other.casefold() == name.casefold()]
        if name in found:
            pairs[name] = name
        elif len(alike) == 1:
            pairs[name] = alike[0]
    return Matching(
        pairs,
        tuple(name for name in wanted if name not in pairs),
        tuple(name for name in found if name not in pairs.values()),
    )
