"""Tab separated values as PostgreSQL's COPY has them: NULL is \\N, tabs and line ends escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from coldb.shell.formats.text import as_text, batches, join_rows

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes a line of names, then a line for each row."""
    names = _escaped(pa.array(result.column_names, pa.large_string()))
    page.text.write("\t".join(names.to_pylist()) + "\n")
    for batch in batches(result):
        columns = [pc.fill_null(_escaped(as_text(column)), "\\N") for column in batch.columns]
        page.text.write(join_rows(columns, "\t"))


def _escaped(text: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(text, r"[\\\t\r\n]")).as_py():
        return text
    for character, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = pc.replace_substring(text, character, escape)
    return text
