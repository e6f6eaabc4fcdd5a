"""What is asked of any node of a plan, and done to it: its expressions and its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of, is_volatile
from coldb.engine.plan import (
    Aggregate,
    CommonScan,
    Filter,
    FrameScan,
    Generate,
    Join,
    Lookup,
    Project,
    Recursive,
    Scan,
    SetOperation,
    Sort,
    TopN,
    Window,
    WorkingTable,
    children,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.calls import AggregateCall
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = [
    "call_parts",
    "fields_read",
    "has_volatile",
    "new_fields",
    "own_expressions",
    "with_expressions",
    "with_fields",
]


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


def call_parts(calls: tuple[AggregateCall, ...]) -> tuple[Expression, ...]:
    """The expressions of aggregate calls."""
    return tuple(part for call in calls for part in call.expressions)


def fields_read(plan: Plan) -> frozenset[Field]:
    """All fields in the expressions of the plan, its own and those of queries around it."""
    own = map(fields_of, own_expressions(plan))
    return frozenset().union(*own, *map(fields_read, children(plan)))


def has_volatile(plan: Plan) -> bool:
    """Whether another run of the plan may give other rows."""
    own = any(map(is_volatile, own_expressions(plan)))
    return own or any(map(has_volatile, children(plan)))


def with_expressions(plan: Plan, change: Callable[[Expression], Expression]) -> Plan:
    """The node with each of its own expressions changed."""

    def changed(expressions: Iterable[Expression]) -> tuple[Expression, ...]:
        return tuple(map(change, expressions))

    match plan:
        case Filter() | Scan():
            return replace(plan, predicates=changed(plan.predicates))
        case Project():
            return replace(plan, expressions=changed(plan.expressions))
        case Join():
            pairs = tuple((change(left), change(right)) for left, right in plan.equalities)
            return replace(plan, equalities=pairs, residual=changed(plan.residual))
        case Aggregate():
            aggregates = tuple(call.rewritten(change) for call in plan.aggregates)
            return replace(plan, keys=changed(plan.keys), aggregates=aggregates)
        case Sort() | TopN():
            keys = tuple(key.rewritten(change) for key in plan.keys)
            return replace(plan, keys=keys)
        case Window():
            return plan.rewritten(change)
        case Generate():
            calls = (replace(call, arguments=changed(call.arguments)) for call in plan.calls)
            return replace(plan, calls=tuple(calls))
        case _:
            return plan


def new_fields(plan: Plan) -> tuple[Field, ...]:
    """The fields that the node itself makes: those of its output that no child has."""
    match plan:
        case Scan() | FrameScan() | CommonScan() | WorkingTable():
            return plan.fields
        case Project() | Aggregate() | SetOperation() | Recursive():
            return plan.fields
        case Window():
            return plan.results
        case Generate():
            return plan.fields[len(plan.child.fields) :]
        case _:
            return ()


def with_fields(plan: Plan, rename: Callable[[Field], Field]) -> Plan:
    """The node with the fields that it names itself, other than in expressions, renamed."""
    match plan:
        case Scan() | FrameScan() | CommonScan() | WorkingTable():
            return replace(plan, fields=tuple(map(rename, plan.fields)))
        case Project() | Aggregate() | SetOperation() | Recursive():
            return replace(plan, fields=tuple(map(rename, plan.fields)))
        case Window():
            return replace(plan, results=tuple(map(rename, plan.results)))
        case Generate():
            numbers = None if plan.ordinality is None else rename(plan.ordinality)
            return replace(plan, results=tuple(map(rename, plan.results)), ordinality=numbers)
        case Lookup():
            return replace(plan, position=rename(plan.position))
        case _:
            return plan
