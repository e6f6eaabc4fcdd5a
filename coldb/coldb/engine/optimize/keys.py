"""Finding declared keys in a plan: where a field comes from, and what a foreign key resolves to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.execute.columns import POSITION
from coldb.engine.expressions import FieldRef
from coldb.engine.plan import (
    CrossProduct,
    Filter,
    Generate,
    Join,
    Limit,
    Lookup,
    Project,
    Scan,
    SingleValue,
    Sort,
    TopN,
    Window,
    children,
    with_children,
)
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan
    from coldb_warehouse.schema import ForeignKey

__all__ = [
    "base_scan",
    "expose_position",
    "find_key",
    "is_whole",
    "keeps_every_row",
    "origin",
    "scan_column",
]


def base_scan(plan: Plan) -> Scan | None:
    """The scan whose rows a plan keeps one for one (some filtered out), or None if it is not of that kind."""
    match plan:
        case Scan():
            return plan
        case Filter() | Project():
            return base_scan(plan.child)
        case Lookup():
            return base_scan(plan.child)
        case _:
            return None


def origin(plan: Plan, field: Field) -> tuple[Scan, str] | None:
    """The scan and stored column that a field is a plain copy of."""
    match plan:
        case Scan():
            return (plan, scan_column(plan, field)) if field in plan.fields else None
        case Project():
            for own, expression in zip(plan.fields, plan.expressions, strict=True):
                if own == field:
                    return (
                        origin(plan.child, expression.field)
                        if isinstance(expression, FieldRef)
                        else None
                    )
            return None
        case (
            Filter()
            | Sort()
            | Limit()
            | TopN()
            | Window()
            | Generate()
            | CrossProduct()
            | Join()
            | Lookup()
            | SingleValue()
        ):
            for child in children(plan):
                if field in child.fields:
                    return origin(child, field)
            return None
        case _:
            return None


def scan_column(scan: Scan, field: Field) -> str:
    """The stored column behind a field of a scan."""
    return scan.columns[scan.fields.index(field)]


def find_key(
    context: RuleContext,
    child: Plan,
    dimension: Plan,
    equalities: Sequence[tuple[Expression, Expression]],
) -> tuple[Scan, ForeignKey] | None:
    """The foreign key of a scan in `child` that the equalities (child side, dimension side) spell out.

    All of its columns must be there, equal to the whole primary key of the scan that `dimension`
    keeps the rows of.
    """
    base = base_scan(dimension)
    if base is None:
        return None
    scan: Scan | None = None
    pairs: dict[str, str] = {}
    for left, right in equalities:
        if not isinstance(left, FieldRef) or not isinstance(right, FieldRef):
            return None
        from_child, from_dimension = origin(child, left.field), origin(dimension, right.field)
        if from_child is None or from_dimension is None or from_dimension[0] is not base:
            return None
        if scan is not None and from_child[0] is not scan:
            return None
        scan = from_child[0]
        pairs[from_child[1]] = from_dimension[1]
    if scan is None:
        return None
    if scan.past is not base.past:
        return None
    for key in context.schema(scan).foreign_keys:
        if key.table == base.table and pairs == dict(zip(key.columns, key.referenced, strict=True)):
            return scan, key
    return None


def expose_position(
    context: RuleContext, plan: Plan, scan: Scan, key: ForeignKey, nullable: bool
) -> tuple[Plan, Field] | None:
    """The plan with the resolved position of a foreign key among its fields; None where it cannot get there."""
    match plan:
        case Scan() if plan is scan:
            column = POSITION + key.position_column
            for own, stored in zip(plan.fields, plan.columns, strict=True):
                if stored == column:
                    return plan, own
            schema = context.schema(plan)
            nullable = nullable or any(schema.column(name).nullable for name in key.columns)
            field = context.new_field("#" + "+".join(key.columns), BIGINT, nullable)
            return replace(
                plan, columns=(*plan.columns, column), fields=(*plan.fields, field)
            ), field
        case Project():
            exposed = expose_position(context, plan.child, scan, key, nullable)
            if exposed is None:
                return None
            child, field = exposed
            if field in plan.fields:
                return replace(plan, child=child), field
            return Project(
                child, (*plan.fields, field), (*plan.expressions, FieldRef(field))
            ), field
        case (
            Filter()
            | Sort()
            | Limit()
            | TopN()
            | Window()
            | Generate()
            | CrossProduct()
            | Join()
            | Lookup()
            | SingleValue()
        ):
            inputs = children(plan)
            for number, child in enumerate(inputs):
                if not _contains(child, scan):
                    continue
                exposed = expose_position(
                    context, child, scan, key, nullable or _may_add_nulls(plan, number)
                )
                if exposed is None:
                    return None
                new, field = exposed
                result = with_children(plan, (*inputs[:number], new, *inputs[number + 1 :]))
                return (result, field) if field in result.fields else None
            return None
        case _:
            return None


def _contains(plan: Plan, scan: Scan) -> bool:
    return plan is scan or any(_contains(child, scan) for child in children(plan))


def _may_add_nulls(plan: Plan, number: int) -> bool:
    """Whether a join shows rows of its input as NULLs."""
    match plan:
        case Join(kind="full"):
            return True
        case Join(kind="left") | Lookup(kind="left"):
            return number == 1
        case Join(kind="right"):
            return number == 0
        case _:
            return False


def keeps_every_row(plan: Lookup) -> bool:
    """Whether every row of the child has a partner, or needs none."""
    if plan.kind == "left":
        return True
    return (
        plan.kind in ("inner", "semi") and not plan.position.nullable and is_whole(plan.dimension)
    )


def is_whole(dimension: Plan) -> bool:
    """Whether a dimension lets every position through."""
    match dimension:
        case Scan():
            return not dimension.predicates
        case Project():
            return is_whole(dimension.child)
        case Lookup():
            return is_whole(dimension.child) and keeps_every_row(dimension)
        case _:
            return False
