"""Which NULLs keep a row from passing a condition."""

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

__all__ = ["made_null_by", "rejected_by"]


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
