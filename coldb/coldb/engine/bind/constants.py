"""Expressions that read no rows, computed when they are bound."""

from __future__ import annotations

import datetime as dt

from coldb.engine.batch import Batch
from coldb.engine.evaluate import EvaluationContext, evaluate
from coldb.engine.expression_tools import walk
from coldb.engine.expressions import Call, Constant, Expression, FieldRef

__all__ = ["folded"]


def folded(expression: Expression) -> Constant | None:
    """The value of an expression; None if it depends on a field or on the clock.

    Raises DataError where it has none, as 1 / 0 has.
    """
    if isinstance(expression, Constant):
        return expression
    if any(map(_varies, walk(expression))):
        return None
    vector = evaluate(expression, Batch(1, {}), EvaluationContext({}, now=dt.datetime.min)).plain()
    if vector.valid is not None and not vector.valid[0]:
        return Constant(None, expression.type)
    return Constant(vector.data[:1].tolist()[0], expression.type)


def _varies(part: Expression) -> bool:
    return isinstance(part, FieldRef) or (isinstance(part, Call) and part.function.varies)
