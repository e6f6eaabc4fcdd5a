"""PIVOT as the grouping that it is: an aggregate FILTER (WHERE column = value) for each value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb_grammar import ast
from coldb_grammar.trees import nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pivot_query"]


def pivot_query(node: ast.Pivot, columns: Sequence[str]) -> ast.Query:
    """The query behind a PIVOT of a table with these columns: it groups by those that it does not
    name."""
    read = (*node.aggregates, node.column)
    named = {part.name.text for part in nodes(read) if isinstance(part, ast.ColumnRef)}
    keys = tuple(
        ast.ColumnRef(ast.Identifier(name, node.span), span=node.span)
        for name in columns
        if name not in named
    )
    items = [ast.SelectItem(key, span=node.span) for key in keys]
    for value in node.values:
        for aggregate in node.aggregates:
            call = _where(aggregate.expression, node.column, value.expression)
            items.append(ast.SelectItem(call, _name(value, aggregate, node), aggregate.span))
    select = ast.Select(tuple(items), node.source, group_by=keys, span=node.span)
    return ast.Query(select, span=node.span)


def _where(call: ast.Expression, column: ast.ColumnRef, value: ast.Expression) -> ast.FunctionCall:
    """The aggregate over the rows with that value."""
    assert isinstance(call, ast.FunctionCall)
    condition: ast.Expression = ast.IsDistinct(column, value, negated=True, span=value.span)
    if not isinstance(value, ast.Literal) or value.value is not None:
        condition = ast.Binary("=", (column, value), value.span)
    if call.filter is not None:
        condition = ast.Binary("AND", (call.filter, condition), value.span)
    return replace(call, filter=condition)


def _name(value: ast.SelectItem, aggregate: ast.SelectItem, node: ast.Pivot) -> ast.Identifier:
    """`value`, and behind it `_alias` or, of several aggregates, `_function`."""
    text = "NULL"
    if value.alias is not None:
        text = value.alias.text
    elif isinstance(value.expression, ast.Literal) and value.expression.value is not None:
        text = str(value.expression.value)
    if aggregate.alias is not None:
        text += f"_{aggregate.alias.text}"
    elif len(node.aggregates) > 1:
        assert isinstance(aggregate.expression, ast.FunctionCall)
        text += f"_{aggregate.expression.name.text}"
    return ast.Identifier(text, value.span)
