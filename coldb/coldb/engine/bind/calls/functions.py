"""Calls of scalar functions, and the forms that look like calls but are not."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from coldb.engine.bind.calls.elsewhere import written_here
from coldb.engine.bind.calls.forms import FORMS
from coldb.engine.bind.calls.macros import bind_macro
from coldb.engine.bind.conversions import call
from coldb.engine.bind.names import did_you_mean
from coldb.engine.bind.type_names import is_type_name
from coldb.engine.functions import function_names
from coldb.engine.functions.aggregates import aggregate_names, is_aggregate
from coldb.engine.functions.windows import WINDOW_FUNCTIONS, window_function_names
from coldb.errors import ProgrammingError
from coldb_grammar import ast

if TYPE_CHECKING:
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression

__all__ = ["bind_extract", "bind_function", "is_function"]


def bind_function(binder: ExpressionBinder, node: ast.FunctionCall) -> Expression:
    """A call of a scalar function. Raises ProgrammingError."""
    name = node.name.text
    if name not in _callable_names():
        macro = binder.context.catalog.at(binder.surroundings.past).macro(name)
        if macro is not None:
            return bind_macro(binder, node, macro)
        if len(node.arguments) == 1 and is_type_name(name.upper()):
            return binder.bind(_as_cast(node))
        raise ProgrammingError(f"no function {name}{_hint(name)}", node.name.span)
    if node.distinct or node.filter is not None or node.order_by:
        word = "DISTINCT" if node.distinct else "ORDER BY" if node.order_by else "FILTER"
        raise ProgrammingError(f"{word} is for aggregate functions, and {name} is none", node.span)
    operands = [binder.operand(argument) for argument in node.arguments]
    form = FORMS.get(name)
    return call(name, operands, node.span) if form is None else form.bind(operands, node)


def _as_cast(node: ast.FunctionCall) -> ast.Cast:
    """`date(x)` as `CAST(x AS DATE)`: where no function has the name of a type, PostgreSQL casts."""
    type_ = ast.TypeName(node.name.text.upper(), span=node.name.span)
    return ast.Cast(node.arguments[0], type_, span=node.span)


def _hint(name: str) -> str:
    here = written_here(name)
    if here is not None:
        return f": write {here}"
    return did_you_mean(name, (*_callable_names(), *aggregate_names(), *window_function_names()))


def bind_extract(binder: ExpressionBinder, node: ast.Extract) -> Expression:
    """EXTRACT(field FROM x)."""
    return call(f"extract_{node.part}", (binder.operand(node.operand),), node.span)


def is_function(name: str) -> bool:
    """Whether there is a function of that name that no user has defined."""
    return name in _callable_names() or is_aggregate(name) or name in WINDOW_FUNCTIONS


@cache
def _callable_names() -> frozenset[str]:
    return frozenset((*function_names(), *FORMS))
