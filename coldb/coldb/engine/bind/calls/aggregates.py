"""Aggregate calls: `sum(DISTINCT x ORDER BY y) FILTER (WHERE z)`, `percentile_cont(0.5) WITHIN GROUP (...)`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.grouping import bind_grouping
from coldb.engine.bind.clauses.sorting import sort_key
from coldb.engine.bind.context import located
from coldb.engine.bind.conversions import Operand, convert
from coldb.engine.calls import GROUPING_SET, AggregateCall, SortKey
from coldb.engine.expression_tools import fields_of
from coldb.engine.functions.aggregates import aggregate_definition, is_aggregate, resolve_aggregate
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_grammar import ast
from coldb_grammar.trees import nodes
from coldb_warehouse.types import BIGINT, VARCHAR

if TYPE_CHECKING:
    from coldb.engine.bind.clauses.grouping import Grouping
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb.engine.functions.aggregates import AggregateDefinition

__all__ = ["ARGUMENT", "aggregate_call", "bind_aggregate", "grouping_for", "holds_aggregate"]

_NUMBERS = ("no", "one", "two")
ARGUMENT = "the argument of an aggregate function"


def bind_aggregate(binder: ExpressionBinder, node: ast.FunctionCall) -> Expression:
    """An aggregate call, as the field of the groups that will hold it. Raises ProgrammingError."""
    name, grouping = node.name.text, grouping_for(binder, node)
    if aggregate_definition(name).function == GROUPING_SET:
        return bind_grouping(binder, node)
    fractions = node.arguments[0] if node.arguments and node.within_group else None
    if isinstance(fractions, ast.Cast) and fractions.type.is_array:
        fractions = fractions.operand
    if isinstance(fractions, ast.ArrayValue):
        return binder.bind(_percentiles(node, fractions))
    inner = binder.for_clause(ARGUMENT)
    call, nullable = aggregate_call(inner, node)
    if aggregate_definition(name).order == "within group":
        for fraction in call.arguments[1:]:
            grouping.over(fraction, inner, node.span)
    _check_level(call, inner, node)
    grouping.attachments += inner.attachments
    return grouping.add_call(call, name, nullable)


def _check_level(call: AggregateCall, binder: ExpressionBinder, node: ast.FunctionCall) -> None:
    """In SQL an aggregate of nothing but outer columns is one of the query that these are of."""
    own = binder.scope.fields()
    read = frozenset().union(*map(fields_of, call.expressions))
    if read and read <= binder.scope.reachable_fields() - own:
        message = f"{node.name.text} of columns of the query around this one is not supported: compute it there"
        raise NotSupportedError(message, node.span)


def holds_aggregate(node: ast.Expression) -> bool:
    """Whether an aggregate is called in the expression, but not in a query inside of it."""
    inside = {id(part) for one in nodes(node) if isinstance(one, ast.Query) for part in nodes(one)}
    return any(
        isinstance(part, ast.FunctionCall)
        and part.over is None
        and (is_aggregate(part.name.text) or part.within_group)
        and id(part) not in inside
        for part in nodes(node)
    )


def _percentiles(node: ast.FunctionCall, fractions: ast.ArrayValue) -> ast.Expression:
    """percentile_cont(ARRAY[a, b]) written out: an array of percentiles, NULL over no values."""
    each = (replace(node, arguments=(fraction,)) for fraction in fractions.items)
    array = ast.ArrayValue(tuple(each), node.span)
    values = tuple(item.expression for item in node.order_by)
    name = replace(node.name, text="count")
    count = ast.FunctionCall(name, values, filter=node.filter, span=node.span)
    no_values = ast.Binary("=", (count, ast.Literal(0, node.span)), node.span)
    return ast.Case(None, ((no_values, ast.Literal(None, node.span)),), array, node.span)


def grouping_for(binder: ExpressionBinder, node: ast.FunctionCall) -> Grouping:
    """The groups that an aggregate call is of. Raises ProgrammingError where there can be none."""
    if binder.grouping is not None:
        return binder.grouping
    name = node.name.text
    if binder.clause == ARGUMENT:
        message = f"{name} cannot stand inside another aggregate function"
    else:
        message = f"{name} is an aggregate function, and there can be none in {binder.clause}"
        if binder.clause == "WHERE":
            message += ": test it in HAVING"
    raise ProgrammingError(message, node.span)


def aggregate_call(binder: ExpressionBinder, node: ast.FunctionCall) -> tuple[AggregateCall, bool]:
    """The call over the rows that `binder` sees, and whether its result can be NULL."""
    definition = aggregate_definition(node.name.text)
    if definition.function == GROUPING_SET:
        raise ProgrammingError("GROUPING looks at its own group only: leave out OVER", node.span)
    if node.ignore_nulls:
        message = f"IGNORE NULLS is for window functions such as lag, and {definition.name} is none"
        raise ProgrammingError(message, node.span)
    if node.arguments == (ast.Star(),):
        call = _count_rows(node)
    elif definition.name == "count" and _is_row(node):
        call = _count_of_rows(binder, node)
    else:
        call = _call(binder, node, definition)
    if node.filter is not None:
        call = replace(call, filter=binder.condition(node.filter, "FILTER"))
    return call, not definition.never_null


def _count_rows(node: ast.FunctionCall) -> AggregateCall:
    if node.name.text != "count" or node.distinct or node.order_by:
        raise ProgrammingError("only count takes *, without DISTINCT and ORDER BY", node.span)
    return AggregateCall("count_star", (), BIGINT)


def _is_row(node: ast.FunctionCall) -> bool:
    return len(node.arguments) == 1 and isinstance(node.arguments[0], ast.RowValue)


def _count_of_rows(binder: ExpressionBinder, node: ast.FunctionCall) -> AggregateCall:
    """count([DISTINCT] (a, b)): a row counts whatever is NULL in it."""
    (row,) = node.arguments
    assert isinstance(row, ast.RowValue)
    operands = map(binder.operand, row.items)
    values = tuple(
        convert(operand, VARCHAR) if operand.untyped else operand.expression for operand in operands
    )
    return AggregateCall("count_star", values if node.distinct else (), BIGINT, node.distinct)


def _call(
    binder: ExpressionBinder, node: ast.FunctionCall, definition: AggregateDefinition
) -> AggregateCall:
    """A call of typed arguments. Sorted values come first among them."""
    _check_form(node, definition)
    operands = [binder.operand(argument) for argument in node.arguments]
    keys = [binder.operand(item.expression) for item in node.order_by]
    if definition.order == "within group":
        operands = keys + operands
    with located(operands[0].span):
        typing = resolve_aggregate(definition.name, [operand.type for operand in operands])
    for default in definition.left_out(len(operands)):
        operands.append(Operand(default, node.span))
    values = tuple(map(convert, operands, typing.parameters))
    order = _order(node, definition, values, [key.expression for key in keys])
    distinct = {"matters": node.distinct, "ignored": False, "always": True}[definition.distinct]
    if distinct and not {key.expression for key in order} <= {*values}:
        message = f"with DISTINCT, {definition.name} can be ordered by its arguments only"
        raise ProgrammingError(message, node.order_by[0].span)
    function = definition.function
    if order and definition.in_order:
        function = definition.in_order
    elif definition.order == "any":
        order = ()
    return AggregateCall(function, values, typing.result, distinct, order_by=order)


def _order(
    node: ast.FunctionCall,
    definition: AggregateDefinition,
    values: tuple[Expression, ...],
    keys: list[Expression],
) -> tuple[SortKey, ...]:
    """The order in which the function sees its rows; that of the values if only DISTINCT is given,
    as in PostgreSQL, which sorts to find equal ones."""
    if definition.order == "within group":
        return (sort_key(node.order_by[0], values[0]),)
    if definition.order == "ascending" or (node.distinct and not keys):
        sorted_values = values[:1] if definition.order == "ascending" else values
        return tuple(SortKey(value, descending=False, nulls_first=False) for value in sorted_values)
    return tuple(map(sort_key, node.order_by, keys))


def _check_form(node: ast.FunctionCall, definition: AggregateDefinition) -> None:
    """Raises ProgrammingError where the parts of a call are not those that the function has."""
    name, given = definition.name, len(node.arguments)
    if not definition.least <= given <= definition.most:
        hint = "; write count(*) to count rows" if name == "count" and not given else ""
        counts = dict.fromkeys((definition.least, definition.most))
        wanted = " or ".join(_NUMBERS[count] for count in counts)
        plural = "s" if definition.most > 1 else ""
        message = f"{name} takes {wanted} argument{plural}, not {given or 'none'}{hint}"
        raise ProgrammingError(message, node.span)
    match definition.order:
        case "within group":
            if len(node.order_by) != 1 or not node.within_group or node.distinct:
                message = f"{name} is written like {definition.example}"
                raise ProgrammingError(message, node.span)
        case "ascending" if node.order_by:
            message = f"{name} sorts its values itself: leave out ORDER BY"
            raise ProgrammingError(message, node.order_by[0].span)
        case "any" if node.within_group:
            message = f"{name} takes no WITHIN GROUP: the order of the rows does not matter to it"
            raise ProgrammingError(message, node.span)
        case _:
            pass
