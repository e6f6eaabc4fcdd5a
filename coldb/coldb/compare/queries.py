"""Queries with names, from files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coldb_grammar import split_statements

from coldb.errors import translated

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

__all__ = ["queries_in", "reports_in"]

_NUMBER_IN_FRONT = re.compile(r"\d+[ _-]+")


def queries_in(file: Path | Traversable) -> list[tuple[str, str]]:
    """The queries of a file, each with a name: that of the file, and a number if there are more."""
    with translated():
        queries = [sql for sql, _ in split_statements(file.read_text(encoding="utf-8"))]
    name = file.name.removesuffix(".sql").replace("_", " ").replace("-", " ")
    if len(queries) == 1:
        return [(name, queries[0])]
    return [(f"{name} {at}", sql) for at, sql in enumerate(queries, start=1)]


def reports_in(directory: Path | Traversable) -> list[tuple[str, str]]:
    """The queries of all .sql files, in the order of their names. A number in front is left out."""
    found = sorted((each.name, each) for each in directory.iterdir() if each.name.endswith(".sql"))
    return [
        (_NUMBER_IN_FRONT.sub("", name, count=1), sql)
        for _, file in found
        for name, sql in queries_in(file)
    ]
