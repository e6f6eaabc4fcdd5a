"""Comparisons as one HTML file: no script, no font, no image from anywhere else."""

from __future__ import annotations

import platform
from html import escape
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from coldb.compare.chart import chart
from coldb.compare.comparer import SECONDS_A_SIDE
from coldb.compare.results import Comparison, Failure, Result, Side
from coldb.compare.terminal import ratio_text, verdict
from coldb.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["html_page"]


def html_page(results: Sequence[Result], title: str) -> str:
    """The whole document: the verdict, bars, a table of the numbers, and all queries."""
    compared = [result for result in results if isinstance(result, Comparison)]
    style = files("coldb.compare").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="verdict">{escape(verdict(results))}</p>',
            f"<p>{escape(_how(compared))}</p>",
            chart(compared),
            _numbers(results),
            "<h2>Queries</h2>",
            *(_queries(each) for each in compared),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _how(compared: Sequence[Comparison]) -> str:
    """What was measured, on what."""
    runs = max((len(each.warehouse.seconds) for each in compared), default=0)
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return (
        f"Each query ran up to {count(runs, 'time')} on both databases, after a run that only warms "
        f"caches; one that takes more than {SECONDS_A_SIDE:.0f} s ran once. Times are medians, from "
        f"asking to having all rows. coldb {version('coldb')}, {machine}."
    )


def _numbers(results: Sequence[Result]) -> str:
    rows = "\n".join(_row(result) for result in results)
    heads = ("Query", "Rows", "Source", "coldb", "Ratio", "Answers")
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        f"<h2>Numbers</h2>\n<table>\n<thead><tr>{cells}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(result: Result) -> str:
    match result:
        case Failure(name, reason):
            return (
                f'<tr><th scope="row">{escape(name)}</th><td colspan="5">{escape(reason)}</td></tr>'
            )
        case Comparison():
            same = result.difference is None
            answer = "&#10003; equal" if same else f"&#10007; {escape(result.difference or '')}"
            numbers = (
                f"{result.rows:,}",
                duration(result.source.median),
                duration(result.warehouse.median),
                ratio_text(result.ratio),
            )
            cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
            kind = "equal" if same else "different"
            return (
                f'<tr><th scope="row">{escape(result.name)}</th>{cells}'
                f'<td class="{kind}">{answer}</td></tr>'
            )


def _queries(comparison: Comparison) -> str:
    sides = "\n".join(_query(side) for side in (comparison.warehouse, comparison.source))
    return f"<details>\n<summary>{escape(comparison.name)}</summary>\n{sides}\n</details>"


def _query(side: Side) -> str:
    runs = ", ".join(duration(seconds) for seconds in side.seconds)
    return (
        f"<h3>{escape(side.label)}</h3>\n<p>Runs: {runs}</p>\n"
        f"<pre><code>{escape(side.sql.strip())}</code></pre>"
    )
