"""How comparisons are shown: bars in a terminal, a page by itself."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from coldb.compare.chart import chart
from coldb.compare.page import html_page
from coldb.compare.results import Comparison, Failure, Result, Side, all_equal, mean_ratio
from coldb.compare.terminal import bar, ratio_text, show_comparisons, verdict
from coldb.compare.timing import repeated


def comparison(name: str, ours: float, theirs: float, difference: str | None = None) -> Comparison:
    return Comparison(
        name,
        Side("coldb", f"SELECT '<{name}>'", (ours, ours * 3, ours)),
        Side("sqlite", f"SELECT '<{name}>' -- there", (theirs,)),
        rows=12,
        difference=difference,
    )


FAST = comparison("fast", 0.01, 1.0)
SLOW = comparison("slow", 0.2, 0.1)
WRONG = comparison(
    "wrong", 0.01, 1.0, "1 of 12 rows differ, for example (1) here, (2) in the source"
)
FAILED = Failure("failed", 'no table "nobody"')


def shown(results: list[Result], encoding: str = "utf-8") -> str:
    binary = io.BytesIO()
    stream = io.TextIOWrapper(binary, encoding=encoding)
    show_comparisons(results, stream)
    stream.flush()
    return binary.getvalue().decode(encoding)


def test_medians_and_ratios() -> None:
    assert FAST.warehouse.median == 0.01
    assert FAST.ratio == pytest.approx(100)
    assert mean_ratio([FAST, SLOW, WRONG, FAILED]) == pytest.approx(50**0.5)
    assert mean_ratio([WRONG, FAILED]) is None
    assert (ratio_text(103.4), ratio_text(1.74), ratio_text(0.5)) == (
        "103x faster",
        "1.7x faster",
        "2.0x slower",
    )


def test_verdict_tells_what_went_wrong() -> None:
    assert verdict([FAST, WRONG, FAILED]) == (
        "1 of 3 answers equal, 1 different, 1 not compared, "
        "coldb 100x faster (sqlite, geometric mean)"
    )
    assert all_equal([FAST, SLOW])
    assert not all_equal([FAST, WRONG])
    assert not all_equal([FAST, FAILED])


def test_bars_share_a_scale_and_are_never_quite_nothing() -> None:
    assert bar(1.0, 1.0, 10) == "█" * 10
    assert bar(0.5, 1.0, 10) == "█" * 5
    assert bar(0.0001, 1.0, 10) == "▏"
    assert bar(0.5, 1.0, 10, ascii_only=True) == "#####"


def test_terminal() -> None:
    text = shown([FAST, SLOW, WRONG, FAILED])
    assert "fast  same answer, 12 rows" in text
    assert "10.0 ms  100x faster" in text
    assert "slow  same answer" in text
    assert "2.0x slower" in text
    assert "DIFFERENT answers: 1 of 12 rows differ" in text
    assert 'failed  not compared: no table "nobody"' in text
    assert "\x1b" not in text


def test_terminal_in_ascii() -> None:
    assert "####" in shown([FAST], "ascii")


class _References(HTMLParser):
    """Collects what a page would fetch, and whether its elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_stands_alone_and_is_well_formed() -> None:
    page = html_page([FAST, SLOW, WRONG, FAILED], "A <shop>")
    parser = _References()
    parser.feed(page)
    assert parser.open == []
    assert parser.fetched == []
    assert not re.search(r"url\(|@import|<script|https?://(?!www\.w3\.org/)", page)
    assert '<html lang="en">' in page
    assert "prefers-color-scheme: dark" in page


def test_page_has_everything_escaped() -> None:
    page = html_page([FAST, WRONG, FAILED], "A <shop>")
    assert "<title>A &lt;shop&gt;</title>" in page
    assert "SELECT &#x27;&lt;fast&gt;&#x27; -- there" in page
    assert "no table &quot;nobody&quot;" in page
    assert "1 of 12 rows differ" in page


def test_chart_is_svg_with_a_description() -> None:
    svg = ElementTree.fromstring(chart([FAST, SLOW]))
    bars = [float(rect.attrib["width"]) for rect in svg.iter("rect")]
    assert bars[0] / bars[3] == pytest.approx(1.0 / 0.2, rel=0.01)
    assert svg.attrib["role"] == "img"
    description = svg.find("desc")
    assert description is not None
    assert description.text is not None
    assert "fast: sqlite 1.00 s, coldb 10.0 ms" in description.text


def test_nothing_compared_makes_a_page_too() -> None:
    assert "<svg" not in html_page([FAILED], "Nothing")


def test_the_first_run_does_not_count_unless_it_is_the_only_one() -> None:
    calls: list[int] = []
    result, seconds = repeated(lambda: calls.append(1) or len(calls), runs=5, seconds=60.0)
    assert (result, len(calls), len(seconds)) == (1, 6, 5)
    calls.clear()
    _, seconds = repeated(lambda: calls.append(1), runs=5, seconds=0.0)
    assert (len(calls), len(seconds)) == (1, 1)
