"""Expressions that read no rows, computed when they are bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.batch import Batch
from coldb.engine.evaluate import EvaluationContext, evaluate
from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import Constant

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb.engine.expressions import Expression

__all__ = ["folded"]


def folded(expression: Expression, context: Context) -> Constant | None:
    """The value of an expression without fields; None if it has any. DataError as for 1 / 0."""
    if isinstance(expression, Constant):
        return expression
    if fields_of(expression):
        return None
    vector = evaluate(expression, Batch(1, {}), EvaluationContext({}, context.now)).plain()
    if vector.valid is not None and not vector.valid[0]:
        return Constant(None, expression.type)
    return Constant(vector.data[:1].tolist()[0], expression.type)
