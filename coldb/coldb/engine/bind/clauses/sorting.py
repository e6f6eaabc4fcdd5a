"""ORDER BY and GROUP BY items that name a column of the result: by number or by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.literals import plain_literal
from coldb.engine.bind.names import did_you_mean, listing
from coldb.engine.calls import SortKey
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import Sort
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["bare_name", "ordinal", "sort_key", "sorted_by_columns"]


def bare_name(node: ast.Expression) -> str | None:
    """The name that a node is, if it is nothing but a name."""
    return node.name.text if isinstance(node, ast.ColumnRef) and node.table is None else None


def ordinal(node: ast.Expression, columns: int, clause: str) -> int | None:
    """The index of the column that `ORDER BY 2` means; None if the node is no number.

    Raises ProgrammingError for a number that is out of range, and for any other constant.
    """
    literal = plain_literal(node)
    if literal is None:
        return None
    number = literal.value
    if isinstance(number, bool) or not isinstance(number, int):
        raise ProgrammingError(f"a constant in {clause} must be the number of a column", node.span)
    if not 1 <= number <= columns:
        counted = "1 column" if columns == 1 else f"{columns} columns"
        message = f"{clause} {number} is out of range: the result has {counted}"
        raise ProgrammingError(message, node.span)
    return number - 1


def sort_key(item: ast.SortItem, expression: Expression) -> SortKey:
    """A sort key; NULLs count as largest unless the item says where they go."""
    nulls_first = item.descending if item.nulls_first is None else item.nulls_first
    return SortKey(expression, item.descending, nulls_first)


def sorted_by_columns(plan: Plan, items: Sequence[ast.SortItem]) -> Plan:
    """The plan sorted by its own columns, which is all that a UNION can be sorted by."""
    if not items:
        return plan
    return Sort(plan, tuple(sort_key(item, FieldRef(_column(item, plan.fields))) for item in items))


def _column(item: ast.SortItem, fields: Sequence[Field]) -> Field:
    node = item.expression
    index = ordinal(node, len(fields), "ORDER BY")
    if index is not None:
        return fields[index]
    name = bare_name(node)
    if name is None:
        message = "behind UNION, INTERSECT, EXCEPT and VALUES, ORDER BY takes result columns only"
        raise NotSupportedError(message, node.span)
    found = [field for field in fields if field.name == name]
    if not found:
        names = [field.name for field in fields]
        hint = did_you_mean(name, names) or f"; there are {listing(names)}"
        raise ProgrammingError(f'no result column "{name}"{hint}', node.span)
    if len(found) > 1:
        raise ProgrammingError(
            f'ORDER BY "{name}" is ambiguous: several result columns have that name', node.span
        )
    return found[0]
