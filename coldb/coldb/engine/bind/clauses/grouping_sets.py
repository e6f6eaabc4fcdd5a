"""GROUP BY as the list of grouping sets that it means: ROLLUP and CUBE written out, and multiplied.

a, ROLLUP (b, c)     ->     (a, b, c), (a, b), (a)
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from coldb.errors import ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KeyNodes", "grouping_sets"]

KeyNodes: TypeAlias = "tuple[ast.Expression, ...]"

# PostgreSQL's limits.
_MOST_SETS = 4096
_LARGEST_CUBE = 12


def grouping_sets(items: Sequence[ast.GroupingItem]) -> list[KeyNodes]:
    """The sets of expressions by which a GROUP BY of these items groups: one for each combination of
    a set of each item. Raises ProgrammingError for more than 4096."""
    sets: list[KeyNodes] = [()]
    for item in items:
        further = _sets_of(item)
        if len(sets) * len(further) > _MOST_SETS:
            message = f"GROUP BY makes {len(sets) * len(further):,} grouping sets: {_MOST_SETS:,} are the most"
            raise ProgrammingError(message, item.span)
        sets = [left + right for left in sets for right in further]
    return sets


def _sets_of(item: ast.GroupingItem) -> list[KeyNodes]:
    match item:
        case ast.Rollup(elements=elements):
            return [_together(elements[:kept]) for kept in range(len(elements), -1, -1)]
        case ast.Cube(elements=elements):
            if len(elements) > _LARGEST_CUBE:
                message = f"CUBE takes at most {_LARGEST_CUBE} elements, not {len(elements)}"
                raise ProgrammingError(message, item.span)
            kept = range(len(elements), -1, -1)
            return [_together(chosen) for size in kept for chosen in combinations(elements, size)]
        case ast.GroupingSets(sets=sets):
            return [
                keys
                for part in sets
                for keys in ([part] if isinstance(part, tuple) else _sets_of(part))
            ]
        case ast.RowValue(items=items):
            return [items]
        case _:
            return [(item,)]


def _together(elements: Sequence[KeyNodes]) -> KeyNodes:
    return tuple(node for element in elements for node in element)
