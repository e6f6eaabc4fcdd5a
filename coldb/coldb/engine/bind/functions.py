"""Calls of scalar functions, and the forms that look like calls but are not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from coldb.engine.bind.conversions import call, compare, convert, unify
from coldb.engine.bind.macros import bind_macro
from coldb.engine.bind.names import did_you_mean
from coldb.engine.expression_tools import coalesce, nullif
from coldb.engine.functions import function_names
from coldb.engine.functions.aggregates import aggregate_names, is_aggregate
from coldb.errors import ProgrammingError
from coldb_warehouse.types import VARCHAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.conversions import Operand
    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.expressions import Expression
    from coldb_grammar import ast

__all__ = ["FORMS", "Form", "bind_extract", "bind_function", "is_function"]


def bind_function(binder: ExpressionBinder, node: ast.FunctionCall) -> Expression:
    """A call of a scalar function. Raises ProgrammingError."""
    name = node.name.text
    if name not in _callable_names():
        macro = binder.context.catalog.at(binder.surroundings.past).macro(name)
        if macro is not None:
            return bind_macro(binder, node, macro)
        hint = did_you_mean(name, (*_callable_names(), *aggregate_names()))
        raise ProgrammingError(f"no function {name}{hint}", node.name.span)
    if node.distinct or node.filter is not None:
        word = "DISTINCT" if node.distinct else "FILTER"
        raise ProgrammingError(f"{word} is for aggregate functions, and {name} is none", node.span)
    operands = [binder.operand(argument) for argument in node.arguments]
    form = FORMS.get(name)
    return call(name, operands, node.span) if form is None else form.bind(operands, node)


def bind_extract(binder: ExpressionBinder, node: ast.Extract) -> Expression:
    """EXTRACT(field FROM x)."""
    return call(f"extract_{node.part}", (binder.operand(node.operand),), node.span)


def _coalesce(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    if not operands:
        raise ProgrammingError("coalesce takes at least one argument", node.span)
    type_, values = unify(operands, "coalesce")
    return coalesce(values, type_)


def _nullif(operands: list[Operand], node: ast.FunctionCall) -> Expression:
    if len(operands) != 2:
        raise ProgrammingError(f"nullif takes two arguments, not {len(operands)}", node.span)
    left, right = operands
    equal = compare("=", left, right, node.span)
    type_ = VARCHAR if left.untyped and right.untyped else right.type
    return nullif(convert(left, type_) if left.untyped else left.expression, equal)


@dataclass(frozen=True, slots=True)
class Form:
    """What is written like a function but evaluated otherwise; `arguments` tells a user which it takes."""

    name: str
    bind: Callable[[list[Operand], ast.FunctionCall], Expression]
    arguments: str
    summary: str
    example: str

    def describe(self) -> str:
        return f"{self.name}{self.arguments}"


FORMS = {
    form.name: form
    for form in (
        Form(
            "coalesce",
            _coalesce,
            "(value, ...)",
            "the first value that is not NULL",
            "coalesce(NULL, 7)",
        ),
        Form("nullif", _nullif, "(a, b)", "NULL if they are equal, else `a`", "nullif(3, 3)"),
    )
}


def is_function(name: str) -> bool:
    """Whether there is a function of that name that no user has defined."""
    return name in _callable_names() or is_aggregate(name)


@cache
def _callable_names() -> frozenset[str]:
    return frozenset((*function_names(), *FORMS))
