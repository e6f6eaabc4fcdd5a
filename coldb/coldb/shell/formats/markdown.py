"""A Markdown table (GitHub's dialect)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from coldb.shell.formats.text import as_text, batches, join_rows
from coldb.shell.formats.values import is_number

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes the heading, the alignments, then a line for each row."""
    names = _escaped(pa.array(result.column_names, pa.large_string())).to_pylist()
    rules = ["---:" if is_number(field.type) else "---" for field in result.schema]
    page.text.write(f"| {' | '.join(names)} |\n| {' | '.join(rules)} |\n")
    for batch in batches(result):
        columns = [pc.fill_null(_escaped(as_text(column)), "NULL") for column in batch.columns]
        rows = join_rows(columns, " | ", " |\n| ")
        page.text.write("| " + rows.removesuffix("| ") if rows else "")


def _escaped(text: pa.Array) -> pa.Array:
    for character, escape in (("\\", "\\\\"), ("|", "\\|"), ("\r\n", "<br>"), ("\n", "<br>")):
        text = pc.replace_substring(text, character, escape)
    return text
