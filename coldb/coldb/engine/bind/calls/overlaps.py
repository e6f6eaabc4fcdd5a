"""OVERLAPS: whether two periods have a moment in common, as PostgreSQL decides it.

A period is its two ends, in any order, or a start and an interval. It holds its start and not its
end, unless both are the same. An end that is NULL may be anything, and so may the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import Operand, call, compare, operate, unify
from coldb.engine.expressions import And, Case, Constant, IsNull, Not
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BOOLEAN, INTERVAL, Kind

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression
    from coldb_grammar import ast

__all__ = ["bind_overlaps"]

_KINDS = (Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_TRUE, _FALSE, _NULL = (Constant(value, BOOLEAN) for value in (True, False, None))


def bind_overlaps(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    """`(a, b) OVERLAPS (c, d)`, its four operands in this order. Raises ProgrammingError."""
    ends = []
    for start, end in (operands[:2], operands[2:]):
        if end.type == INTERVAL:
            end = Operand(operate("+", start, end, node.span), end.span)
        ends += [start, end]
    type_, bounds = unify(ends, "OVERLAPS")
    if type_.kind not in _KINDS:
        message = f"OVERLAPS compares dates, times and timestamps, not {type_}"
        raise ProgrammingError(message, node.span)
    one, other, third, fourth = bounds
    left, right = _Period(one, other, node.span), _Period(third, fourth, node.span)
    starts = Operand(left.start, node.span), Operand(right.start, node.span)
    both = And((Not(IsNull(left.end)), Not(IsNull(right.end))))
    return Case(
        (
            (compare(">", *starts, node.span), _begins_within(left, right, node.span)),
            (compare("<", *starts, node.span), _begins_within(right, left, node.span)),
            (And((compare("=", *starts, node.span), both)), _TRUE),
        ),
        _NULL,
        BOOLEAN,
    )


class _Period:
    """`start` is the earlier of the ends that are known, `end` the other one."""

    def __init__(self, one: Expression, other: Expression, span: ast.Span) -> None:
        ends = Operand(one, span), Operand(other, span)
        self.start = call("least", ends, span)
        swapped = compare("<=", *ends, span)
        self.end: Expression = Case(
            ((swapped, other), (compare(">", *ends, span), one)), Constant(None, one.type), one.type
        )


def _begins_within(later: _Period, earlier: _Period, span: ast.Span) -> Expression:
    """Of two periods with different starts: whether the later one begins before the other ends."""
    start, end = Operand(later.start, span), Operand(earlier.end, span)
    branches = (
        (IsNull(earlier.end), _NULL),
        (compare("<", start, end, span), _TRUE),
        (IsNull(later.end), _NULL),
    )
    return Case(branches, _FALSE, BOOLEAN)
