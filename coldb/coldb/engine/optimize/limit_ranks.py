"""The first rows of each partition need no memory for the others.

    Filter: rank <= 3                          Filter: rank <= 3
    └─ Window by g order x: rank()      ->     └─ Window by g order x: rank(), the first 3
       └─ Scan: t                                 └─ Scan: t

Rows that are not among the first of their partition in their own batch are not in the whole either, and
leaving them out changes the rank of no row that comes before them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expressions import Call, Constant, FieldRef
from coldb.engine.plan import Filter, Window, children, with_children

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["limit_ranks"]

_RANKS = ("row_number", "rank")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def limit_ranks(plan: Plan, context: RuleContext) -> Plan:
    """Tells windows that rank rows, and do nothing else, up to which rank somebody wants to know it."""
    plan = with_children(plan, tuple(limit_ranks(child, context) for child in children(plan)))
    match plan:
        case Filter(child=Window(calls=(call,), results=(result,)) as window) if (
            call.function in _RANKS
        ):
            most = _largest(plan.predicates, result)
            return plan if most is None else replace(plan, child=replace(window, most=most))
        case _:
            return plan


def _largest(predicates: Iterable[Expression], rank: Field) -> int | None:
    """The largest rank that the predicates let pass; None if they set no limit."""
    limits = [limit for predicate in predicates if (limit := _limit(predicate, rank)) is not None]
    return min(limits, default=None)


def _limit(predicate: Expression, rank: Field) -> int | None:
    match predicate:
        case Call(arguments=(FieldRef(field=field), Constant(value=int(number)))):
            operator = predicate.function.name
        case Call(arguments=(Constant(value=int(number)), FieldRef(field=field))):
            operator = _MIRRORED.get(predicate.function.name, "")
        case _:
            return None
    if field != rank or operator not in ("<", "<=", "="):
        return None
    return number - 1 if operator == "<" else number
