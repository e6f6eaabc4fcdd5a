"""The formats of files, and the settings of CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from coldb_grammar import ast

__all__ = ["CSV_SETTINGS", "FileFormat", "csv_format", "csv_setting"]

CSV_SETTINGS = ("delimiter", "escape", "header", "null", "quote")


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


def csv_setting(key: str, value: Any, span: ast.Span) -> Any:
    """A setting of CSV. Raises ProgrammingError for a value that it cannot have."""
    if key == "header":
        if not isinstance(value, bool):
            raise ProgrammingError("HEADER is true or false", span)
        return value
    if key == "null":
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise ProgrammingError("NULL is a text of one line in quotes", span)
        return value
    # Arrow reads files byte by byte.
    if not isinstance(value, str) or len(value.encode()) != 1 or value in "\r\n":
        raise ProgrammingError(f"{key.upper()} is one ASCII character in quotes", span)
    return value


def csv_format(settings: dict[str, Any], span: ast.Span) -> FileFormat:
    """CSV with these settings, which may contradict each other: then it raises ProgrammingError."""
    if "quote" in settings:
        settings = {"escape": settings["quote"], **settings}
    chosen = FileFormat("csv", **settings)
    if chosen.delimiter in (chosen.quote, chosen.escape):
        raise ProgrammingError("DELIMITER must be another character than QUOTE", span)
    return chosen
