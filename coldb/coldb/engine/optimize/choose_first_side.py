"""Lets the side of a join run first whose keys can spare the other one the most.

The keys of the side that has run tell the other which rows find a partner. An outer or an anti join
keeps rows of its left side that find none, so that only the left side can tell the right one. The
side that reads much less runs first; of two that read about as much, the one that has fewer rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.plan import Join, children, with_children

if TYPE_CHECKING:
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["choose_first_side"]

# From this ratio on, what is read counts more than what comes out.
MUCH_LESS = 2.0


def choose_first_side(plan: Plan, context: RuleContext) -> Plan:
    """Marks the inner and semi joins whose right side is to run first."""
    plan = with_children(plan, tuple(choose_first_side(child, context) for child in children(plan)))
    if not isinstance(plan, Join) or plan.kind not in ("inner", "semi"):
        return plan
    right_first = _is_right_first(plan, context)
    return plan if right_first == plan.right_first else replace(plan, right_first=right_first)


def _is_right_first(plan: Join, context: RuleContext) -> bool:
    left_reads, right_reads = context.rows_read(plan.left), context.rows_read(plan.right)
    if max(left_reads, right_reads) >= MUCH_LESS * min(left_reads, right_reads):
        return right_reads < left_reads
    return context.estimate(plan.right) < context.estimate(plan.left)
