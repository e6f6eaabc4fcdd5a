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

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import fields_of
from coldb.engine.expressions import Call, FieldRef
from coldb.engine.functions import resolve
from coldb.engine.optimize.keys import expose_position, find_key
from coldb.engine.optimize.push_filters import conjuncts, filtered
from coldb.engine.plan import CrossProduct, Filter, Join, Lookup, children, with_children

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coldb.engine.expressions import Expression, Field
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan, Scan
    from coldb_warehouse.schema import ForeignKey

__all__ = ["order_joins"]


def order_joins(plan: Plan, context: RuleContext) -> Plan:
    """Replaces every CrossProduct, with the conditions in the Filter above it, by look-ups and joins."""
    inputs, conditions = _flattened(plan)
    if len(inputs) == 1:
        return with_children(plan, tuple(order_joins(child, context) for child in children(plan)))
    ordered = [order_joins(part, context) for part in inputs]
    return _JoinGraph(ordered, conjuncts(conditions), context).build()


def _flattened(plan: Plan) -> tuple[tuple[Plan, ...], tuple[Expression, ...]]:
    """The inputs of a product or an inner join, however nested, and the conditions on them."""
    match plan:
        case CrossProduct():
            nested = [_flattened(part) for part in plan.inputs]
        case Filter(child=CrossProduct() | Join(kind="inner")):
            inputs, conditions = _flattened(plan.child)
            return inputs, (*conditions, *plan.predicates)
        case Join(kind="inner"):
            nested = [_flattened(plan.left), _flattened(plan.right)]
            equalities = tuple(_equality(*pair) for pair in plan.equalities)
            nested.append(((), (*equalities, *plan.residual)))
        case _:
            return (plan,), ()
    inputs = tuple(part for parts, _ in nested for part in parts)
    return inputs, tuple(condition for _, several in nested for condition in several)


