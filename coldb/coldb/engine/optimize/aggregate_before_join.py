"""Groups that are single rows of one side of a join are aggregated on the other side, before the join.

        Aggregate by c: count(o)                   Project: c, coalesce(count, 0)
        └─ Join left: c = customer                 └─ Join left: c = customer
           ├─ Scan: customers               ->        ├─ Scan: customers
           └─ Scan: orders                            └─ Aggregate by customer: count(o)
                                                         └─ Scan: orders

The primary key of the customers is among the group keys, so a group is all that one of them is
joined to. After Yan and Larson, "Eager aggregation and lazy aggregation" (1995): it is the case in
which nothing is left to be merged above the join.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from coldb.engine.expression_tools import coalesce, fields_of, is_volatile, replace_fields
from coldb.engine.expressions import Constant, FieldRef
from coldb.engine.optimize.keys import base_scan, origin
from coldb.engine.plan import Aggregate, Join, Project, children, with_children
from coldb_warehouse.types import Kind

if TYPE_CHECKING:
    from coldb.engine.calls import AggregateCall
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["aggregate_before_join"]

# What a call gives for a row without a partner, whose columns are NULL, where that is not NULL.
_WITHOUT_PARTNER = {"count": 0, "count_star": 1}


def aggregate_before_join(plan: Plan, context: RuleContext) -> Plan:
    """The plan with aggregates below the joins that give each group its rows."""
    plan = with_children(
        plan, tuple(aggregate_before_join(child, context) for child in children(plan))
    )
    if (
        isinstance(plan, Aggregate)
        and plan.sets is None
        and isinstance(plan.child, Join)
        and plan.child.equalities
        and not plan.child.residual
    ):
        return _moved(plan, plan.child, context) or plan
    return plan


def _moved(plan: Aggregate, join: Join, context: RuleContext) -> Plan | None:
    """The plan with the aggregate on one side of the join; None where it cannot be there."""
    if join.kind in ("inner", "left") and _is_row_of(join.left, plan, context):
        pairs, owner, other = join.equalities, join.left, join.right
    elif join.kind in ("inner", "right") and _is_row_of(join.right, plan, context):
        pairs = tuple((right, left) for left, right in join.equalities)
        owner, other = join.right, join.left
    else:
        return None
    # Plain fields, by which the owners' keys can spare the other side rows.
    keys = tuple(dict.fromkeys(key for _, key in pairs if isinstance(key, FieldRef)))
    are_plain = all(isinstance(key, FieldRef) for _, key in pairs)
    if not are_plain or not all(_can_move(call, other) for call in plan.aggregates):
        return None
    results = plan.fields[len(plan.keys) :]
    inner_keys = {key: context.new_field(key.field.name, key.type, True) for key in keys}
    values = tuple(context.new_field(field.name, field.type, True) for field in results)
    below = Aggregate(other, keys, plan.aggregates, (*inner_keys.values(), *values))
    equalities = tuple(
        (own, replace_fields(key, {old.field: FieldRef(new) for old, new in inner_keys.items()}))
        for own, key in pairs
    )
    kind: Literal["inner", "left"] = "inner" if join.kind == "inner" else "left"
    joined = replace(join, kind=kind, left=owner, right=below, equalities=equalities)
    merged = tuple(
        _value(call, field, kind == "left")
        for call, field in zip(plan.aggregates, values, strict=True)
    )
    return Project(joined, plan.fields, (*plan.keys, *merged))


def _is_row_of(side: Plan, plan: Aggregate, context: RuleContext) -> bool:
    """Whether every group has one row of that side: its primary key and its columns are the keys."""
    base = base_scan(side)
    primary = context.schema(base).primary_key if base is not None else ()
    own = frozenset(side.fields)
    if not primary or any(is_volatile(key) or not fields_of(key) <= own for key in plan.keys):
        return False
    sources = (origin(side, key.field) for key in plan.keys if isinstance(key, FieldRef))
    return set(primary) <= {found[1] for found in sources if found and found[0] is base}


def _can_move(call: AggregateCall, other: Plan) -> bool:
    """Whether a call may see rows that find no partner: it ignores NULLs, and nothing in it can fail."""
    if call.filter is not None or call.order_by:
        return False
    if call.function == "count_star":
        return True
    (argument, *more) = call.arguments
    if more or not isinstance(argument, FieldRef) or argument.field not in other.fields:
        return False
    if call.function in ("sum", "avg"):
        return argument.type.is_integer or argument.type.kind is Kind.DECIMAL
    return call.function in ("count", "min", "max")


def _value(call: AggregateCall, field: Field, may_lack_partner: bool) -> Expression:
    value = FieldRef(field)
    if not may_lack_partner or call.function not in _WITHOUT_PARTNER:
        return value
    return coalesce((value, Constant(_WITHOUT_PARTNER[call.function], call.type)), call.type)
