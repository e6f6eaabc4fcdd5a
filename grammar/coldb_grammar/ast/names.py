"""Places in the text, and names."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["NOWHERE", "Identifier", "Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters in the statement text: `text[start:end]`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name. `text` is folded to lower case unless it was written in double quotes."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)
