"""Sort then Limit keeps only the first rows in memory, so one operator does both.

Limit 10                    TopN 10: price DESC
└─ Sort: price DESC    ->   └─ Scan: sales
   └─ Scan: sales
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.plan import Limit, Project, Sort, TopN, children, with_children

if TYPE_CHECKING:
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["fuse_top_n"]

# Beyond this many rows, sorting candidates of every batch costs more than it saves.
MAX_ROWS = 100_000


def fuse_top_n(plan: Plan, context: RuleContext) -> Plan:
    """Replaces Limit over Sort, also with a Project between them."""
    match plan:
        case Limit(child=Sort(child=child, keys=keys), count=int(count)) if (
            plan.offset + count <= MAX_ROWS
        ):
            plan = TopN(child, keys, count, plan.offset)
        case Limit(child=Project(child=Sort()) as project, count=int()):
            plan = replace(project, child=replace(plan, child=project.child))
        case _:
            pass
    return with_children(plan, tuple(fuse_top_n(child, context) for child in children(plan)))
