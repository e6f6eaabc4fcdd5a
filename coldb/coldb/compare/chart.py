"""The bars of a comparison as SVG: two for each query, on one linear scale of time."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from coldb.compare.terminal import ratio_text
from coldb.units import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.compare.results import Comparison

__all__ = ["chart"]

WIDTH = 900
LABEL_WIDTH = 260
TEXT_WIDTH = 200  # kept free right of the longest bar, for its time and ratio
BAR_HEIGHT = 16
QUERY_HEIGHT = 52
SHORTEST = 1.5  # so that the fastest query is still seen
LABEL_CHARACTERS = 34


def chart(compared: Sequence[Comparison]) -> str:
    """An `svg` element with a title and a description; nothing when nothing was compared."""
    if not compared:
        return ""
    slowest = max(max(each.source.median, each.warehouse.median) for each in compared)
    scale = (WIDTH - LABEL_WIDTH - TEXT_WIDTH) / slowest
    height = len(compared) * QUERY_HEIGHT + 10
    groups = "\n".join(
        _group(each, 10 + at * QUERY_HEIGHT, scale) for at, each in enumerate(compared)
    )
    described = "; ".join(
        f"{each.name}: {each.source.label} {duration(each.source.median)}, "
        f"coldb {duration(each.warehouse.median)}"
        for each in compared
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-labelledby="chart-title chart-text">\n'
        '<title id="chart-title">Median time of each query on the source and on coldb</title>\n'
        f'<desc id="chart-text">{escape(described)}</desc>\n{groups}\n</svg>'
    )


def _group(comparison: Comparison, top: int, scale: float) -> str:
    name = comparison.name
    if len(name) > LABEL_CHARACTERS:
        name = name[: LABEL_CHARACTERS - 1] + "…"
    x, y = LABEL_WIDTH - 12, top + BAR_HEIGHT + 5
    label = f'<text x="{x}" y="{y}" text-anchor="end">{escape(name)}</text>'
    source, warehouse = comparison.source, comparison.warehouse
    source_text = f"{source.label} {duration(source.median)}"
    warehouse_text = f"coldb {duration(warehouse.median)}, {ratio_text(comparison.ratio)}"
    return "\n".join(
        [
            label,
            _bar("source", source.median * scale, top, source_text),
            _bar("warehouse", warehouse.median * scale, top + BAR_HEIGHT + 3, warehouse_text),
        ]
    )


def _bar(kind: str, length: float, top: int, text: str) -> str:
    length = max(length, SHORTEST)
    x, y = LABEL_WIDTH + length + 8, top + BAR_HEIGHT - 3
    return (
        f'<rect class="{kind}" x="{LABEL_WIDTH}" y="{top}"'
        f' width="{length:.1f}" height="{BAR_HEIGHT}"/>'
        f'<text x="{x:.1f}" y="{y}">{escape(text)}</text>'
    )
