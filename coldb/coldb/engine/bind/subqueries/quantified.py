"""ANY and ALL: a value compared with each row of a query, or each element of an array.

Whether x is less than any value of a query tells the largest one; so a comparison needs the extremes
of the query and whether it has rows and NULLs, not its rows. ALL is the negation of ANY with the
opposite comparison, `= ANY` is IN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.arrays import bind_any_element
from coldb.engine.bind.conversions import Operand, compare, unify
from coldb.engine.bind.row_values import bind_comparison
from coldb.engine.bind.subqueries.conditions import bind_in_query
from coldb.engine.bind.subqueries.subquery import COUNT_ROWS, Subquery
from coldb.engine.calls import AggregateCall
from coldb.engine.expression_tools import coalesce
from coldb.engine.expressions import And, Case, Constant, FieldRef, IsNull, Not, Or
from coldb.errors import NotSupportedError
from coldb_grammar import ast
from coldb_warehouse.types import BIGINT, BOOLEAN

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression

__all__ = ["as_membership", "bind_quantified"]

_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_EXTREMES = {"<": ("max",), "<=": ("max",), ">": ("min",), ">=": ("min",), "<>": ("min", "max")}


def as_membership(node: ast.Quantified) -> ast.InQuery | None:
    """`= ANY (query)` as IN and `<> ALL (query)` as NOT IN, which they are; None for others."""
    if not isinstance(node.among, ast.Query):
        return None
    if (node.operator, node.quantifier) not in (("=", "ANY"), ("<>", "ALL")):
        return None
    return ast.InQuery(node.operand, node.among, negated=node.quantifier == "ALL", span=node.span)


def bind_quantified(
    binder: ExpressionBinder, node: ast.Quantified, filtering: bool = False
) -> Expression:
    """`x operator ANY | ALL (...)`. `filtering` is as for the binding of expressions."""
    membership = as_membership(node)
    if membership is not None:
        return bind_in_query(binder, membership, filtering)
    is_all = node.quantifier == "ALL"
    operator = _OPPOSITE[node.operator] if is_all else node.operator
    match node.among:
        case ast.Query():
            found = _any_row(binder, node, node.among, operator)
        case ast.ArrayValue(items=items):
            tests = [
                bind_comparison(binder, operator, node.operand, item, node.span) for item in items
            ]
            found = Or((Constant(False, BOOLEAN), *tests))
        case array:
            found = bind_any_element(binder, operator, binder.operand(node.operand), array)
    return Not(found) if is_all else found


def _any_row(
    binder: ExpressionBinder, node: ast.Quantified, query: ast.Query, operator: str
) -> Expression:
    """Whether the comparison with any row is TRUE; NULL where it is not, but is NULL with some row."""
    if isinstance(node.operand, ast.RowValue):
        message = "rows are compared with ANY and ALL rows of a query by = ANY and <> ALL only"
        raise NotSupportedError(message, node.span)
    operand = binder.operand(node.operand)
    subquery = Subquery(binder, query, node.span)
    column = FieldRef(subquery.only_column(node.quantifier))
    _, (left, value) = unify((operand, Operand(column, query.span)), node.quantifier)
    plan, correlation = subquery.pull_up(subquery.plan)
    calls = tuple(AggregateCall(extreme, (value,), value.type) for extreme in _EXTREMES[operator])
    calls += (COUNT_ROWS, AggregateCall("count", (value,), BIGINT))
    *bounds, rows, values = subquery.attach_aggregates(plan, correlation, calls)
    subject = Operand(left, node.operand.span)
    found = [compare(operator, subject, Operand(bound, query.span), node.span) for bound in bounds]
    zero = Constant(0, BIGINT)
    counts = [Operand(coalesce((count, zero), BIGINT), query.span) for count in (rows, values)]
    any_rows = compare(">", counts[0], Operand(zero, query.span), node.span)
    any_null = compare("<", counts[1], counts[0], node.span)
    unknown = And((any_rows, Or((IsNull(left), any_null))))
    true, false, null = (Constant(known, BOOLEAN) for known in (True, False, None))
    hit = found[0] if len(found) == 1 else Or(tuple(found))
    return Case(((hit, true), (unknown, null)), false, BOOLEAN)
