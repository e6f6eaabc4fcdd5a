"""One line a value, for rows too wide for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from coldb.shell.formats.values import texts_of, visible

if TYPE_CHECKING:
    import pyarrow as pa

    from coldb.shell.page import Page

__all__ = ["write"]

HEADING_WIDTH = 40
ROWS_A_BATCH = 4096


def write(result: pa.Table, page: Page) -> None:
    """Writes for each row a heading with its number, then `name | value` lines."""
    names = [visible(name) for name in result.column_names]
    width = max((cell_len(name) for name in names), default=0)
    labels = [" " * (width - cell_len(name)) + name for name in names]
    shown = result if page.max_rows is None else result.slice(0, page.max_rows)
    number = 0
    for batch in shown.to_batches(max_chunksize=ROWS_A_BATCH):
        columns = [texts_of(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            number += 1
            lines = [page.styled(f"-- row {number} ".ljust(HEADING_WIDTH, "-"), "dim")]
            for label, value in zip(labels, row, strict=True):
                text = page.styled("NULL", "dim") if value is None else visible(value)
                lines.append(f"{page.styled(label, 'bold')} | {text}")
            page.text.write("\n".join(lines) + "\n")
    if shown.num_rows < result.num_rows:
        page.text.write(f"... {result.num_rows - shown.num_rows:,} more rows\n")
