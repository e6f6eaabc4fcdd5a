"""Aligned columns: numbers to the right, NULL told apart, cut to the terminal it is shown on.

Only the rows that are shown become text. A file gets every row and column in full.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from rich.cells import cell_len, set_cell_size

from coldb.shell.formats.layout import ColumnWidth, fit_columns, head_and_tail
from coldb.shell.formats.values import is_number, texts_of, visible

if TYPE_CHECKING:
    from coldb.shell.page import Page

__all__ = ["write"]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    cells: list[str | None]  # None is NULL
    is_number: bool

    def needs(self) -> ColumnWidth:
        values = (len("NULL") if cell is None else cell_len(cell) for cell in self.cells)
        return ColumnWidth(cell_len(self.name), max(values, default=0), not self.is_number)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The characters that rule a table; ASCII where the stream cannot write better ones."""

    bar: str
    dash: str
    cross: str
    gap: str
    rows_gap: str


_UNICODE = _Lines("│", "─", "┼", "…", "⋮")
_ASCII = _Lines("|", "-", "+", "~", ":")


def write(result: pa.Table, page: Page) -> None:
    """Writes names, a rule and the rows; says what it left out."""
    head, tail = head_and_tail(result.num_rows, page.max_rows)
    shown = result.slice(0, head)
    if tail:
        shown = pa.concat_tables([shown, result.slice(result.num_rows - tail)])
    columns = [
        _column(name, column)
        for name, column in zip(result.column_names, shown.columns, strict=True)
    ]
    widths = fit_columns(
        [column.needs() for column in columns], page.width() if page.width else None
    )
    lines = _UNICODE if (page.text.encoding or "").lower().startswith("utf") else _ASCII
    text = _render(columns, widths, head if head + tail < result.num_rows else None, lines, page)
    page.text.write("\n".join(text) + "\n" if text else "")


def _column(name: str, column: pa.ChunkedArray) -> _Column:
    text = texts_of(column.combine_chunks())
    number = is_number(column.type)
    if number:
        return _Column(visible(name), text, is_number=True)
    # The text NULL in quotes: it must not pass for a missing value where colours do not tell.
    cells = [
        None if cell is None else '"NULL"' if cell == "NULL" else visible(cell) for cell in text
    ]
    return _Column(visible(name), cells, is_number=False)


def _render(
    columns: list[_Column],
    widths: list[int | None],
    gap_after: int | None,
    lines: _Lines,
    page: Page,
) -> list[str]:
    """The lines of the table. After `gap_after` rows stands the mark for rows left out."""
    names: list[str] = []
    rules: list[str] = []
    cells: list[list[str]] = []
    gaps: list[str] = []
    omitted = 0
    for column, width in zip(columns, widths, strict=True):
        if width is None:
            omitted += 1
            if omitted == 1:
                names.append(lines.gap)
                rules.append(lines.dash * 3)
                cells.append([lines.gap] * len(column.cells))
                gaps.append(lines.gap)
            continue
        names.append(page.styled(_fitted(column.name, width, column.is_number, lines), "bold"))
        rules.append(lines.dash * (width + 2))
        cells.append([_cell(cell, width, column.is_number, lines, page) for cell in column.cells])
        gaps.append(_fitted(lines.rows_gap, width, column.is_number, lines))
    bar = f" {lines.bar} "
    rows = [" " + bar.join(row) for row in zip(*cells, strict=True)]
    if gap_after is not None:
        rows.insert(gap_after, " " + bar.join(gaps))
    text = [
        (" " + bar.join(names)).rstrip(),
        lines.cross.join(rules),
        *(row.rstrip() for row in rows),
    ]
    if omitted:
        text.append(page.styled(f"({omitted} of {len(columns)} columns are not shown)", "dim"))
    return text


def _cell(cell: str | None, width: int, to_right: bool, lines: _Lines, page: Page) -> str:
    text = _fitted("NULL" if cell is None else cell, width, to_right, lines)
    return page.styled(text, "dim") if cell is None else text


def _fitted(text: str, width: int, to_right: bool, lines: _Lines) -> str:
    needed = cell_len(text)
    if needed > width:
        return set_cell_size(text, width - 1) + lines.gap
    padding = " " * (width - needed)
    return padding + text if to_right else text + padding
