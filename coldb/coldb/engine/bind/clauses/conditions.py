"""WHERE and HAVING: a conjunction as predicates, and joins with sub-queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coldb.engine.bind.clauses.join_conditions import conjuncts, node_conjuncts
from coldb.engine.bind.subqueries.attachments import attach, rewritten
from coldb.engine.bind.subqueries.conditions import SubqueryJoin, exists_condition, in_condition
from coldb.engine.bind.subqueries.quantified import as_membership
from coldb.engine.plan import Filter
from coldb_grammar import ast

if TYPE_CHECKING:
    from collections.abc import Callable

    from coldb.engine.bind.expressions import ExpressionBinder
    from coldb.engine.bind.subqueries.attachments import Attachment
    from coldb.engine.expressions import Expression
    from coldb.engine.plan import Plan

__all__ = ["Conditions", "bind_conditions"]


@dataclass(slots=True)
class Conditions:
    """A bound conjunction.

    `predicates` read the rows alone, `late` ones also the attachments; of the joins with
    sub-queries, `late_joins` compare with an attachment.
    """

    predicates: list[Expression] = field(default_factory=list)
    joins: list[SubqueryJoin] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    late_joins: list[SubqueryJoin] = field(default_factory=list)
    late: list[Expression] = field(default_factory=list)

    def rewritten(self, rewrite: Callable[[Expression], Expression]) -> Conditions:
        """The same with every expression over the rows rewritten."""
        return Conditions(
            [rewrite(predicate) for predicate in self.predicates],
            [join.rewritten(rewrite) for join in self.joins],
            [rewritten(attachment, rewrite) for attachment in self.attachments],
            [join.rewritten(rewrite) for join in self.late_joins],
            [rewrite(predicate) for predicate in self.late],
        )

    def beyond_predicates(self, plan: Plan) -> Plan:
        """The rows of `plan`, where the predicates hold, for which all the rest holds too."""
        rows = plan
        for join in self.joins:
            plan = join.over(plan, rows)
        plan = attach(plan, self.attachments)
        for join in self.late_joins:
            plan = join.over(plan, rows)
        return Filter(plan, tuple(self.late)) if self.late else plan

    def over(self, plan: Plan) -> Plan:
        """The rows of `plan` for which the conjunction is TRUE."""
        return self.beyond_predicates(
            Filter(plan, tuple(self.predicates)) if self.predicates else plan
        )


def bind_conditions(node: ast.Expression | None, binder: ExpressionBinder) -> Conditions:
    """A conjunction. The binder must be for this clause alone."""
    conditions = Conditions()
    for part in node_conjuncts(node):
        attached = len(binder.attachments)
        bound = _bound(part, binder)
        stands_alone = len(binder.attachments) == attached
        if isinstance(bound, SubqueryJoin):
            (conditions.joins if stands_alone else conditions.late_joins).append(bound)
        else:
            (conditions.predicates if stands_alone else conditions.late).extend(conjuncts(bound))
    conditions.attachments = binder.attachments
    return conditions


def _bound(node: ast.Expression, binder: ExpressionBinder) -> SubqueryJoin | Expression:
    inner, negated = node, False
    while isinstance(inner, ast.Unary) and inner.operator == "NOT":
        inner, negated = inner.operand, not negated
    match inner:
        case ast.Exists():
            return exists_condition(binder, inner, negated)
        case ast.InQuery():
            return in_condition(binder, inner, negated is not inner.negated)
        case ast.Quantified() if (membership := as_membership(inner)) is not None:
            return in_condition(binder, membership, negated is not membership.negated)
        case _:
            return binder.condition(node, binder.clause, filtering=True)
