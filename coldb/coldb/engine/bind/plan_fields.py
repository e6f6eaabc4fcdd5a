"""Which fields the expressions of a plan read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of, is_volatile
from coldb.engine.plan import Aggregate, Filter, Generate, Join, Project, Scan, Sort, TopN, Window, children

if TYPE_CHECKING:
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import AggregateCall, Plan

__all__ = ["call_parts", "fields_read", "has_volatile", "own_expressions"]


def fields_read(plan: Plan) -> frozenset[Field]:
    """All fields in the expressions of the plan, its own and those of queries around it."""
    own = map(fields_of, own_expressions(plan))
    return frozenset().union(*own, *map(fields_read, children(plan)))


def own_expressions(plan: Plan) -> tuple[Expression, ...]:
    """The expressions of a node itself."""
    match plan:
        case Filter() | Scan():
            return plan.predicates
        case Project():
            return plan.expressions
        case Join():
            return (*(side for pair in plan.equalities for side in pair), *plan.residual)
        case Aggregate():
            return (*plan.keys, *call_parts(plan.aggregates))
        case Sort() | TopN():
            return tuple(key.expression for key in plan.keys)
        case Window():
            return plan.expressions
        case Generate():
            return tuple(argument for call in plan.calls for argument in call.arguments)
        case _:
            return ()


def has_volatile(plan: Plan) -> bool:
    """Whether another run of the plan may give other rows."""
    own = any(map(is_volatile, own_expressions(plan)))
    return own or any(map(has_volatile, children(plan)))


def call_parts(calls: tuple[AggregateCall, ...]) -> tuple[Expression, ...]:
    """The expressions of aggregate calls."""
    return tuple(part for call in calls for part in call.expressions)
