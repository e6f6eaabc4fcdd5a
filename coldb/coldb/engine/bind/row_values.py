"""Rows of values: what it means to compare (a, b) with (c, d).

Rows are equal when all their values are. Which of two is less tells the first pair of values that is
not equal, and a NULL in that pair makes the answer NULL; all of it follows from AND and OR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coldb.engine.bind.conversions import Operand, compare
from coldb.engine.bind.subqueries.values import bind_row_query
from coldb.engine.expressions import And, IsNull, Not, Or
from coldb.errors import ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression

__all__ = ["Row", "bind_comparison", "bind_is_null", "bind_row", "compare_rows"]

Row: TypeAlias = "tuple[Operand, ...]"
"""The values of a row, of one or more of them; a value that is none is a row of one."""

_STRICT = {"<=": "<", ">=": ">"}


def bind_comparison(
    binder: ExpressionBinder,
    operator: str,
    left: ast.Expression,
    right: ast.Expression,
    span: ast.Span,
) -> Expression:
    """A comparison of two values, or of two rows."""
    width = max(_width(left), _width(right))
    return compare_rows(
        operator, bind_row(binder, left, width), bind_row(binder, right, width), span
    )


def bind_row(binder: ExpressionBinder, node: ast.Expression, width: int = 1) -> Row:
    """The values of a node. A query in parentheses gives as many as `width` says are wanted."""
    match node:
        case ast.RowValue():
            return tuple(map(binder.operand, node.items))
        case ast.ScalarQuery() if width > 1:
            return tuple(Operand(value, node.span) for value in bind_row_query(binder, node, width))
        case _:
            return (binder.operand(node),)


def bind_is_null(binder: ExpressionBinder, node: ast.IsNull) -> Expression:
    """IS [NOT] NULL. A row is NULL if all its values are, and NOT NULL if none is."""
    tests = [IsNull(value.expression) for value in bind_row(binder, node.operand)]
    return _all([Not(test) for test in tests] if node.negated else tests)


def compare_rows(operator: str, left: Row, right: Row, span: ast.Span) -> Expression:
    """A comparison of rows. Raises ProgrammingError for rows of different width."""
    if len(left) != len(right):
        message = f"rows of {len(left)} and of {len(right)} values cannot be compared"
        raise ProgrammingError(message, span)
    if not left:
        raise ProgrammingError("rows of no values cannot be compared", span)
    pairs = list(zip(left, right, strict=True))
    match operator:
        case "=" | "is not distinct from":
            return _all([compare(operator, one, other, span) for one, other in pairs])
        case "<>" | "is distinct from":
            tests = [compare(operator, one, other, span) for one, other in pairs]
            return tests[0] if len(tests) == 1 else Or(tuple(tests))
        case _:
            return _ordered(operator, pairs, span)


def _ordered(operator: str, pairs: Sequence[tuple[Operand, Operand]], span: ast.Span) -> Expression:
    *before, last = pairs
    result = compare(operator, *last, span)
    for pair in reversed(before):
        first = compare(_STRICT.get(operator, operator), *pair, span)
        result = Or((first, And((compare("=", *pair, span), result))))
    return result


def _all(tests: Sequence[Expression]) -> Expression:
    return tests[0] if len(tests) == 1 else And(tuple(tests))


def _width(node: ast.Expression) -> int:
    return len(node.items) if isinstance(node, ast.RowValue) else 1
