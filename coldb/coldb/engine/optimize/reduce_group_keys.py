"""Attributes of a dimension by whose key the rows are grouped are looked up once for each group.

        Aggregate by c, c_name: sum(x)             Lookup inner: customer -> customers
        └─ Lookup inner: customer -> customers     ├─ Aggregate by #customer: sum(x)
           ├─ Scan: sales                   ->     │  └─ Lookup inner: customer -> customers
           └─ Scan: customers                      │     ├─ Scan: sales
                                                   │     └─ Scan: customers
                                                   └─ Scan: customers

Groups by a primary key are groups by the position of the row that has it, and all other columns
follow from that. What the inner look-up still does is to drop rows, if the dimension is filtered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from coldb.engine.expression_tools import replace_fields
from coldb.engine.expressions import FieldRef
from coldb.engine.optimize.keys import base_scan, is_whole, origin
from coldb.engine.plan import (
    Aggregate,
    Filter,
    Join,
    Lookup,
    Project,
    Scan,
    children,
    with_children,
)
from coldb.engine.plan_tools import new_fields, with_expressions, with_fields
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coldb.engine.expressions import Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["reduce_group_keys"]


@dataclass(frozen=True, slots=True)
class Covered:
    """The group keys (by the field of the result) that are columns of what a look-up finds."""

    lookup: Lookup
    columns: Mapping[Field, Field]


def reduce_group_keys(plan: Plan, context: RuleContext) -> Plan:
    """The plan with fewer group keys: one position instead of a key with what depends on it."""
    plan = with_children(plan, tuple(reduce_group_keys(child, context) for child in children(plan)))
    if isinstance(plan, Aggregate) and plan.sets is None and len(plan.keys) > 1:
        return _reduced(plan, context)
    return plan


def _reduced(plan: Aggregate, context: RuleContext) -> Plan:
    remaining = dict(zip(plan.fields[: len(plan.keys)], plan.keys, strict=True))
    lookups = [each for each in _lookups(plan.child) if each.position in plan.child.fields]
    covered = []
    while lookups:
        columns = {
            field: key.field for field, key in remaining.items() if isinstance(key, FieldRef)
        }
        best = max(
            (_covered(lookup, columns, context) for lookup in lookups),
            key=lambda each: len(each.columns),
        )
        if len(best.columns) < 2:
            break
        covered.append(best)
        for field in best.columns:
            del remaining[field]
    if not covered:
        return plan
    may_be_null = _adds_nulls(plan.child)
    positions = [
        context.new_field(
            each.lookup.position.name, BIGINT, may_be_null or each.lookup.position.nullable
        )
        for each in covered
    ]
    result: Plan = replace(
        plan,
        keys=(*(FieldRef(each.lookup.position) for each in covered), *remaining.values()),
        fields=(*positions, *remaining, *plan.fields[len(plan.keys) :]),
    )
    sources = {field: FieldRef(field) for field in plan.fields}
    for each, position in zip(covered, positions, strict=True):
        renamed: dict[Field, Field] = {}
        dimension = _copied(_unfiltered(each.lookup.dimension), renamed, context)
        kind: Literal["left", "inner"] = "left" if position.nullable else "inner"
        result = Lookup(kind, result, position, dimension, each.lookup.key)
        for field, column in each.columns.items():
            sources[field] = FieldRef(renamed[column])
    return Project(result, plan.fields, tuple(sources.values()))


def _lookups(plan: Plan) -> Iterator[Lookup]:
    if isinstance(plan, Lookup) and plan.kind in ("inner", "left"):
        yield plan
    for child in children(plan):
        yield from _lookups(child)


def _covered(lookup: Lookup, keys: Mapping[Field, Field], context: RuleContext) -> Covered:
    """The keys that the position stands for; none unless the whole primary key is among them.

    A foreign key beside the look-up has the same values. Where rows without a partner stay, they
    have to be one group: a foreign key of several columns is NULL in many ways.
    """
    nothing = Covered(lookup, {})
    base = base_scan(lookup.dimension)
    is_left = lookup.kind == "left"
    if base is None or _computes(lookup.dimension) or (is_left and not is_whole(lookup.dimension)):
        return nothing
    of_base = {
        found[1]: field
        for field in lookup.dimension.fields
        if (found := origin(lookup.dimension, field)) is not None and found[0] is base
    }
    references = {} if is_left and len(lookup.key.columns) > 1 else _foreign_key(lookup, keys)
    columns = {}
    for result, field in keys.items():
        source = of_base.get(references[field]) if field in references else field
        if source in lookup.dimension.fields and source.type == field.type:
            columns[result] = source
    primary = [of_base.get(column) for column in context.schema(base).primary_key]
    return Covered(lookup, columns) if set(primary) <= set(columns.values()) else nothing


def _foreign_key(lookup: Lookup, keys: Mapping[Field, Field]) -> dict[Field, str]:
    """Which columns of the referenced primary key are among the keys as columns of the foreign key."""
    referring = origin(lookup.child, lookup.position)
    referenced = dict(zip(lookup.key.columns, lookup.key.referenced, strict=True))
    if referring is None:
        return {}
    sources = {field: origin(lookup.child, field) for field in keys.values()}
    return {
        field: referenced[source[1]]
        for field, source in sources.items()
        if source is not None and source[0] is referring[0] and source[1] in referenced
    }


def _computes(dimension: Plan) -> bool:
    """Whether there are expressions, which might fail on rows that a filter has kept from them."""
    own = isinstance(dimension, Project) and not all(
        isinstance(expression, FieldRef) for expression in dimension.expressions
    )
    return own or any(map(_computes, children(dimension)))


def _unfiltered(dimension: Plan) -> Plan:
    """The dimension with the same columns, where only rows are looked up that its filters let through."""
    match dimension:
        case Scan():
            return replace(dimension, predicates=())
        case Filter() | Lookup(kind="semi" | "anti"):
            return _unfiltered(dimension.child)
        case Lookup(kind="inner"):
            inner, outer = _unfiltered(dimension.child), _unfiltered(dimension.dimension)
            return replace(dimension, kind="left", child=inner, dimension=outer)
        case Lookup() | Project():
            # A filter on the other side of a left join does not drop rows, but makes NULLs.
            return replace(dimension, child=_unfiltered(dimension.child))
        case _:
            return dimension


def _copied(plan: Plan, renamed: dict[Field, Field], context: RuleContext) -> Plan:
    """The same plan with fields of its own; `renamed` is told which ones."""
    inputs = tuple(_copied(child, renamed, context) for child in children(plan))
    for field in new_fields(plan):
        if field not in renamed:
            renamed[field] = context.new_field(field.name, field.type, True)
    plan = with_children(plan, inputs)
    references = {field: FieldRef(new) for field, new in renamed.items()}
    plan = with_expressions(plan, lambda expression: replace_fields(expression, references))
    return with_fields(plan, renamed.__getitem__)


def _adds_nulls(plan: Plan) -> bool:
    if isinstance(plan, Join | Lookup) and plan.kind in ("left", "right", "full"):
        return True
    return any(map(_adds_nulls, children(plan)))
