"""Arrays in expressions: ARRAY[...], ARRAY(query), x[i], comparisons with the elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import Operand, call, convert, unify
from coldb.engine.bind.subqueries.subquery import Subquery
from coldb.engine.calls import AggregateCall
from coldb.engine.expression_tools import coalesce
from coldb.engine.expressions import Call, Constant, FieldRef
from coldb.engine.functions.arrays.functions import ARRAY, any_element
from coldb.engine.functions.coercion import common_type_or_none
from coldb.engine.plan import Limit, Project, Sort
from coldb.errors import NotSupportedError, ProgrammingError
from coldb_warehouse.types import BOOLEAN, NULL, VARCHAR, array_of

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.calls import SortKey
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan
    from coldb_grammar import ast
    from coldb_warehouse.types import Type

__all__ = ["bind_any_element", "bind_array", "bind_array_query", "bind_subscript"]


def bind_array(
    binder: ExpressionBinder, node: ast.ArrayValue, element: Type | None = None
) -> Expression:
    """ARRAY[...]. `element` is the type that a cast around it wants, if there is one."""
    items = [binder.operand(item) for item in node.items]
    if not items:
        if element is None:
            message = "no type tells what ARRAY[] holds: cast it, as in ARRAY[]::INTEGER[]"
            raise ProgrammingError(message, node.span)
        return Constant((), array_of(element))
    type_, values = unify(items, "ARRAY")
    if type_.element is not None:
        raise NotSupportedError("arrays of arrays are not supported", node.span)
    return Call(ARRAY, values, array_of(type_.without_length), node.span)


def bind_array_query(binder: ExpressionBinder, node: ast.ArrayQuery) -> Expression:
    """ARRAY(query): its one column, in its order; no rows give an empty array."""
    subquery = Subquery(binder, node.query, node.span)
    column = subquery.only_column("ARRAY")
    value: Expression = FieldRef(column)
    rows = subquery.plan
    if isinstance(rows, Project) and isinstance(rows.child, Sort | Limit):
        value, rows = rows.expressions[0], rows.child
    if column.type.element is not None:
        raise NotSupportedError("arrays of arrays are not supported", node.span)
    type_ = array_of(column.type.without_length)
    rows, order = _order(rows)
    plan, correlation = subquery.pull_up(rows)
    collected = AggregateCall("array_agg", (value,), type_, order_by=order)
    (found,) = subquery.attach_aggregates(plan, correlation, (collected,))
    return coalesce((found, Constant((), type_)), type_)


def bind_subscript(binder: ExpressionBinder, node: ast.Subscript) -> Expression:
    """`x[i]`."""
    array = binder.operand(node.operand)
    if array.type.element is None:
        raise ProgrammingError(f"{array.type} has no elements: only an array has", node.span)
    return call("[]", (array, binder.operand(node.index)), node.span)


def bind_any_element(
    binder: ExpressionBinder, operator: str, operand: Operand, node: ast.Expression
) -> Expression:
    """Whether the comparison with any element of an array is TRUE. Raises ProgrammingError."""
    array = binder.operand(node)
    element = array.type.element
    if array.untyped:
        element = VARCHAR if operand.untyped else operand.type
    if element is None:
        message = f"ANY and ALL take a query or an array, not {array.type}"
        raise ProgrammingError(message, node.span)
    common = element if operand.type == NULL else common_type_or_none(element, operand.type)
    if common is None:
        message = f"{operand.type} cannot be compared with the elements of {array.type}"
        raise ProgrammingError(message, node.span)
    arguments = (convert(operand, common), convert(array, array_of(common)))
    return Call(any_element(operator), arguments, BOOLEAN, node.span)


def _order(plan: Plan) -> tuple[Plan, tuple[SortKey, ...]]:
    """The rows, and the order that they are in."""
    match plan:
        case Sort(child=child, keys=keys):
            return child, keys
        case Limit(child=Sort(keys=keys)):
            return plan, keys
        case _:
            return plan, ()
