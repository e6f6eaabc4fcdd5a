"""Outer, semi and anti joins along a declared key become position look-ups.

        Join left: payment_key = p_key             Lookup left: payment
        ├─ Scan: sales                      ->     ├─ Scan: sales
        └─ Scan: payment                           └─ Scan: payment

Inner joins are taken care of by `order_joins`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of
from coldb.engine.optimize.keys import expose_position, find_key
from coldb.engine.optimize.push_filters import filtered
from coldb.engine.plan import Join, Lookup, children, with_children

if TYPE_CHECKING:
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["resolve_keys"]


def resolve_keys(plan: Plan, context: RuleContext) -> Plan:
    """Replaces the joins of the plan whose equalities are a foreign key of the side that is kept."""
    plan = with_children(plan, tuple(resolve_keys(child, context) for child in children(plan)))
    if isinstance(plan, Join):
        return _resolved(plan, context)
    return plan


def _resolved(plan: Join, context: RuleContext) -> Plan:
    if plan.kind == "right":
        mirrored = tuple((right, left) for left, right in plan.equalities)
        as_left = replace(plan, kind="left", left=plan.right, right=plan.left, equalities=mirrored)
        resolved = _resolved(as_left, context)
        return plan if resolved is as_left else resolved
    if plan.kind not in ("left", "semi", "anti", "inner"):
        return plan
    # A condition on the dimension alone decides which of its rows count as partners.
    own = frozenset(plan.right.fields)
    on_dimension = [condition for condition in plan.residual if fields_of(condition) <= own]
    if len(on_dimension) != len(plan.residual):
        return plan
    found = find_key(context, plan.left, plan.right, plan.equalities)
    if found is None:
        return plan
    exposed = expose_position(context, plan.left, *found, nullable=False)
    if exposed is None:
        return plan
    child, position = exposed
    if plan.null_aware and position.nullable:
        return plan
    return Lookup(plan.kind, child, position, filtered(plan.right, on_dimension), found[1])
