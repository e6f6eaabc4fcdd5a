"""Pages in memory, to look at what was written."""

from __future__ import annotations

import io

from coldb.shell.page import Page


def memory_page(
    width: int | None = None,
    max_rows: int | None = None,
    *,
    colour: bool = False,
    is_terminal: bool = False,
    encoding: str = "utf-8",
) -> Page:
    """A page whose bytes `written` returns."""
    binary = io.BytesIO()
    text = io.TextIOWrapper(binary, encoding=encoding, newline="", write_through=True)
    wide = None if width is None else (lambda: width)
    return Page(text, binary, wide, max_rows, colour, is_terminal)


def written(page: Page) -> bytes:
    """What the page got so far."""
    page.text.flush()
    binary = page.binary
    assert isinstance(binary, io.BytesIO)
    return binary.getvalue()


def shown(page: Page) -> str:
    """The same as text."""
    return written(page).decode()
