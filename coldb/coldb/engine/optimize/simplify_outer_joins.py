"""An outer join whose rows without a partner are dropped further up is no outer join.

        Filter: c_city = 'Ulm'                     Filter: c_city = 'Ulm'
        └─ Join left: customer = c         ->      └─ Join inner: customer = c
           ├─ Scan: sales                             ├─ Scan: sales
           └─ Scan: customers                         └─ Scan: customers

The condition is not TRUE where c_city is NULL, as it is in every row that the left join adds.
After Galindo-Legaria and Rosenthal, "Outerjoin simplification and reordering" (1997).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expressions import FieldRef
from coldb.engine.nullability import made_null_by, rejected_by
from coldb.engine.plan import (
    Aggregate,
    CrossProduct,
    Filter,
    Join,
    Project,
    SetOperation,
    SingleValue,
    Sort,
    Window,
    children,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import JoinKind, Plan

__all__ = ["simplify_outer_joins"]


def simplify_outer_joins(plan: Plan, context: RuleContext) -> Plan:
    """The plan with inner and left joins where outer ones do not differ from them."""
    return _simplified(plan, frozenset())


def _simplified(plan: Plan, rejected: frozenset[Field]) -> Plan:
    """`rejected`: rows in which one of these fields is NULL are dropped above."""
    match plan:
        case Filter():
            rejected |= _rejected(plan.predicates)
        case CrossProduct() | SingleValue() | Sort():
            pass
        case Project():
            pairs = zip(plan.fields, plan.expressions, strict=True)
            rejected = _union(made_null_by(each) for field, each in pairs if field in rejected)
        case Aggregate():
            keys = ((plan.fields[key], plan.keys[key]) for key in plan.common_keys)
            rejected = _union(made_null_by(key) for field, key in keys if field in rejected)
        case Window():
            # All rows of a partition have the key, so the others lose no neighbour.
            fields = (key.field for key in plan.partition_by if isinstance(key, FieldRef))
            rejected = rejected.intersection(fields)
        case SetOperation():
            return _set_operation(plan, rejected)
        case Join():
            return _join(plan, rejected)
        case _:
            rejected = frozenset()
    return with_children(plan, tuple(_simplified(child, rejected) for child in children(plan)))


def _rejected(predicates: Iterable[Expression]) -> frozenset[Field]:
    return _union(map(rejected_by, predicates))


def _union(sets: Iterable[frozenset[Field]]) -> frozenset[Field]:
    return frozenset().union(*sets)


def _set_operation(plan: SetOperation, rejected: frozenset[Field]) -> Plan:
    sides = []
    for side in (plan.left, plan.right):
        pairs = zip(plan.fields, side.fields, strict=True)
        sides.append(_simplified(side, frozenset(own for field, own in pairs if field in rejected)))
    return with_children(plan, tuple(sides))


def _join(plan: Join, rejected: frozenset[Field]) -> Plan:
    kind = _kind(plan, rejected)
    plan = plan if kind == plan.kind else replace(plan, kind=kind)
    matching = _rejected(plan.residual) | _union(
        made_null_by(side) for pair in plan.equalities for side in pair
    )
    if plan.null_aware:
        matching = frozenset()
    # The side that is kept loses what is dropped above; the other one, also what finds no partner.
    left = rejected if plan.kind != "full" else frozenset()
    right = rejected if plan.kind in ("inner", "right") else frozenset()
    if plan.kind in ("inner", "right", "semi"):
        left |= matching
    if plan.kind in ("inner", "left", "semi", "anti"):
        right |= matching
    sides = (_simplified(plan.left, left), _simplified(plan.right, right))
    return with_children(plan, sides)


def _kind(plan: Join, rejected: frozenset[Field]) -> JoinKind:
    drops_left = plan.kind in ("right", "full") and not rejected.isdisjoint(plan.left.fields)
    drops_right = plan.kind in ("left", "full") and not rejected.isdisjoint(plan.right.fields)
    match plan.kind:
        case "left" if drops_right:
            return "inner"
        case "right" if drops_left:
            return "inner"
        case "full" if drops_left and drops_right:
            return "inner"
        case "full" if drops_left:
            return "left"
        case "full" if drops_right:
            return "right"
        case kind:
            return kind
