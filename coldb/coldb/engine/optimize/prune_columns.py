"""Reads, carries and computes only the columns that somebody asks for, and joins only what matters.

A look-up of which no column is used, and which can neither drop nor repeat a row, is dropped with
its whole dimension: declared keys prove that every row has exactly one partner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of
from coldb.engine.optimize.keys import keeps_every_row
from coldb.engine.plan import (
    Aggregate,
    Common,
    CommonScan,
    CrossProduct,
    Filter,
    FrameScan,
    Generate,
    Join,
    Limit,
    Lookup,
    OneRow,
    Project,
    Recursive,
    Scan,
    SetOperation,
    SingleValue,
    Sort,
    TopN,
    Window,
    WorkingTable,
    common_scans,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["prune_columns"]


def prune_columns(plan: Plan, context: RuleContext) -> Plan:
    """The plan without columns that its output does not depend on."""
    return _prune(plan, frozenset(plan.fields))


def _used(expressions: Iterable[Expression]) -> frozenset[Field]:
    return frozenset().union(*(fields_of(expression) for expression in expressions))


def _prune(plan: Plan, wanted: frozenset[Field]) -> Plan:
    match plan:
        case OneRow() | WorkingTable():
            return plan
        case Scan():
            kept = [
                (column, field)
                for column, field in zip(plan.columns, plan.fields, strict=True)
                if field in wanted or field in _used(plan.predicates)
            ]
            columns, fields = tuple(column for column, _ in kept), tuple(field for _, field in kept)
            return replace(plan, columns=columns, fields=fields)
        case FrameScan():
            return replace(plan, fields=tuple(field for field in plan.fields if field in wanted))
        case Filter():
            return replace(plan, child=_prune(plan.child, wanted | _used(plan.predicates)))
        case Project():
            kept_pairs = [
                (field, expression)
                for field, expression in zip(plan.fields, plan.expressions, strict=True)
                if field in wanted
            ]
            expressions = tuple(expression for _, expression in kept_pairs)
            child = _prune(plan.child, _used(expressions))
            return Project(child, tuple(field for field, _ in kept_pairs), expressions)
        case Aggregate():
            return _prune_aggregate(plan, wanted)
        case Sort() | TopN():
            return replace(
                plan, child=_prune(plan.child, wanted | _used(key.expression for key in plan.keys))
            )
        case Window():
            return _prune_window(plan, wanted)
        case Limit():
            return replace(plan, child=_prune(plan.child, wanted))
        case SetOperation():
            return _prune_set_operation(plan)
        case Recursive():
            base = _prune(plan.base, frozenset(plan.base.fields))
            return replace(plan, base=base, step=_prune(plan.step, frozenset(plan.step.fields)))
        case Generate():
            arguments = (argument for call in plan.calls for argument in call.arguments)
            return replace(plan, child=_prune(plan.child, wanted | _used(arguments)))
        case Lookup():
            return _prune_lookup(plan, wanted)
        case Join():
            needed = (
                wanted
                | _used(side for pair in plan.equalities for side in pair)
                | _used(plan.residual)
            )
            return replace(plan, left=_prune(plan.left, needed), right=_prune(plan.right, needed))
        case SingleValue():
            if not wanted & frozenset(plan.query.fields):
                return _prune(plan.child, wanted)
            query = _prune(plan.query, frozenset(plan.query.fields))
            return replace(plan, child=_prune(plan.child, wanted), query=query)
        case CommonScan():
            pairs = zip(plan.sources, plan.fields, strict=True)
            read = [(source, field) for source, field in pairs if field in wanted]
            sources, fields = tuple(source for source, _ in read), tuple(field for _, field in read)
            return replace(plan, sources=sources, fields=fields)
        case Common():
            child = _prune(plan.child, wanted)
            used = frozenset().union(*(scan.sources for scan in common_scans(child, plan.number)))
            return replace(plan, query=_prune(plan.query, used), child=child)
        case CrossProduct():
            return with_children(plan, tuple(_prune(child, wanted) for child in plan.inputs))


def _prune_aggregate(plan: Aggregate, wanted: frozenset[Field]) -> Plan:
    """Keys make the groups and stay; aggregates that nobody reads are not computed."""
    keys = len(plan.keys)
    kept = [
        (field, call)
        for field, call in zip(plan.fields[keys:], plan.aggregates, strict=True)
        if field in wanted
    ]
    calls = tuple(call for _, call in kept)
    inputs = [part for call in calls for part in call.expressions]
    child = _prune(plan.child, _used((*plan.keys, *inputs)))
    fields = (*plan.fields[:keys], *(field for field, _ in kept))
    return replace(plan, child=child, aggregates=calls, fields=fields)


def _prune_window(plan: Window, wanted: frozenset[Field]) -> Plan:
    """Calls that nobody reads are not computed."""
    pairs = zip(plan.results, plan.calls, strict=True)
    kept = [(field, call) for field, call in pairs if field in wanted]
    if not kept:
        return _prune(plan.child, wanted)
    results, calls = tuple(field for field, _ in kept), tuple(call for _, call in kept)
    plan = replace(plan, results=results, calls=calls)
    return replace(plan, child=_prune(plan.child, wanted | _used(plan.expressions)))


def _prune_set_operation(plan: SetOperation) -> Plan:
    """Columns match by position and rows are compared whole, so every column stays."""
    left = _prune(plan.left, frozenset(plan.left.fields))
    return replace(plan, left=left, right=_prune(plan.right, frozenset(plan.right.fields)))


def _prune_lookup(plan: Lookup, wanted: frozenset[Field]) -> Plan:
    own = (
        frozenset() if plan.kind in ("semi", "anti") else wanted & frozenset(plan.dimension.fields)
    )
    if not own and keeps_every_row(plan):
        return _prune(plan.child, wanted)
    child = _prune(plan.child, wanted | {plan.position})
    return replace(plan, child=child, dimension=_prune(plan.dimension, own))
