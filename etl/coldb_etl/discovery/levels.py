"""Hierarchies in the values of one table: a city has one nation, a nation has many cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coldb_etl.discovery.tables import SourceTable, Survey

__all__ = ["levels"]

_MIN_ROWS, _MAX_ROWS = 10, 200_000  # fewer prove nothing, more take long
_MAX_COLUMNS = 8
_MAX_DISTINCT = 0.8  # as a share of the rows: a column of names groups nothing
_MIN_KNOWN = 0.9  # as a share of the rows: what is mostly NULL groups nothing either
_MIN_FANOUT = 1.5


def levels(survey: Survey, table: SourceTable, without: str | None = None) -> list[str]:
    """Text columns from coarse to fine, as many as can be had, each determined by the next.

    The column `without` is not looked at.
    """
    if not _MIN_ROWS <= table.rows <= _MAX_ROWS:
        return []
    texts = [c.name for c in table.columns if c.is_text and c.name not in table.key_columns]
    texts = [name for name in texts if name != without]
    if not texts:
        return []
    counts: dict[str, int] = {}
    for name, (values, distinct) in zip(texts, survey.counts(table.name, texts), strict=True):
        if values >= table.rows * _MIN_KNOWN and 2 <= distinct <= table.rows * _MAX_DISTINCT:
            counts[name] = distinct
    longest: dict[str, list[str]] = {}
    for fine in sorted(counts, key=lambda name: counts[name])[:_MAX_COLUMNS]:
        above: list[str] = []
        for coarse, chain in longest.items():
            fans_out = counts[coarse] * _MIN_FANOUT <= counts[fine]
            if fans_out and len(chain) > len(above) and survey.determines(table.name, fine, coarse):
                above = chain
        longest[fine] = [*above, fine]
    return max(longest.values(), key=len, default=[])
