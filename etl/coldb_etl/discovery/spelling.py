"""Names for the model made from names of the source: lower case, words parted by underscores."""

from __future__ import annotations

import re

__all__ = ["RESERVED", "snake_case", "spelled", "unique", "without_id"]

# What coldb does not take as a name unless it is quoted: PostgreSQL's reserved words, and BETWEEN.
_RESERVED = """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast
    check collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window with
"""
RESERVED = frozenset(_RESERVED.split())


def snake_case(name: str) -> str:
    """`OrderID` becomes order_id, `Order Details` order_details; a name of no letters becomes `x`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    text = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_")
    text = re.sub(r"__+", "_", text)
    return f"x{text}" if not text or text[0].isdigit() else text


def without_id(name: str) -> str:
    """What a foreign key leads to, by its own name: `category_id` leads to a category."""
    return re.sub(r"_?(id|key|code|no)$", "", name) or name


def unique(name: str, taken: set[str]) -> str:
    """The name, with a number if it is taken; it is taken from then on."""
    made, number = name, 2
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    taken.add(made)
    return made


def spelled(name: str) -> str:
    """The name as SQL takes it: quoted if it is reserved or has characters that need it."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'
