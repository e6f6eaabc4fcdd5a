"""Where results go: a stream, and what is known of the reader at its other end."""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Page", "escape_what_streams_lack", "file_page", "standard_page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A text stream with its bytes, and the limits of the terminal behind it.

    `width` tells the cells in a line of the terminal now, for its window may be resized. It and
    `max_rows` are None where nothing limits them: a file gets all of a result.
    """

    text: TextIO
    binary: BinaryIO
    width: Callable[[], int] | None = None
    max_rows: int | None = None
    colour: bool = False
    is_terminal: bool = False

    def styled(self, text: str, style: str) -> str:
        """The text in the style (a key of STYLES) where the page shows colours, else as it is."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour else text


# Rows of one result on a terminal: with what stands around them they fill its window, but a large one
# not to the brim.
FEWEST_ROWS, MOST_ROWS, LINES_AROUND = 10, 40, 6

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}


def standard_page(stream: TextIO) -> Page:
    """The page on an open stream of this process, usually sys.stdout."""
    is_terminal = stream.isatty()
    lines = shutil.get_terminal_size().lines
    return Page(
        text=stream,
        binary=stream.buffer,
        width=(lambda: shutil.get_terminal_size().columns) if is_terminal else None,
        max_rows=max(FEWEST_ROWS, min(MOST_ROWS, lines - LINES_AROUND)) if is_terminal else None,
        colour=is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        is_terminal=is_terminal,
    )


def file_page(path: str) -> Page:
    """A page on a new file, which the caller closes through `page.text.close()`."""
    binary = io.BufferedWriter(io.FileIO(path, "w"))
    return Page(io.TextIOWrapper(binary, encoding="utf-8", newline=""), binary)


def escape_what_streams_lack() -> None:
    """A character that the encoding of stdout or stderr lacks is escaped, and no error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
