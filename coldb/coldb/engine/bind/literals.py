"""Literals as constants: numbers get the narrowest type, strings are open until they meet one."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from coldb.engine.expressions import Constant
from coldb.engine.functions.literals import physical_from_python
from coldb.engine.functions.numbers.exact import declared_bounds
from coldb.errors import DataError
from coldb_grammar import ast
from coldb_warehouse.types import DOUBLE

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb_warehouse.types import Type

__all__ = ["exact_constant", "is_untyped", "literal_constant", "plain_literal"]


def literal_constant(node: ast.Literal) -> Constant:
    """The constant of a literal. A number of more digits than DECIMAL has is a DOUBLE."""
    try:
        type_, value = physical_from_python(node.value)
    except DataError:
        return Constant(_double(node), DOUBLE)
    return Constant(value, type_)


def _double(node: ast.Literal) -> float:
    assert isinstance(node.value, int | Decimal)
    try:
        value = float(node.value)
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        raise DataError("the number is out of range for DOUBLE", node.span)
    return value


def plain_literal(node: ast.Expression) -> ast.Literal | None:
    """The node if it is a literal, else None. -2147483648 is one literal, an INTEGER."""
    match node:
        case ast.Literal():
            return node
        case ast.Unary(operator="-", operand=ast.Literal(value=bool())):
            return None
        case ast.Unary(operator="-", operand=ast.Literal(value=int() | Decimal() as number)):
            return ast.Literal(-number, node.span)
        case _:
            return None


def is_untyped(node: ast.Expression, context: Context) -> bool:
    """Whether the type of an expression is for its surroundings to say: a string literal, a NULL,
    or a parameter that is one of them."""
    match node:
        case ast.Literal(value=value):
            return value is None or isinstance(value, str)
        case ast.Parameter():
            value = context.parameter_value(node)
            return value is None or isinstance(value, str)
        case _:
            return False


def exact_constant(constant: Constant, type_: Type) -> Constant | None:
    """The same number as a constant of another exact type; None if that type does not hold it."""
    if not (constant.type.is_exact and type_.is_exact) or constant.value is None:
        return None
    shift = type_.scale - constant.type.scale
    if shift >= 0:
        value, rest = constant.value * 10**shift, 0
    else:
        value, rest = divmod(constant.value, 10**-shift)
    low, high = declared_bounds(type_)
    return Constant(value, type_) if rest == 0 and low <= value <= high else None
