"""Comma separated values as RFC 4180 has them and COPY reads them back.

NULL is nothing between two commas; an empty text is "" so that the two stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from coldb.shell.formats.text import as_text, batches, glue, join_rows

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes a line of names, then a line for each row."""
    names = pa.array([name or "" for name in result.column_names], pa.large_string())
    page.text.write(",".join(_quoted(names).to_pylist()) + "\n")
    for batch in batches(result):
        columns = [pc.fill_null(_quoted(as_text(column)), "") for column in batch.columns]
        page.text.write(join_rows(columns, ","))


def _quoted(text: pa.Array) -> pa.Array:
    """Quotes where a value has a comma, quote or line end, where it is empty, and around spaces."""
    needs = pc.match_substring_regex(text, r'[,"\r\n]|^$|^\s|\s$')
    if not pc.any(needs).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(needs, glue('"', doubled, '"'), text)
