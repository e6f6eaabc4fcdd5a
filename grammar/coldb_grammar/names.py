"""Names as they have to be written."""

from __future__ import annotations

from coldb_grammar.keywords import RESERVED

__all__ = ["quoted"]


def quoted(name: str) -> str:
    """The name in quotes, unless it is a plain word in small letters that is no reserved one."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    if plain and name.upper() not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
