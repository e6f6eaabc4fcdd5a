"""The whole answer of a query whose LIMIT may cut between rows that its ORDER BY does not tell apart.

Such a query has several right answers. What it sorts by, beside all of its rows, tells which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from coldb_grammar import ast, parse

from benchmarks.answers import same_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Complete", "complete"]

Row: TypeAlias = "tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class Complete:
    """`sql` is a query without its LIMIT, with `hidden` more columns behind its own; `keys` are the
    places of the columns that it sorts by."""

    sql: str
    keys: tuple[int, ...]
    hidden: int
    limit: int | None

    def allows(self, rows: Sequence[Row], everything: Sequence[Row]) -> bool:
        """Whether `rows` answer the query, given all rows of `sql`, in order.

        Rows that agree on the keys may come in any order, and any of them may be cut off.
        """
        wanted = len(everything) if self.limit is None else min(self.limit, len(everything))
        if len(rows) != wanted:
            return False
        start = 0
        for _, group in groupby(everything, lambda row: [row[key] for key in self.keys]):
            ties = [row[: len(row) - self.hidden] for row in group]
            part = rows[start : start + len(ties)]
            if len(part) < len(ties):
                return _are_among(part, ties)
            if not same_rows(part, ties):
                return False
            start += len(ties)
        return True


def _are_among(rows: Sequence[Row], choice: Sequence[Row]) -> bool:
    """Whether each of the rows is another one of the choice."""
    left = list(choice)
    for row in rows:
        place = next((i for i, one in enumerate(left) if same_rows([row], [one])), None)
        if place is None:
            return False
        del left[place]
    return True


def complete(sql: str) -> Complete:
    """The complete form of a query that sorts by columns of its result or by expressions over its rows."""
    text = sql.rstrip().removesuffix(";").rstrip()
    (query,) = parse(text)
    assert isinstance(query, ast.Query)
    limit = None
    if query.limit is not None:
        assert isinstance(query.limit, ast.Literal)
        assert isinstance(query.limit.value, int)
        limit = query.limit.value
        text = re.sub(r"LIMIT\s*$", "", text[: query.limit.span.start], flags=re.IGNORECASE)
    places = [_place(item.expression, query.body) for item in query.order_by]
    pairs = zip(query.order_by, places, strict=True)
    hidden = [sql[_slice(item.expression)] for item, place in pairs if place is None]
    if hidden:
        assert isinstance(query.body, ast.Select)
        end = query.body.items[-1].span.end
        text = f"{text[:end]}, {', '.join(hidden)}{text[end:]}"
    numbers = iter(range(-len(hidden), 0))
    keys = tuple(next(numbers) if place is None else place for place in places)
    return Complete(text, keys, len(hidden), limit)


def _slice(node: ast.Expression) -> slice:
    return slice(node.span.start, node.span.end)


def _place(node: ast.Expression, body: ast.QueryBody) -> int | None:
    """The column of the result that is meant, counted from zero."""
    match node:
        case ast.Literal(value=int(number)):
            return number - 1
        case ast.ColumnRef(table=None, name=name) if isinstance(body, ast.Select):
            for place, item in enumerate(body.items):
                if isinstance(item.expression, ast.Star):
                    return None
                if item.alias == name or (item.alias is None and item.expression == node):
                    return place
    return None
