"""What the options of COPY, and the ending of the file's name, say of its format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from coldb_grammar import ast

__all__ = ["FileFormat", "file_format"]

_FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_CSV_ENDINGS = frozenset({"", ".csv", ".tsv", ".tbl", ".txt", ".dat"})
_CSV_OPTIONS = ("delimiter", "escape", "header", "null", "quote")


@dataclass(frozen=True, slots=True)
class FileFormat:
    """`name` is parquet, arrow or csv, and the rest are CSV's settings, with psql's meaning.

    A `header` of None is written, and is read where the first line names the columns.
    """

    name: str
    delimiter: str = ","
    header: bool | None = None
    null: str = ""
    quote: str = '"'
    escape: str = '"'


def file_format(statement: ast.Copy) -> FileFormat:
    """The format of the statement's file. Raises ProgrammingError for options that it has not."""
    options = {option.name: option for option in statement.options}
    extension = os.path.splitext(statement.path)[1].lower()
    given = options.pop("format", None)
    name = str(given.value).lower() if given else _FORMATS.get(extension, "csv")
    if given is None and name == "csv" and extension not in _CSV_ENDINGS:
        raise ProgrammingError(
            f'the ending of "{statement.path}" does not tell its format: add (FORMAT csv), or parquet or arrow',
            statement.span,
        )
    if given is not None and name not in ("parquet", "arrow", "csv"):
        raise ProgrammingError(
            f"COPY knows the formats parquet, arrow and csv, not {name}", given.span
        )
    allowed = _CSV_OPTIONS if name == "csv" else ()
    settings: dict[str, Any] = {}
    for key, option in options.items():
        if key not in allowed:
            known = ", ".join(option.upper() for option in ("format", *allowed))
            message = f"COPY with format {name} has no option {key.upper()}: it has {known}"
            raise ProgrammingError(message, option.span)
        settings[key] = _setting(key, option)
    if name == "csv" and extension == ".tsv":
        settings.setdefault("delimiter", "\t")
    if "quote" in settings:
        settings.setdefault("escape", settings["quote"])
    chosen = FileFormat(name, **settings)
    if chosen.delimiter in (chosen.quote, chosen.escape):
        raise ProgrammingError("DELIMITER must be another character than QUOTE", statement.span)
    return chosen


def _setting(key: str, option: ast.Option) -> Any:
    value = option.value
    if key == "header":
        if not isinstance(value, bool):
            raise ProgrammingError("HEADER is true or false", option.span)
        return value
    if key == "null":
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise ProgrammingError("NULL is a text of one line in quotes", option.span)
        return value
    # Arrow reads files byte by byte.
    if not isinstance(value, str) or len(value.encode()) != 1 or value in "\r\n":
        raise ProgrammingError(f"{key.upper()} is one ASCII character in quotes", option.span)
    return value
