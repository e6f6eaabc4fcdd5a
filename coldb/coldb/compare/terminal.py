"""Comparisons as bars in a terminal. All bars share one scale, so that lengths mean seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from coldb.compare.results import Comparison, Failure, Result, Side, mean_ratio
from coldb.units import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["bar", "ratio_text", "show_comparisons", "verdict"]

BAR_WIDTH = 46
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def show_comparisons(results: Sequence[Result], stream: TextIO) -> None:
    """Writes a block for each result, and the verdict on all of them."""
    console = Console(file=stream, highlight=False, soft_wrap=True)
    slowest = max((side.median for side in _sides(results)), default=0.0)
    for result in results:
        match result:
            case Failure(name, reason):
                console.print(
                    Text.assemble((name, "bold"), "  ", ("not compared", "yellow"), f": {reason}")
                )
            case Comparison():
                _show(result, slowest, console)
    if len(results) > 1:
        console.print(Text(verdict(results), style="bold"))


def verdict(results: Sequence[Result]) -> str:
    """One line on all: how many are equal, how many not, and the mean ratio of those that are."""
    compared = [result for result in results if isinstance(result, Comparison)]
    unequal = sum(result.difference is not None for result in compared)
    equal = len(compared) - unequal
    parts = [f"{equal} of {count(len(results), 'answer')} equal"]
    if unequal:
        parts.append(f"{unequal} different")
    if len(compared) < len(results):
        parts.append(f"{len(results) - len(compared)} not compared")
    ratio = mean_ratio(results)
    if ratio is not None:
        parts.append(f"coldb {ratio_text(ratio)} ({compared[0].source.label}, geometric mean)")
    return ", ".join(parts)


def ratio_text(ratio: float) -> str:
    """`103x faster`, `1.7x faster`, `2.0x slower`."""
    word, factor = ("faster", ratio) if ratio >= 1 else ("slower", 1 / ratio)
    return f"{factor:.0f}x {word}" if factor >= 10 else f"{factor:.1f}x {word}"


def bar(value: float, full: float, width: int, ascii_only: bool = False) -> str:
    """A bar of `width` cells for `full`, down to an eighth of a cell, and never quite nothing."""
    eighths = max(1, round(value / full * width * 8)) if full > 0 else 0
    if ascii_only:
        return "#" * max(1, round(eighths / 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _sides(results: Sequence[Result]) -> Iterable[Side]:
    for result in results:
        if isinstance(result, Comparison):
            yield result.source
            yield result.warehouse


def _show(comparison: Comparison, slowest: float, console: Console) -> None:
    if comparison.difference is None:
        answer = Text(f"same answer, {count(comparison.rows, 'row')}", style="green")
    else:
        answer = Text(f"DIFFERENT answers: {comparison.difference}", style="bold red")
    console.print(Text.assemble((comparison.name, "bold"), "  ", answer))
    ascii_only = not (console.encoding or "").lower().startswith("utf")
    width = max(len(comparison.source.label), len(comparison.warehouse.label))
    for side, style in ((comparison.source, "yellow"), (comparison.warehouse, "cyan")):
        line = Text.assemble(
            f"  {side.label:{width}} ",
            (bar(side.median, slowest, BAR_WIDTH, ascii_only), style),
            f" {duration(side.median)}",
        )
        if side is comparison.warehouse:
            line.append(f"  {ratio_text(comparison.ratio)}", style="bold")
        console.print(line)
