"""NULLs of expressions: whether there can be any, and which fields they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from coldb.engine.expressions import (
    And,
    Call,
    Case,
    Cast,
    Constant,
    FieldRef,
    InValues,
    IsNull,
    Not,
    Or,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.expressions import Expression, Field

__all__ = ["is_nullable", "made_null_by", "rejected_by"]


def is_nullable(expression: Expression) -> bool:
    """Whether any row can make the expression NULL. True when in doubt."""
    match expression:
        case FieldRef(field=field):
            return field.nullable
        case Constant(value=value):
            return value is None
        case Call(function=function, arguments=arguments):
            return not function.strict or any(map(is_nullable, arguments))
        case Cast(operand=operand) | Not(operand=operand):
            return is_nullable(operand)
        case And(operands=operands) | Or(operands=operands):
            return any(map(is_nullable, operands))
        case IsNull():
            return False
        case InValues(operand=operand, has_null=has_null):
            return has_null or is_nullable(operand)
        case Case(branches=branches, otherwise=otherwise):
            results = (result for test, result in branches if test != Not(IsNull(result)))
            return is_nullable(otherwise) or any(map(is_nullable, results))
        case _:
            assert_never(expression)


def rejected_by(predicate: Expression) -> frozenset[Field]:
    """Fields of which a NULL makes the predicate FALSE or NULL. Not always all of them."""
    match predicate:
        case And():
            return frozenset().union(*map(rejected_by, predicate.operands))
        case Or():
            first, *others = map(rejected_by, predicate.operands)
            return first.intersection(*others)
        case Not(operand=IsNull() as test):
            return made_null_by(test.operand)
        case _:
            return made_null_by(predicate)


def made_null_by(expression: Expression) -> frozenset[Field]:
    """Fields of which a NULL makes the expression NULL. Not always all of them."""
    match expression:
        case FieldRef():
            return frozenset((expression.field,))
        case Cast() | Not() | InValues():
            return made_null_by(expression.operand)
        case Call():
            return _any_of(expression.arguments) if expression.function.strict else frozenset()
        case And() | Or() | Case() | IsNull() | Constant():
            return frozenset()
        case _:
            assert_never(expression)


def _any_of(expressions: Iterable[Expression]) -> frozenset[Field]:
    return frozenset().union(*map(made_null_by, expressions))
