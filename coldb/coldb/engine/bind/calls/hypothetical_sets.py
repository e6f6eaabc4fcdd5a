"""rank(5) WITHIN GROUP (ORDER BY x): where a row of these values would stand among the rows.

All four functions are counts of the rows that stand before it, so nothing has to be sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.calls.aggregates import ARGUMENT, grouping_for
from coldb.engine.bind.clauses.sorting import sort_key
from coldb.engine.bind.conversions import Operand, compare, operate
from coldb.engine.calls import AggregateCall
from coldb.engine.expressions import And, Case, Cast, Constant, IsNull, Not, Or
from coldb.errors import ProgrammingError
from coldb_warehouse.types import BIGINT, DOUBLE

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression, FieldRef
    from coldb_grammar import ast

__all__ = ["HYPOTHETICAL_SETS", "bind_hypothetical_set"]

HYPOTHETICAL_SETS = frozenset({"rank", "dense_rank", "percent_rank", "cume_dist"})


def bind_hypothetical_set(binder: ExpressionBinder, node: ast.FunctionCall) -> Expression:
    """A call with WITHIN GROUP of a function of HYPOTHETICAL_SETS. Raises ProgrammingError."""
    grouping = grouping_for(binder, node)
    inner = binder.for_clause(ARGUMENT)
    if len(node.arguments) != len(node.order_by) or node.distinct:
        name = node.name.text
        message = f"{name} takes a value for each expression of WITHIN GROUP (ORDER BY ...)"
        raise ProgrammingError(message, node.span)
    counts = _Counts(inner, node)
    for value in counts.values:
        grouping.over(value.expression, inner, node.span)

    def counted(call: AggregateCall) -> FieldRef:
        return grouping.add_call(call, "count", nullable=False)

    match node.name.text:
        case "rank":
            result = _sum(counted(counts.before()), 1, node)
        case "dense_rank":
            result = _sum(counted(counts.before(different=True)), 1, node)
        case "percent_rank":
            result = _share(counted(counts.before()), counted(counts.all_rows()), node)
        case _:
            up_to = _sum(counted(counts.before(or_beside=True)), 1, node)
            result = _share(up_to, _sum(counted(counts.all_rows()), 1, node), node)
    grouping.attachments += inner.attachments
    return result


class _Counts:
    """Counts of the rows that the call sees, compared to the row of its values."""

    def __init__(self, binder: ExpressionBinder, node: ast.FunctionCall) -> None:
        self.values = [binder.operand(argument) for argument in node.arguments]
        self._node = node
        self._keys = [binder.operand(item.expression) for item in node.order_by]
        self._wanted: tuple[Expression, ...] = ()
        if node.filter is not None:
            self._wanted = (binder.condition(node.filter, "FILTER"),)

    def all_rows(self) -> AggregateCall:
        return AggregateCall("count_star", (), BIGINT, filter=self._filter(()))

    def before(self, *, or_beside: bool = False, different: bool = False) -> AggregateCall:
        """The rows before the row of the values, perhaps with those that are equal to it; perhaps
        equal ones counted once."""
        ways: list[Expression] = []
        same: tuple[Expression, ...] = ()
        for item, key, value in zip(self._node.order_by, self._keys, self.values, strict=True):
            ways.append(_all((*same, self._is_before(item, key, value))))
            same += (compare("is not distinct from", key, value, self._node.span),)
        if or_beside:
            ways.append(_all(same))
        keys = tuple(key.expression for key in self._keys) if different else ()
        chosen = self._filter((ways[0] if len(ways) == 1 else Or(tuple(ways)),))
        return AggregateCall("count_star", keys, BIGINT, different, chosen)

    def _is_before(self, item: ast.SortItem, key: Operand, value: Operand) -> Expression:
        order = sort_key(item, key.expression)
        smaller = compare(">" if order.descending else "<", key, value, self._node.span)
        nulls = [IsNull(key.expression), IsNull(value.expression)]
        first, last = nulls if order.nulls_first else reversed(nulls)
        return Or((smaller, And((first, Not(last)))))

    def _filter(self, conditions: tuple[Expression, ...]) -> Expression | None:
        together = self._wanted + conditions
        return _all(together) if together else None


def _all(conditions: tuple[Expression, ...]) -> Expression:
    return conditions[0] if len(conditions) == 1 else And(conditions)


def _sum(count: Expression, number: int, node: ast.FunctionCall) -> Expression:
    one = Operand(Constant(number, BIGINT), node.span)
    return operate("+", Operand(count, node.span), one, node.span)


def _share(part: Expression, whole: Expression, node: ast.FunctionCall) -> Expression:
    """part / whole, 0 of nothing."""
    zero = Operand(Constant(0, BIGINT), node.span)
    is_nothing = compare("=", Operand(whole, node.span), zero, node.span)
    left, right = (Operand(Cast(side, DOUBLE, implicit=True), node.span) for side in (part, whole))
    quotient = operate("/", left, right, node.span)
    return Case(((is_nothing, Constant(0.0, DOUBLE)),), quotient, DOUBLE)
