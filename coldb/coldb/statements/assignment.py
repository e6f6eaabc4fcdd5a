"""The columns of a query, converted to the types of what they go into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expressions import Cast, FieldRef
from coldb.engine.optimize.rule_context import largest_field
from coldb.engine.plan import Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb_warehouse.types import Type

    from coldb.engine.query import PlannedQuery

__all__ = ["assigned"]


def assigned(planned: PlannedQuery, targets: Sequence[Type]) -> PlannedQuery:
    """The same query with its columns cast to `targets`, one for each."""
    fields = planned.plan.fields
    if tuple(targets) == tuple(field.type for field in fields):
        return planned
    fresh = largest_field(planned.plan) + 1
    outputs = tuple(
        replace(field, id=fresh + number, type=target)
        for number, (field, target) in enumerate(zip(fields, targets, strict=True))
    )
    expressions = tuple(
        FieldRef(field) if field.type == target else Cast(FieldRef(field), target, implicit=True)
        for field, target in zip(fields, targets, strict=True)
    )
    return replace(planned, plan=Project(planned.plan, outputs, expressions))
