"""What can have no rows is not computed: a condition that is constantly false, and all that it empties.

        Union all                                  Project: 's' AS kind
        ├─ Project: 's' AS kind                    └─ Scan: store_sales
        │  └─ Scan: store_sales             ->
        └─ Project: 'w' AS kind
           └─ Scan: web_sales where FALSE

No rows are written as NULLs under a LIMIT of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.expressions import Constant, FieldRef
from coldb.engine.plan import (
    Aggregate,
    CrossProduct,
    Filter,
    Join,
    Limit,
    Lookup,
    OneRow,
    Project,
    Scan,
    SetOperation,
    SingleValue,
    Sort,
    TopN,
    Window,
    children,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["drop_empty"]


def drop_empty(plan: Plan, context: RuleContext) -> Plan:
    """The plan without the parts that have no rows."""
    plan = with_children(plan, tuple(drop_empty(child, context) for child in children(plan)))
    match plan:
        case Filter() | Scan() if any(map(_never_holds, plan.predicates)):
            return _no_rows(plan)
        case Filter() | Project() | Sort() | TopN() | Limit() | Window() if _is_empty(plan.child):
            return _no_rows(plan)
        case Aggregate() if plan.common_keys and _is_empty(plan.child):
            return _no_rows(plan)
        case CrossProduct() if any(map(_is_empty, plan.inputs)):
            return _no_rows(plan)
        case SingleValue() if _is_empty(plan.child):
            return _no_rows(plan)
        case Join() | Lookup():
            return _joined(plan)
        case SetOperation():
            return _combined(plan)
        case _:
            return plan


def _never_holds(predicate: Expression) -> bool:
    return isinstance(predicate, Constant) and predicate.value is not True


def _is_empty(plan: Plan) -> bool:
    return isinstance(plan, Limit) and plan.count == 0


def _no_rows(plan: Plan) -> Plan:
    """No rows with the fields of the plan."""
    return plan if _is_empty(plan) else Limit(_padded(OneRow(), plan.fields), 0)


def _padded(plan: Plan, fields: Sequence[Field]) -> Project:
    """The plan with these fields, NULL where it has not got them."""
    own = frozenset(plan.fields)
    columns = (FieldRef(field) if field in own else Constant(None, field.type) for field in fields)
    return Project(plan, tuple(fields), tuple(columns))


def _joined(plan: Join | Lookup) -> Plan:
    """A join with an empty side is empty, or it is the other side."""
    left, right = children(plan)
    no_left, no_right = _is_empty(left), _is_empty(right)
    if isinstance(plan, Join) and any(map(_never_holds, plan.residual)) and plan.kind != "full":
        no_left, no_right = no_left or plan.kind == "right", no_right or plan.kind != "right"
    if not no_left and not no_right:
        return plan
    match plan.kind:
        case "inner" | "semi":
            return _no_rows(plan)
        case "left":
            return _no_rows(plan) if no_left else _padded(left, plan.fields)
        case "anti":
            return left
        case "right":
            return _no_rows(plan) if no_right else _padded(right, plan.fields)
        case "full":
            return _padded(right if no_left else left, plan.fields)


def _combined(plan: SetOperation) -> Plan:
    no_left, no_right = _is_empty(plan.left), _is_empty(plan.right)
    match plan.operator:
        case "INTERSECT" if no_left or no_right:
            return _no_rows(plan)
        case "EXCEPT" if no_left:
            return _no_rows(plan)
        case "EXCEPT" | "UNION" if no_right and plan.all:
            return _renamed(plan.left, plan.fields)
        case "UNION" if no_left and plan.all:
            return _renamed(plan.right, plan.fields)
        case _:
            return plan


def _renamed(plan: Plan, fields: Iterable[Field]) -> Plan:
    return Project(plan, tuple(fields), tuple(map(FieldRef, plan.fields)))
