"""What rules do to any node alike: change its expressions, rename its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.plan import (
    Aggregate,
    CommonScan,
    Filter,
    FrameScan,
    Join,
    Lookup,
    Project,
    Scan,
    SetOperation,
    Sort,
    TopN,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["new_fields", "with_expressions", "with_fields"]


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
            calls = tuple(call.rewritten(change) for call in plan.aggregates)
            return replace(plan, keys=changed(plan.keys), aggregates=calls)
        case Sort() | TopN():
            keys = tuple(replace(key, expression=change(key.expression)) for key in plan.keys)
            return replace(plan, keys=keys)
        case _:
            return plan


def new_fields(plan: Plan) -> tuple[Field, ...]:
    """The fields that the node itself makes: those of its output that no child has."""
    match plan:
        case Scan() | FrameScan() | CommonScan():
            return plan.fields
        case Project() | Aggregate() | SetOperation():
            return plan.fields
        case _:
            return ()


def with_fields(plan: Plan, rename: Callable[[Field], Field]) -> Plan:
    """The node with the fields that it names itself, other than in expressions, renamed."""
    match plan:
        case Scan() | FrameScan() | CommonScan():
            return replace(plan, fields=tuple(map(rename, plan.fields)))
        case Project() | Aggregate() | SetOperation():
            return replace(plan, fields=tuple(map(rename, plan.fields)))
        case Lookup():
            return replace(plan, position=rename(plan.position))
        case _:
            return plan
