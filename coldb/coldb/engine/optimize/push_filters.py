"""Test conditions as early as possible: on the way out of a scan where one table is enough.

        Filter: d_year = 1997, a = b               Filter: a = b
        └─ CrossProduct                     ->     └─ CrossProduct
           ├─ Scan: lineorder                         ├─ Scan: lineorder
           └─ Scan: dates                             └─ Scan: dates [d_year = 1997]

A condition passes an outer join only into the side whose rows are kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of, is_volatile, replace_fields
from coldb.engine.expressions import And, Constant, FieldRef, Or
from coldb.engine.plan import (
    Aggregate,
    CrossProduct,
    Filter,
    Generate,
    Join,
    Lookup,
    Project,
    Scan,
    SetOperation,
    SingleValue,
    Sort,
    Window,
    children,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["conjuncts", "filtered", "push_filters"]


def push_filters(plan: Plan, context: RuleContext) -> Plan:
    """Moves every filter as far down as its fields and the joins on the way allow."""
    plan = with_children(plan, tuple(push_filters(child, context) for child in children(plan)))
    if isinstance(plan, Filter):
        return _push(plan.child, conjuncts(plan.predicates))
    if isinstance(plan, Join) and plan.residual and not plan.null_aware:
        return _push_residual(plan)
    return plan


def conjuncts(predicates: Iterable[Expression]) -> tuple[Expression, ...]:
    """The conditions that AND joins, each by itself; those that are constantly true are left out."""
    flat: list[Expression] = []
    for predicate in predicates:
        if isinstance(predicate, And):
            flat += conjuncts(predicate.operands)
        elif isinstance(predicate, Or):
            flat += _common_of_branches(predicate)
        elif not (isinstance(predicate, Constant) and predicate.value is True):
            flat.append(predicate)
    return tuple(flat)


def _common_of_branches(predicate: Or) -> tuple[Expression, ...]:
    """(a AND b) OR (a AND c) as a, b OR c: what every branch demands may connect tables or prune a scan."""
    branches = [conjuncts((branch,)) for branch in predicate.operands]
    common = tuple(part for part in branches[0] if all(part in branch for branch in branches[1:]))
    if not common:
        return (predicate,)
    rests = [tuple(part for part in branch if part not in common) for branch in branches]
    if not all(rests):
        return common
    return (*common, Or(tuple(rest[0] if len(rest) == 1 else And(rest) for rest in rests)))


def filtered(plan: Plan, predicates: Sequence[Expression]) -> Plan:
    """The plan with further conditions, as one Filter."""
    if not predicates:
        return plan
    if isinstance(plan, Filter):
        return Filter(plan.child, (*plan.predicates, *predicates))
    return Filter(plan, tuple(predicates))


def _push(plan: Plan, predicates: tuple[Expression, ...]) -> Plan:
    if not predicates:
        return plan
    match plan:
        case Scan():
            return replace(plan, predicates=(*plan.predicates, *predicates))
        case Filter():
            return _push(plan.child, (*plan.predicates, *predicates))
        case Project():
            computed = dict(zip(plan.fields, plan.expressions, strict=True))
            volatile = frozenset(field for field, each in computed.items() if is_volatile(each))
            up = tuple(p for p in predicates if fields_of(p) & volatile)
            down = tuple(replace_fields(p, computed) for p in predicates if p not in up)
            return filtered(replace(plan, child=_push(plan.child, down)), up)
        case Sort():
            return replace(plan, child=_push(plan.child, predicates))
        case Aggregate():
            keys = {plan.fields[key]: plan.keys[key] for key in plan.common_keys}
            down, up = _split(predicates, keys)
            child = _push(plan.child, tuple(replace_fields(p, keys) for p in down))
            return filtered(replace(plan, child=child), up)
        case SetOperation():
            inside, up = _split(predicates, plan.fields)
            left = _push_into_side(plan.left, plan, inside)
            right = _push_into_side(plan.right, plan, inside)
            return filtered(replace(plan, left=left, right=right), up)
        case Window():
            # Whole partitions may go before the rest is computed, but no part of one.
            shared = [key.field for key in plan.partition_by if isinstance(key, FieldRef)]
            whole, parts = _split(predicates, shared)
            return filtered(replace(plan, child=_push(plan.child, whole)), parts)
        case CrossProduct() | Join() | Lookup() | SingleValue() | Generate():
            return _push_into_inputs(plan, predicates)
        case _:
            return filtered(plan, predicates)


def _push_into_side(side: Plan, plan: SetOperation, predicates: Sequence[Expression]) -> Plan:
    """Rows are combined whole, so a condition on their columns may be tested on either side."""
    columns = dict(zip(plan.fields, map(FieldRef, side.fields), strict=True))
    return _push(side, tuple(replace_fields(predicate, columns) for predicate in predicates))


def _split(
    predicates: Sequence[Expression], available: Iterable[Field]
) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    """The predicates that only use the available fields (and at least one), and the others."""
    known = frozenset(available)
    down = tuple(p for p in predicates if (used := fields_of(p)) and used <= known)
    return down, tuple(p for p in predicates if p not in down)


def _push_into_inputs(
    plan: CrossProduct | Join | Lookup | SingleValue | Generate, predicates: tuple[Expression, ...]
) -> Plan:
    inputs = []
    for number, child in enumerate(children(plan)):
        if _keeps_rows_of(plan, number):
            down, predicates = _split(predicates, child.fields)
            child = _push(child, down)
        inputs.append(child)
    return filtered(with_children(plan, tuple(inputs)), predicates)


def _push_residual(plan: Join) -> Join:
    """Conditions of a join on one side alone become filters of it, where rows that fail them are not
    to be kept without a partner."""
    left, right, residual = plan.left, plan.right, plan.residual
    if plan.kind in ("inner", "right", "semi"):
        down, residual = _split(residual, left.fields)
        left = _push(left, down)
    if plan.kind in ("inner", "left", "semi", "anti"):
        down, residual = _split(residual, right.fields)
        right = _push(right, down)
    return replace(plan, left=left, right=right, residual=residual)


def _keeps_rows_of(
    plan: CrossProduct | Join | Lookup | SingleValue | Generate, number: int
) -> bool:
    """Whether dropping rows of an input before the join drops just the same rows after it."""
    match plan:
        case CrossProduct() | Join(kind="inner"):
            return True
        case Lookup(kind="inner"):
            return True
        case Join(kind="right"):
            return number == 1
        case Join(kind="full"):
            return False
        case _:
            return number == 0
