"""A join that only asks whether there is a partner need not find all of them.

        Join semi: o = o                           Join semi: o = o
        ├─ Scan: orders                            ├─ Scan: orders
        └─ Project: a.o                     ->     └─ Project: a.o
           └─ Join inner: a.o = b.o                   └─ Join semi: a.o = b.o
              ├─ Scan: lines a                           ├─ Scan: lines a
              └─ Scan: lines b                           └─ Scan: lines b

Where copies of a row make no difference - on the right of a semi or an anti join, below DISTINCT -
an inner join of which only one side's columns are read is a semi join.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of
from coldb.engine.plan import (
    Aggregate,
    Filter,
    Join,
    Lookup,
    Project,
    SetOperation,
    Sort,
    children,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["reduce_to_semi_joins"]


def reduce_to_semi_joins(plan: Plan, context: RuleContext) -> Plan:
    """The plan with semi joins for inner joins whose further partners nobody counts."""
    return _rewritten(plan)


def _rewritten(plan: Plan) -> Plan:
    """A plan every row of which counts."""
    match plan:
        case Join(kind="semi" | "anti"):
            wanted = _read(side for pair in plan.equalities for side in pair)
            right = _reduced(plan.right, wanted | _read(plan.residual))
            return replace(plan, left=_rewritten(plan.left), right=right)
        case Aggregate(aggregates=()):
            return replace(plan, child=_reduced(plan.child, _read(plan.keys)))
        case SetOperation(all=False):
            left = _reduced(plan.left, frozenset(plan.left.fields))
            right = _reduced(plan.right, frozenset(plan.right.fields))
            return replace(plan, left=left, right=right)
        case _:
            return with_children(plan, tuple(map(_rewritten, children(plan))))


def _read(expressions: Iterable[Expression]) -> frozenset[Field]:
    return frozenset().union(*map(fields_of, expressions))


def _reduced(plan: Plan, wanted: frozenset[Field]) -> Plan:
    """A plan of which only these fields are read, and no copies of a row are counted."""
    match plan:
        case Project():
            pairs = zip(plan.fields, plan.expressions, strict=True)
            kept = [(field, expression) for field, expression in pairs if field in wanted]
            fields, expressions = tuple(f for f, _ in kept), tuple(each for _, each in kept)
            return Project(_reduced(plan.child, _read(expressions)), fields, expressions)
        case Filter(child=Join(kind="inner") as join):
            # A condition above the join tells which partners count.
            return _joined(replace(join, residual=(*join.residual, *plan.predicates)), wanted)
        case Filter():
            return replace(plan, child=_reduced(plan.child, wanted | _read(plan.predicates)))
        case Sort():
            keys = _read(key.expression for key in plan.keys)
            return replace(plan, child=_reduced(plan.child, wanted | keys))
        case Lookup():
            return replace(plan, child=_reduced(plan.child, wanted | {plan.position}))
        case Join(kind="inner"):
            return _joined(plan, wanted)
        case _:
            return _rewritten(plan)


def _joined(plan: Join, wanted: frozenset[Field]) -> Plan:
    tested = _read(side for pair in plan.equalities for side in pair) | _read(plan.residual)
    left, right = (_reduced(side, wanted | tested) for side in (plan.left, plan.right))
    if wanted.isdisjoint(right.fields):
        return replace(plan, kind="semi", left=left, right=right)
    if wanted.isdisjoint(left.fields):
        mirrored = tuple((theirs, own) for own, theirs in plan.equalities)
        return replace(plan, kind="semi", left=right, right=left, equalities=mirrored)
    return replace(plan, left=left, right=right)
