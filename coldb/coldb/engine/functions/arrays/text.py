"""Arrays as PostgreSQL writes them: `{1,2,NULL}`, `{"a b",""}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coldb.errors import DataError, NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["array_text", "parse_array"]

_NEEDS_QUOTES = re.compile(r'|null|.*[{}",\\\s].*', re.IGNORECASE | re.DOTALL)
_ELEMENT = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>(?:[^{}",\\]|\\.)*?))\s*(?P<end>[,}])""",
    re.DOTALL,
)


def array_text(elements: Sequence[str | None]) -> str:
    """The text of an array of elements given as texts, None for NULL."""
    return "{" + ",".join(map(_element_text, elements)) + "}"


def _element_text(element: str | None) -> str:
    if element is None:
        return "NULL"
    if _NEEDS_QUOTES.fullmatch(element) is None:
        return element
    escaped = element.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse_array(text: str) -> list[str | None]:
    """The elements of an array written as text. DataError where it is not well formed."""
    body = text.strip()
    if not (body.startswith("{") and body.endswith("}")):
        raise DataError(f'invalid array "{text}": write it as {{1,2,3}}')
    if body[1:].lstrip().startswith("{"):
        raise NotSupportedError("arrays of arrays are not supported")
    if not body[1:-1].strip():
        return []
    elements: list[str | None] = []
    place = 1
    while place < len(body):
        match = _ELEMENT.match(body, place)
        quoted, bare = (match["quoted"], match["bare"]) if match else (None, None)
        last = match is not None and match["end"] == "}"
        if match is None or (not bare and quoted is None) or last != (match.end() == len(body)):
            raise DataError(f'invalid array "{text}": write it as {{1,2,3}}')
        if bare is not None and bare.lower() == "null":
            elements.append(None)
        else:
            elements.append(re.sub(r"\\(.)", r"\1", bare or quoted or "", flags=re.DOTALL))
        place = match.end()
    return elements
