"""Output formats: one module each, named in one table. A module has `write(result, page)`.

A new format is a new module and a line in FORMATS.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb.shell.page import Page

__all__ = ["FORMATS", "Format", "write"]


@dataclass(frozen=True, slots=True)
class Format:
    """`is_text` False: bytes for a file or a pipe, refused on a terminal."""

    name: str
    summary: str
    is_text: bool = True


FORMATS = {
    format.name: format
    for format in (
        Format("table", "aligned columns, fitted to the terminal"),
        Format("csv", "comma separated, NULL is empty and an empty text is quoted"),
        Format("tsv", "tab separated, NULL is \\N, as COPY writes text"),
        Format("json", "one array of objects"),
        Format("jsonl", "one object a line"),
        Format("markdown", "a table for a document"),
        Format("vertical", "one line a value, for wide rows"),
        Format("html", "a table element"),
        Format("arrow", "an Arrow IPC stream", is_text=False),
        Format("parquet", "a Parquet file", is_text=False),
    )
}


class _Module(Protocol):
    def write(self, result: pa.Table, page: Page) -> None: ...


def write(name: str, result: pa.Table, page: Page) -> None:
    """Writes the result to the page in the format of that name (a key of FORMATS)."""
    # A module is imported when it is used: most runs of the shell need one of ten.
    module: _Module = import_module(f"{__name__}.{FORMATS[name].name}")
    module.write(result, page)
