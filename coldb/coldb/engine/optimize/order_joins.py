"""Takes a product of tables apart into joins: declared keys first, then equalities, smallest first.

        Filter: lo_custkey = c_custkey, ...        Lookup inner: dates
        └─ CrossProduct                            └─ Lookup inner: customer
           ├─ Scan: dates                   ->        ├─ Scan: lineorder
           ├─ Scan: customer                          └─ Scan: customer
           └─ Scan: lineorder

An input whose declared primary key another one references becomes its dimension. Dimensions are
attached from the leaves of a snowflake inwards, so each is complete before it becomes an array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import Call, FieldRef
from coldb.engine.optimize.keys import expose_position, find_key
from coldb.engine.optimize.push_filters import conjuncts, filtered
from coldb.engine.plan import CrossProduct, Filter, Join, Lookup, children, with_children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan, Scan
    from coldb_warehouse.schema import ForeignKey

__all__ = ["order_joins", "split_equality"]


def order_joins(plan: Plan, context: RuleContext) -> Plan:
    """Replaces every CrossProduct, with the conditions in the Filter above it, by look-ups and joins."""
    if isinstance(plan, Filter) and isinstance(plan.child, CrossProduct):
        inputs = [order_joins(child, context) for child in plan.child.inputs]
        return _JoinGraph(inputs, conjuncts(plan.predicates), context).build()
    if isinstance(plan, CrossProduct):
        inputs = [order_joins(child, context) for child in plan.inputs]
        return _JoinGraph(inputs, (), context).build()
    return with_children(plan, tuple(order_joins(child, context) for child in children(plan)))


def split_equality(
    predicate: Expression, left: Sequence[Field], right: Sequence[Field]
) -> tuple[Expression, Expression] | None:
    """The sides (of `left`, of `right`) of an equality that connects the two; None if it is no such thing."""
    if not isinstance(predicate, Call) or predicate.function.name != "=":
        return None
    first, second = predicate.arguments
    first_fields, second_fields = fields_of(first), fields_of(second)
    if not first_fields or not second_fields:
        return None
    if first_fields <= frozenset(left) and second_fields <= frozenset(right):
        return first, second
    if second_fields <= frozenset(left) and first_fields <= frozenset(right):
        return second, first
    return None


@dataclass(frozen=True, slots=True)
class SpelledKey:
    """A foreign key of a scan, and the conditions that say it."""

    scan: Scan
    key: ForeignKey
    conditions: list[Expression]


class _JoinGraph:
    """The inputs not yet joined, and the conditions not yet tested."""

    def __init__(
        self, inputs: Sequence[Plan], conditions: tuple[Expression, ...], context: RuleContext
    ) -> None:
        self.parts = list(inputs)
        self.conditions = list(conditions)
        self.context = context

    def build(self) -> Plan:
        while self._attach_dimension():
            pass
        self.parts.sort(key=self.context.estimate, reverse=True)
        while len(self.parts) > 1:
            self._join_next()
        return filtered(self.parts[0], self.conditions)

    # --- declared keys -------------------------------------------------------------------------

    def _attach_dimension(self) -> bool:
        """Turns one part that needs nothing more of its own into a dimension of a part referencing it."""
        references = [
            (child, dimension)
            for child in range(len(self.parts))
            for dimension in range(len(self.parts))
            if child != dimension and self._key(child, dimension) is not None
        ]
        waiting = {child for child, _ in references}
        for child, dimension in references:
            if dimension not in waiting and self._attach(child, dimension):
                return True
        # References in a circle: any one of them may be broken.
        return any(self._attach(child, dimension) for child, dimension in references)

    def _key(self, child: int, dimension: int) -> SpelledKey | None:
        """The foreign key that leads from one part to the other, with the conditions that spell it out."""
        equalities = []
        used = []
        for condition in self.conditions:
            sides = split_equality(
                condition, self.parts[child].fields, self.parts[dimension].fields
            )
            if sides is not None and all(isinstance(side, FieldRef) for side in sides):
                equalities.append(sides)
                used.append(condition)
        return _spelled_key(
            self.context, self.parts[child], self.parts[dimension], equalities, used
        )

    def _attach(self, child: int, dimension: int) -> bool:
        found = self._key(child, dimension)
        if found is None:
            return False
        exposed = expose_position(
            self.context, self.parts[child], found.scan, found.key, nullable=False
        )
        if exposed is None:
            return False
        plan, position = exposed
        self.parts[child] = Lookup("inner", plan, position, self.parts[dimension], found.key)
        del self.parts[dimension]
        self.conditions = [
            condition for condition in self.conditions if condition not in found.conditions
        ]
        self._settle()
        return True

    def _settle(self) -> None:
        """Conditions that one part can now test by itself become a filter of it."""
        for number, part in enumerate(self.parts):
            fields = frozenset(part.fields)
            ready = [c for c in self.conditions if (used := fields_of(c)) and used <= fields]
            if ready:
                self.parts[number] = filtered(part, ready)
                self.conditions = [
                    condition for condition in self.conditions if condition not in ready
                ]

    # --- everything else -----------------------------------------------------------------------

    def _join_next(self) -> None:
        """Joins the first part with the smallest one that an equality connects, else with the smallest."""
        first, *others = self.parts
        connected = [other for other in others if self._equalities(first, other)]
        chosen = min(connected or others, key=self.context.estimate)
        equalities = self._equalities(first, chosen)
        used = [condition for condition, _ in equalities]
        joined = Join("inner", first, chosen, tuple(sides for _, sides in equalities))
        self.parts = [joined, *(other for other in others if other is not chosen)]
        self.conditions = [condition for condition in self.conditions if condition not in used]
        self._settle()

    def _equalities(
        self, left: Plan, right: Plan
    ) -> list[tuple[Expression, tuple[Expression, Expression]]]:
        found = []
        for condition in self.conditions:
            sides = split_equality(condition, left.fields, right.fields)
            if sides is not None:
                found.append((condition, sides))
        return found


def _spelled_key(
    context: RuleContext,
    child: Plan,
    dimension: Plan,
    equalities: Sequence[tuple[Expression, Expression]],
    conditions: Sequence[Expression],
) -> SpelledKey | None:
    """The key that all of the equalities spell out, or else one that a single one of them does."""
    attempts = [(list(equalities), list(conditions))]
    attempts += [
        ([one], [condition]) for one, condition in zip(equalities, conditions, strict=True)
    ]
    for pairs, used in attempts:
        found = find_key(context, child, dimension, pairs) if pairs else None
        if found is not None:
            return SpelledKey(*found, used)
    return None
