"""The first rows in an order, told by window functions: DISTINCT ON, FETCH FIRST ... WITH TIES, and
LIMIT for each outer row or by the number that a sub-query gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import Operand, call, compare
from coldb.engine.bind.subqueries.attachments import attach
from coldb.engine.calls import DEFAULT_FRAME, WindowCall
from coldb.engine.expression_tools import coalesce
from coldb.engine.expressions import Constant, FieldRef, IsNull, Or
from coldb.engine.plan import Filter, Project, Sort, Window
from coldb.errors import ProgrammingError
from coldb_grammar.ast.names import NOWHERE
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.calls import SortKey
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar.ast import Span

__all__ = ["first_of_each", "first_with_ties", "limited_by", "limited_each"]


def first_of_each(
    plan: Plan,
    keys: Sequence[Expression],
    order_by: Sequence[SortKey],
    context: Context,
    span: Span,
) -> Plan:
    """DISTINCT ON: of the rows that agree on the keys, the first one in the order.

    The order has to begin with the keys, or else the rows that are kept would not be in it. Raises
    ProgrammingError.
    """
    sorted_by = [key.expression for key in order_by]
    leading = 0
    while leading < len(sorted_by) and sorted_by[leading] in keys:
        leading += 1
    others_first = any(expression in keys for expression in sorted_by[leading:])
    if leading < len(sorted_by) and (others_first or not set(keys) <= set(sorted_by[:leading])):
        message = "ORDER BY has to begin with the expressions of DISTINCT ON"
        raise ProgrammingError(message, span)
    number = context.field("row_number", BIGINT, nullable=False)
    rows = _ranked(plan, tuple(keys), tuple(order_by[leading:]), {"row_number": number})
    return _kept(rows, [_compared(number, "=", 1)], plan.fields)


def limited_by(
    plan: Plan,
    count: Expression | None,
    offset: Expression | None,
    attachments: Sequence[Attachment],
    context: Context,
) -> Plan:
    """LIMIT and OFFSET whose numbers sub-queries give, which stand beside the numbered rows."""
    keys: tuple[SortKey, ...] = ()
    rows = plan
    if isinstance(plan, Sort):
        keys, rows = plan.keys, plan.child
    number = context.field("row_number", BIGINT, nullable=False)
    zero = Constant(0, BIGINT)
    skipped = zero if offset is None else coalesce((offset, zero), BIGINT)
    place = Operand(FieldRef(number), NOWHERE)
    tests = [compare(">", place, Operand(skipped, NOWHERE), NOWHERE)]
    if count is not None:
        last = call("+", (Operand(skipped, NOWHERE), Operand(count, NOWHERE)), NOWHERE)
        within = compare("<=", place, Operand(last, NOWHERE), NOWHERE)
        tests.append(Or((IsNull(count), within)))
    numbered = attach(_ranked(rows, (), keys, {"row_number": number}), attachments)
    kept = _kept(numbered, tests, plan.fields)
    return Sort(kept, keys) if keys else kept


def limited_each(
    rows: Plan,
    keys: tuple[Expression, ...],
    order_by: Sequence[SortKey],
    count: int | None,
    offset: int,
    context: Context,
) -> Plan:
    """LIMIT by itself for each group of rows that agree on the keys."""
    number = context.field("row_number", BIGINT, nullable=False)
    tests = [_compared(number, ">", offset)] if offset else []
    if count is not None:
        tests.append(_compared(number, "<=", count + offset))
    numbered = _ranked(rows, keys, tuple(order_by), {"row_number": number})
    return _kept(numbered, tests, rows.fields)


def first_with_ties(plan: Plan, count: int, offset: int, context: Context) -> Plan:
    """The first rows of a sorted plan behind `offset` others, and those that are sorted as the last."""
    assert isinstance(plan, Sort)
    number = context.field("row_number", BIGINT, nullable=False)
    rank = context.field("rank", BIGINT, nullable=False)
    rows = _ranked(plan.child, (), plan.keys, {"row_number": number, "rank": rank})
    tests = [_compared(rank, "<=", count + offset)]
    if offset:
        tests.append(_compared(number, ">", offset))
    return Sort(_kept(rows, tests, plan.fields), plan.keys)


def _ranked(
    plan: Plan,
    partition_by: tuple[Expression, ...],
    order_by: tuple[SortKey, ...],
    results: dict[str, Field],
) -> Window:
    calls = tuple(WindowCall(name, (), BIGINT, DEFAULT_FRAME, len(order_by)) for name in results)
    return Window(plan, partition_by, order_by, calls, tuple(results.values()))


def _compared(field: Field, operator: str, number: int) -> Expression:
    left, right = Operand(FieldRef(field), NOWHERE), Operand(Constant(number, BIGINT), NOWHERE)
    return compare(operator, left, right, NOWHERE)


def _kept(rows: Plan, tests: Sequence[Expression], fields: tuple[Field, ...]) -> Plan:
    """The rows that pass the tests, without the columns that were made for these."""
    return Project(Filter(rows, tuple(tests)), fields, tuple(map(FieldRef, fields)))
