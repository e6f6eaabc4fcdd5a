"""SIMILAR TO: SQL's own patterns, as regular expressions."""

from __future__ import annotations

from functools import lru_cache

from coldb.errors import DataError

__all__ = ["similar_pattern"]


@lru_cache(maxsize=256)
def similar_pattern(pattern: str, escape: str = "\\") -> str:
    """The regular expression that a whole text has to match.

    `%` is any text and `_` any character, `|`, `*`, `+`, `?`, `{m,n}`, `()` and `[]` are as in regular
    expressions, and nothing else has a meaning. Raises DataError for an escape of several characters.
    """
    if len(escape) > 1:
        raise DataError(f'invalid escape string "{escape}": it must be empty or one character')
    written = ["^(?:"]
    escaped = in_brackets = False
    for character in pattern:
        if escaped:
            written.append(f"\\{character}")
            escaped = False
        elif character == escape:
            escaped = True
        elif in_brackets:
            in_brackets = character != "]"
            written.append("\\\\" if character == "\\" else character)
        else:
            in_brackets = character == "["
            written.append(_MEANINGS.get(character, character))
    return "".join((*written, ")$"))


_MEANINGS = {"%": ".*", "_": ".", "(": "(?:", "\\": "\\\\", ".": "\\.", "^": "\\^", "$": "\\$"}