def _equality(left: Expression, right: Expression) -> Call:
    resolution = resolve("=", (left.type, right.type))
    return Call(resolution.function, (left, right), resolution.result)


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A condition not yet tested. `sides` are those of an equality, each with the fields that it reads."""

    expression: Expression
    fields: frozenset[Field]
    sides: tuple[tuple[Expression, frozenset[Field]], ...] = ()

    @classmethod
    def of(cls, expression: Expression) -> Condition:
        sides: tuple[tuple[Expression, frozenset[Field]], ...] = ()
        if isinstance(expression, Call) and expression.function.name == "=":
            sides = tuple((side, fields_of(side)) for side in expression.arguments)
        return cls(expression, fields_of(expression), sides)


@dataclass(frozen=True, slots=True)
class Link:
    """Equalities that connect one part to another: pairs (its own side, the other's)."""

    pairs: list[tuple[Expression, Expression]] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SpelledKey:
    """A foreign key of a scan, and the conditions that say it."""

    scan: Scan
    key: ForeignKey
    conditions: list[Condition]


class _JoinGraph:
    """The inputs not yet joined, by number, and the conditions not yet tested."""

    def __init__(
        self, inputs: Sequence[Plan], conditions: Iterable[Expression], context: RuleContext
    ) -> None:
        self.context = context
        self.parts = dict(enumerate(inputs))
        self.part_of = {own: number for number, part in self.parts.items() for own in part.fields}
        self.conditions = [Condition.of(condition) for condition in conditions]
        self._keys: dict[tuple[int, int], SpelledKey | None] = {}
        self._sizes: dict[int, float] = {}

    def build(self) -> Plan:
        while self._attach_dimension():
            pass
        while len(self.parts) > 1:
            self._join_next()
        (plan,) = self.parts.values()
        return filtered(plan, [condition.expression for condition in self.conditions])

    def _links(self) -> dict[int, dict[int, Link]]:
        """For each part, the parts that an equality connects it to."""
        links: dict[int, dict[int, Link]] = defaultdict(lambda: defaultdict(Link))
        for condition in self.conditions:
            parts = [{self.part_of[own] for own in fields} for _, fields in condition.sides]
            if [len(numbers) for numbers in parts] != [1, 1] or parts[0] == parts[1]:
                continue
            (one,), (other,) = parts
            left, right = condition.sides[0][0], condition.sides[1][0]
            for a, b, pair in ((one, other, (left, right)), (other, one, (right, left))):
                links[a][b].pairs.append(pair)
                links[a][b].conditions.append(condition)
        return links

    def _merge(self, into: int, other: int, plan: Plan, used: Sequence[Condition]) -> None:
        """Two parts are one now. What it can test by itself becomes a filter of it."""
        del self.parts[other]
        for own in [own for own, number in self.part_of.items() if number == other]:
            self.part_of[own] = into
        self.conditions = [condition for condition in self.conditions if condition not in used]
        ready = [
            condition
            for condition in self.conditions
            if condition.fields and all(self.part_of[own] == into for own in condition.fields)
        ]
        self.conditions = [condition for condition in self.conditions if condition not in ready]
        self.parts[into] = filtered(plan, [condition.expression for condition in ready])
        self._sizes.pop(into, None)
        self._keys = {
            pair: key for pair, key in self._keys.items() if not {into, other} & set(pair)
        }

    # --- declared keys -------------------------------------------------------------------------

    def _attach_dimension(self) -> bool:
        """Turns one part that needs nothing more of its own into a dimension of a part referencing it."""
        references = {
            (child, dimension): key
            for child, others in self._links().items()
            for dimension, link in others.items()
            if (key := self._key(child, dimension, link)) is not None
        }
        waiting = {child for child, _ in references}
        for (child, dimension), key in references.items():
            if dimension not in waiting and self._attach(child, dimension, key):
                return True
        # References in a circle: any one of them may be broken.
        return any(self._attach(*pair, key) for pair, key in references.items())

    def _key(self, child: int, dimension: int, link: Link) -> SpelledKey | None:
        """The foreign key that leads from one part to the other, with the conditions that spell it out."""
        if (child, dimension) not in self._keys:
            self._keys[child, dimension] = _spelled_key(
                self.context, self.parts[child], self.parts[dimension], link
            )
        return self._keys[child, dimension]

    def _attach(self, child: int, dimension: int, found: SpelledKey) -> bool:
        exposed = expose_position(
            self.context, self.parts[child], found.scan, found.key, nullable=False
        )
        if exposed is None:
            return False
        plan, position = exposed
        joined = Lookup("inner", plan, position, self.parts[dimension], found.key)
        self._merge(child, dimension, joined, found.conditions)
        return True

    # --- everything else -----------------------------------------------------------------------

    def _join_next(self) -> None:
        """Joins the largest part that equalities connect to others with the smallest of these; where
        none do, the two smallest parts."""
        links = self._links()
        if links:
            first = max(links, key=self._size)
            second = min(links[first], key=self._size)
        else:
            second, first = sorted(self.parts, key=self._size)[:2]
        link = links[first][second]
        joined = Join("inner", self.parts[first], self.parts[second], tuple(link.pairs))
        self._merge(first, second, joined, link.conditions)

    def _size(self, number: int) -> float:
        if number not in self._sizes:
            self._sizes[number] = self.context.estimate(self.parts[number])
        return self._sizes[number]


def _spelled_key(
    context: RuleContext, child: Plan, dimension: Plan, link: Link
) -> SpelledKey | None:
    """The key that all of the equalities spell out, or else one that a single one of them does."""
    plain = [
        (pair, condition)
        for pair, condition in zip(link.pairs, link.conditions, strict=True)
        if all(isinstance(side, FieldRef) for side in pair)
    ]
    for attempt in (plain, *([one] for one in plain)):
        pairs = [pair for pair, _ in attempt]
        found = find_key(context, child, dimension, pairs) if pairs else None
        if found is not None:
            return SpelledKey(*found, [condition for _, condition in attempt])
    return None
