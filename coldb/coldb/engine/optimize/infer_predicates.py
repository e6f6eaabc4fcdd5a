"""Conditions that follow from others, where they spare an input rows before it is joined.

        Filter: a = b AND a > 5                      Filter: a = b AND a > 5 AND b > 5
        Filter: (x = 1 AND y = 1)              ->    Filter: ((x = 1 AND y = 1) OR (x = 2 AND y = 2))
             OR (x = 2 AND y = 2)                        AND (x = 1 OR x = 2) AND (y = 1 OR y = 2)

What holds of one side of an equality holds of the other. Of an OR whose branches read several
inputs, what the branches demand of one input alone is a condition on that input; the OR stays. Only
comparisons that cannot fail are inferred: others may stand behind a condition that guards them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of, replace_fields, walk
from coldb.engine.expressions import (
    And,
    Call,
    Cast,
    Constant,
    FieldRef,
    InValues,
    IsNull,
    Not,
    Or,
)
from coldb.engine.optimize.push_filters import conjuncts
from coldb.engine.plan import CrossProduct, Filter, Join, children, with_children
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["infer_predicates"]

_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">=", "like", "ilike"})
# Values that are equal and yet differ: 0.0 and -0.0, intervals of 30 days and of a month.
_DISTINGUISHABLE = frozenset({Kind.REAL, Kind.DOUBLE, Kind.INTERVAL})


def infer_predicates(plan: Plan, context: RuleContext) -> Plan:
    """Adds to the filters over joins what follows from them."""
    plan = with_children(plan, tuple(infer_predicates(child, context) for child in children(plan)))
    if not isinstance(plan, Filter) or not isinstance(plan.child, CrossProduct | Join):
        return plan
    known = conjuncts(plan.predicates)
    inferred = [*_across_equalities(known), *_of_single_inputs(known, children(plan.child))]
    new = tuple(dict.fromkeys(each for each in inferred if each not in known))
    return replace(plan, predicates=(*known, *new)) if new else plan


def _across_equalities(known: Sequence[Expression]) -> Iterator[Expression]:
    """Conditions on a field, for each field that is equal to it."""
    groups = _equal_fields(known)
    for predicate in known:
        fields = fields_of(predicate)
        if len(fields) != 1 or not _cannot_fail(predicate):
            continue
        (field,) = fields
        for other in groups.get(field, frozenset()) - fields:
            yield replace_fields(predicate, {field: FieldRef(other)})


def _equal_fields(known: Sequence[Expression]) -> dict[Field, frozenset[Field]]:
    """For each field the fields of its type that conditions say to be equal to it, and itself."""
    groups: dict[Field, frozenset[Field]] = {}
    for predicate in known:
        match predicate:
            case Call(arguments=(FieldRef(field=one), FieldRef(field=other))) if (
                predicate.function.name == "="
                and one.type == other.type
                and one.type.kind not in _DISTINGUISHABLE
            ):
                both = groups.get(one, frozenset((one,))) | groups.get(other, frozenset((other,)))
                groups.update(dict.fromkeys(both, both))
            case _:
                pass
    return groups


def _of_single_inputs(known: Sequence[Expression], inputs: Sequence[Plan]) -> Iterator[Expression]:
    """What the branches of each OR demand of one input, where all of them demand something."""
    for predicate in known:
        if not isinstance(predicate, Or):
            continue
        branches = [conjuncts((branch,)) for branch in predicate.operands]
        read = fields_of(predicate)
        for part in inputs:
            fields = frozenset(part.fields)
            if read <= fields or read.isdisjoint(fields):
                continue
            demands = [
                tuple(each for each in branch if fields_of(each) <= fields and _cannot_fail(each))
                for branch in branches
            ]
            if all(demands):
                yield Or(tuple(each[0] if len(each) == 1 else And(each) for each in demands))


def _cannot_fail(predicate: Expression) -> bool:
    return all(map(_is_harmless, walk(predicate)))


def _is_harmless(expression: Expression) -> bool:
    match expression:
        case FieldRef() | Constant() | And() | Or() | Not() | IsNull() | InValues():
            return True
        case Call():
            return expression.function.name in _COMPARISONS
        case Cast():
            return expression.implicit and _widens(expression)
        case _:
            return False


def _widens(cast: Cast) -> bool:
    old, new = cast.operand.type, cast.type
    if old.is_integer and new.is_integer:
        return True
    return old.kind is Kind.DATE and new.kind is Kind.TIMESTAMP
