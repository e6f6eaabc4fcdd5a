"""EXECUTE: the values that it gives to the parameters of a prepared statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coldb.engine.bind.constants import folded
from coldb.engine.bind.context import Surroundings
from coldb.engine.bind.conversions import convert
from coldb.engine.bind.expressions import ExpressionBinder
from coldb.engine.bind.queries import new_context
from coldb.engine.bind.scopes import Scope
from coldb.engine.functions.coercion import assignment_cast_allowed
from coldb.errors import NotSupportedError, ProgrammingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.catalog import Catalog
    from coldb.engine.bind.context import Parameters
    from coldb_grammar import ast
    from coldb_warehouse.types import Type

__all__ = ["bind_arguments"]


def bind_arguments(
    nodes: Sequence[ast.Expression],
    types: Sequence[Type],
    catalog: Catalog,
    parameters: Parameters,
) -> list[Any]:
    """Constants, of the declared types as far as these go. A string or NULL of no declared type is
    given as a Python value, whose type is open as that of a literal is."""
    context = new_context(catalog, parameters)
    values: list[Any] = []
    for number, node in enumerate(nodes):
        binder = ExpressionBinder(context, Scope(), Surroundings(), "EXECUTE")
        operand = binder.operand(node)
        declared = types[number] if number < len(types) else None
        expression = operand.expression
        if declared is not None:
            if not operand.untyped and not assignment_cast_allowed(operand.type, declared):
                message = f"parameter {number + 1} is {declared}, not {operand.type}: cast it"
                raise ProgrammingError(message, node.span)
            expression = convert(operand, declared)
        constant = None if binder.attachments else folded(expression)
        if constant is None:
            raise NotSupportedError("a value of EXECUTE must be a constant", node.span)
        values.append(constant.value if operand.untyped and declared is None else constant)
    context.check_parameters_used()
    return values
