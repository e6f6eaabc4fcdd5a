"""What the options of COPY, and the ending of the file's name, say of its format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from coldb.engine.files.file_format import CSV_SETTINGS, FileFormat, csv_format, csv_setting
from coldb.errors import ProgrammingError

if TYPE_CHECKING:
    from coldb_grammar import ast

__all__ = ["file_format"]

_FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
_CSV_ENDINGS = frozenset({"", ".csv", ".tsv", ".tbl", ".txt", ".dat"})


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
    allowed = CSV_SETTINGS if name == "csv" else ()
    settings: dict[str, Any] = {}
    for key, option in options.items():
        if key not in allowed:
            known = ", ".join(option.upper() for option in ("format", *allowed))
            message = f"COPY with format {name} has no option {key.upper()}: it has {known}"
            raise ProgrammingError(message, option.span)
        settings[key] = csv_setting(key, option.value, option.span)
    if name == "csv" and extension == ".tsv":
        settings.setdefault("delimiter", "\t")
    return csv_format(settings, statement.span) if name == "csv" else FileFormat(name)
