"""Calls of set-returning functions: in FROM, and in a select list, whose rows they repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.bind.context import located
from coldb.engine.bind.conversions import convert
from coldb.engine.expressions import FieldRef
from coldb.engine.functions.arrays.sets import resolve_set
from coldb.engine.plan import Generate, SetCall
from coldb.errors import ProgrammingError
from coldb_warehouse.types import NULL, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coldb.engine.bind.context import Context
    from coldb.engine.bind.conversions import Operand
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar import ast

__all__ = ["SelectedSets", "bind_selected_set", "bind_set_calls"]


class SelectedSets:
    """The set-returning calls of one select list, or of one GROUP BY: all are computed side by side."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._calls: dict[SetCall, Field] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, call: SetCall) -> FieldRef:
        """The field that holds the values of a call; equal calls share one."""
        if call not in self._calls:
            self._calls[call] = self._context.field(call.function, call.type)
        return FieldRef(self._calls[call])

    def rewrite(self, change: Callable[[Expression], Expression]) -> None:
        """Changes each of the arguments."""
        self._calls = {
            SetCall(call.function, tuple(map(change, call.arguments)), call.type): field
            for call, field in self._calls.items()
        }

    def plan(self, rows: Plan) -> Plan:
        """The rows, each as often as its calls have values."""
        if not self._calls:
            return rows
        return Generate(rows, tuple(self._calls), tuple(self._calls.values()))


def bind_selected_set(binder: ExpressionBinder, node: ast.FunctionCall) -> FieldRef:
    """A call in a select list. Raises ProgrammingError where there can be none."""
    name, selected = node.name.text, binder.sets
    if selected is None:
        place = f"in {binder.clause}" if binder.clause != "SELECT" else "inside another one"
        message = f"{name} gives any number of rows, so it cannot stand {place}"
        raise ProgrammingError(f"{message}, but in FROM and in the select list", node.span)
    binder.sets = None
    calls = bind_set_calls(binder, node)
    binder.sets = selected
    if len(calls) != 1:
        raise ProgrammingError(f"{name} of several arrays can stand in FROM only", node.span)
    return selected.add(calls[0])


def bind_set_calls(binder: ExpressionBinder, node: ast.FunctionCall) -> tuple[SetCall, ...]:
    """A call of a set-returning function; of unnest, a call for each of its arrays."""
    name = node.name.text
    if node.distinct or node.filter is not None or node.over is not None or node.order_by:
        message = f"{name} takes no DISTINCT, FILTER, OVER and ORDER BY"
        raise ProgrammingError(message, node.span)
    operands = [binder.operand(argument) for argument in node.arguments]
    if name == "unnest" and len(operands) > 1:
        return tuple(_call(name, [operand], node) for operand in operands)
    return (_call(name, operands, node),)


def _call(name: str, operands: Sequence[Operand], node: ast.FunctionCall) -> SetCall:
    with located(node.span):
        parameters, result = resolve_set(name, tuple(operand.type for operand in operands))
    if result == NULL:
        result = VARCHAR
    values = tuple(
        convert(operand, parameter) for operand, parameter in zip(operands, parameters, strict=True)
    )
    return SetCall(name, values, result)
