"""An HTML table element, every value escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from coldb.shell.formats.text import as_text, batches, glue, join_rows
from coldb.shell.formats.values import is_number

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb.shell.page import Page

__all__ = ["write"]


def write(result: pa.Table, page: Page) -> None:
    """Writes `<table>` with a head and a body; numbers have class `number`, NULL class `null`."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in result.column_names)
    page.text.write(f"<table>\n<thead>\n<tr>{names}</tr>\n</thead>\n<tbody>\n")
    for batch in batches(result):
        cells = [_cells(column) for column in batch.columns]
        rows = join_rows(cells, "", "</tr>\n<tr>")
        page.text.write("<tr>" + rows.removesuffix("<tr>") if rows else "")
    page.text.write("</tbody>\n</table>\n")


def _cells(column: pa.Array) -> pa.Array:
    text = as_text(column)
    for character in "&<>\"'":
        text = pc.replace_substring(text, character, escape(character))
    start = '<td class="number">' if is_number(column.type) else "<td>"
    cells = glue(start, text, "</td>")
    return pc.fill_null(cells, '<td class="null">NULL</td>')
