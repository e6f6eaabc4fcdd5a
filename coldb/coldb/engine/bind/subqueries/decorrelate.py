"""Correlated sub-queries: conditions on the outer row are pulled up and become those of a join.

After Galindo-Legaria and Joshi, "Orthogonal optimization of subqueries and aggregation" (2001): a
filter on outer columns commutes with projections and inner joins, and an equality with an outer
column commutes with an aggregate when the inner side becomes one more key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.join_conditions import split_equality
from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import Call, FieldRef
from coldb.engine.nullability import is_nullable
from coldb.engine.plan import (
    Aggregate,
    CrossProduct,
    Filter,
    Join,
    Project,
    Sort,
    children,
    with_children,
)
from coldb.engine.plan_tools import fields_read, own_expressions

if TYPE_CHECKING:
    from coldb.engine.bind.context import Context
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan

__all__ = ["CannotPullUp", "Decorrelation"]

# The input of an outer join whose rows are all kept: filters on it and on the join are the same.
_KEPT_SIDE = {"left": 0, "semi": 0, "anti": 0, "right": 1}


class CannotPullUp(Exception):
    """An outer field is read where no predicate can be pulled up from."""


class Decorrelation:
    """Frees the plan of one sub-query from `outer`, the fields of the queries around it."""

    def __init__(self, outer: frozenset[Field], context: Context) -> None:
        self.outer = outer
        self._context = context

    def reads_outer(self, *expressions: Expression) -> bool:
        """Whether any expression reads an outer field."""
        return any(not self.outer.isdisjoint(fields_of(expression)) for expression in expressions)

    def is_correlated(self, plan: Plan) -> bool:
        """Whether any node of the plan reads an outer field."""
        return not self.outer.isdisjoint(fields_read(plan))

    def pull_up(self, plan: Plan) -> tuple[Plan, tuple[Expression, ...]]:
        """The plan without outer fields, and the predicates on pairs of an outer row and one of its
        rows that make up for it. Columns may be added at its end. Raises CannotPullUp."""
        if not self.is_correlated(plan):
            return plan, ()
        match plan:
            case Filter():
                return self._pull_filter(plan)
            case Project():
                return self._pull_through_project(plan)
            case Aggregate(sets=None) if plan.keys:
                return self._pull_through_aggregate(plan)
            case CrossProduct():
                inputs, predicates = zip(*map(self.pull_up, plan.inputs), strict=True)
                return CrossProduct(inputs), tuple(
                    predicate for pulled in predicates for predicate in pulled
                )
            case Join() if plan.kind in _KEPT_SIDE and not self.reads_outer(*own_expressions(plan)):
                return self._pull_from_kept_side(plan)
            case Sort() if not self.reads_outer(*own_expressions(plan)):
                child, pulled = self.pull_up(plan.child)
                return replace(plan, child=child), pulled
            case _:
                raise CannotPullUp

    def _pull_through_aggregate(self, plan: Aggregate) -> tuple[Plan, tuple[Expression, ...]]:
        if self.reads_outer(*own_expressions(plan)):
            raise CannotPullUp
        child, pulled = self.pull_up(plan.child)
        old_fields = plan.fields[: len(plan.keys)]
        keys: dict[Expression, Field] = dict(zip(plan.keys, old_fields, strict=True))
        predicates = []
        for predicate in pulled:
            equality = split_equality(predicate, self.outer)
            if equality is None or not isinstance(predicate, Call):
                raise CannotPullUp
            outer, inner = equality
            if inner not in keys:
                name = inner.field.name if isinstance(inner, FieldRef) else ""
                keys[inner] = self._context.field(name, inner.type, is_nullable(inner))
            predicates.append(replace(predicate, arguments=(outer, FieldRef(keys[inner]))))
        fields = (*keys.values(), *plan.fields[len(plan.keys) :])
        return Aggregate(child, tuple(keys), plan.aggregates, fields), tuple(predicates)

    def _pull_filter(self, plan: Filter) -> tuple[Plan, tuple[Expression, ...]]:
        child, pulled = self.pull_up(plan.child)
        own = tuple(predicate for predicate in plan.predicates if not self.reads_outer(predicate))
        outer = tuple(predicate for predicate in plan.predicates if self.reads_outer(predicate))
        return Filter(child, own) if own else child, pulled + outer

    def _pull_through_project(self, plan: Project) -> tuple[Plan, tuple[Expression, ...]]:
        if self.reads_outer(*plan.expressions):
            raise CannotPullUp
        child, pulled = self.pull_up(plan.child)
        needed = {
            field: None for predicate in pulled for field in fields_of(predicate) - self.outer
        }
        added = tuple(field for field in needed if field not in plan.fields)
        expressions = plan.expressions + tuple(map(FieldRef, added))
        return Project(child, plan.fields + added, expressions), pulled

    def _pull_from_kept_side(self, plan: Join) -> tuple[Plan, tuple[Expression, ...]]:
        kept = _KEPT_SIDE[plan.kind]
        inputs = list(children(plan))
        if self.is_correlated(inputs[1 - kept]):
            raise CannotPullUp
        inputs[kept], pulled = self.pull_up(inputs[kept])
        return with_children(plan, tuple(inputs)), pulled
