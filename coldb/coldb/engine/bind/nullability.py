"""Whether an expression can be NULL, told from the fields it reads. TRUE when in doubt."""

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
    from coldb.engine.expressions import Expression

__all__ = ["is_nullable"]


def is_nullable(expression: Expression) -> bool:
    """Whether any row can make the expression NULL."""
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
