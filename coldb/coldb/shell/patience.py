"""The line that tells, while a statement takes long, that it is still running."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from coldb.units import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coldb.shell.page import Page

__all__ = ["waiting_line"]

SECONDS_OF_SILENCE = 2.0
ERASE_LINE = "\r\x1b[K"


@contextmanager
def waiting_line(page: Page) -> Iterator[Callable[[float], None]]:
    """Call the result with the seconds so far; what it wrote is gone when the block ends."""
    last = 0

    def show(seconds: float) -> None:
        nonlocal last
        if page.is_terminal and seconds >= SECONDS_OF_SILENCE and int(seconds) > last:
            last = int(seconds)
            text = f"running for {duration(last)}, Ctrl-C cancels"
            page.text.write(ERASE_LINE + page.styled(text, "dim"))
            page.text.flush()

    try:
        yield show
    finally:
        if last:
            page.text.write(ERASE_LINE)
            page.text.flush()
