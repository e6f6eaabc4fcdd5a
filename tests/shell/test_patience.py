"""The line that a long statement shows, on a terminal only."""

from __future__ import annotations

from coldb.shell.patience import ERASE_LINE, waiting_line

from tests.shell.pages import memory_page, shown


def test_a_long_wait_is_told_once_a_second_and_erased() -> None:
    page = memory_page(is_terminal=True)
    with waiting_line(page) as waiting:
        for seconds in (0.1, 1.9, 2.05, 2.15, 3.0):
            waiting(seconds)
    lines = shown(page).split(ERASE_LINE)
    assert lines == ["", *[f"running for {n}.00 s, Ctrl-C cancels" for n in (2, 3)], ""]


def test_nothing_is_written_for_short_waits_or_without_a_terminal() -> None:
    for page, seconds in ((memory_page(is_terminal=True), 1.0), (memory_page(), 60.0)):
        with waiting_line(page) as waiting:
            waiting(seconds)
        assert shown(page) == ""
