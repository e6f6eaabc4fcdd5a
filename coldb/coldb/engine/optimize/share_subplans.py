"""Runs a sub-plan once that several places of a plan ask for.

        Join                                        Common 1
        ├─ Aggregate by store: sum(x)               ├─ Aggregate by store: sum(x)
        │  └─ Scan: sales                     ->    └─ Join
        └─ Aggregate by store: sum(x)                  ├─ CommonScan: 1
           └─ Scan: sales                              └─ CommonScan: 1

Every use of a WITH query is bound anew, and filters sink into each; what is still equal then need not
be computed again. So are equal sub-queries, and equal branches of a UNION. Nodes are numbered by value
(Cocke and Schwartz, 1970): two have one number if they do the same to inputs of the same numbers.
Nothing is gained by sharing what streams out of a table, only what has to be grouped, joined or sorted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from coldb.engine.expression_tools import replace_fields, walk
from coldb.engine.expressions import Call, Constant, Field, FieldRef
from coldb.engine.plan import (
    Aggregate,
    Common,
    CommonScan,
    Join,
    Scan,
    SetOperation,
    Sort,
    TopN,
    Window,
    children,
    with_children,
    working_tables,
)
from coldb.engine.plan_tools import new_fields, with_expressions, with_fields

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from coldb.engine.expressions import Expression
    from coldb.engine.optimize.rule_context import RuleContext
    from coldb.engine.plan import Plan

__all__ = ["share_subplans"]

# These need all of their input before they give a row, or may give more rows than they take.
_COSTLY = (Aggregate, Join, SetOperation, Sort, TopN, Window)


def share_subplans(plan: Plan, context: RuleContext) -> Plan:
    """Puts a Common for each repeated sub-plan on top, and a CommonScan in every place of it."""
    shapes = Counter(_shape(node) for node in _nodes(plan) if isinstance(node, _COSTLY))
    if all(count == 1 for count in shapes.values()):
        return plan
    return _Sharing(plan).plan()


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in children(plan):
        yield from _nodes(child)


def _shape(plan: Plan) -> int:
    """The same for equal sub-plans, and told without a look at expressions."""
    table = plan.table if isinstance(plan, Scan) else ""
    return hash((type(plan), table, *map(_shape, children(plan))))


class _Sharing:
    """The nodes of a plan by value. Common queries that it has already go on top of it as they are."""

    def __init__(self, plan: Plan) -> None:
        self._queries: dict[int, Plan] = {}
        self._body = self._without_commons(plan)
        self._values: dict[Hashable, int] = {}
        self._value_of: dict[int, int] = {}  # by identity of the node
        self._costly: list[bool] = []
        self._asked: Counter[int] = Counter()
        self._scans: dict[int, tuple[int, Plan]] = {}
        for part in (*self._queries.values(), self._body):
            self._number(part)

    def plan(self) -> Plan:
        """The plan with what is repeated in it shared."""
        queries = {number: self._shared(query) for number, query in self._queries.items()}
        body = self._shared(self._body)
        for number, query in reversed(_read_first({**dict(self._scans.values()), **queries})):
            body = Common(number, query, body)
        return body

    def _without_commons(self, plan: Plan) -> Plan:
        if isinstance(plan, Common):
            query = self._without_commons(plan.query)
            self._queries[plan.number] = query
            return self._without_commons(plan.child)
        return with_children(plan, tuple(map(self._without_commons, children(plan))))

    # --- numbers by value ----------------------------------------------------------------------

    def _number(self, plan: Plan) -> int:
        inputs = tuple(map(self._number, children(plan)))
        key = _key(plan, inputs)
        value = self._values.get(key)
        if value is None:
            value = self._values[key] = len(self._values)
            self._asked.update(inputs)
            costly = isinstance(plan, _COSTLY) or any(self._costly[number] for number in inputs)
            self._costly.append(costly)
        self._value_of[id(plan)] = value
        return value

    def _is_repeated(self, plan: Plan) -> bool:
        value = self._value_of[id(plan)]
        # A working table holds other rows each time it is read.
        return self._asked[value] > 1 and self._costly[value] and not working_tables(plan)

    # --- the plan anew -------------------------------------------------------------------------

    def _shared(self, plan: Plan) -> Plan:
        value = self._value_of[id(plan)]
        if value not in self._scans:
            whole = with_children(plan, tuple(map(self._shared, children(plan))))
            if not self._is_repeated(plan):
                return whole
            number = 1 + max(
                (*self._queries, *(number for number, _ in self._scans.values())), default=0
            )
            self._scans[value] = (number, whole)
        number, query = self._scans[value]
        return CommonScan(number, query.fields, plan.fields)


def _read_first(queries: dict[int, Plan]) -> list[tuple[int, Plan]]:
    """Common queries in such an order that each comes behind those that it reads."""
    ordered: dict[int, Plan] = {}

    def add(number: int) -> None:
        if number not in ordered:
            for node in _nodes(queries[number]):
                if isinstance(node, CommonScan) and node.number in queries:
                    add(node.number)
            ordered[number] = queries[number]

    for number in queries:
        add(number)
    return list(ordered.items())


def _key(plan: Plan, inputs: tuple[int, ...]) -> Hashable:
    """Equal for nodes that do the same to inputs of these numbers: fields count by their places."""
    if isinstance(plan, Scan):
        plan = replace(plan, alias="")
    fields = [field for child in children(plan) for field in child.fields]
    fields += new_fields(plan)
    names = {field: Field(place, "", field.type) for place, field in enumerate(fields)}
    references = {field: FieldRef(name) for field, name in names.items()}
    marks: list[Hashable] = []

    def renamed(expression: Expression) -> Expression:
        marks.extend(map(_mark, walk(expression)))
        return replace_fields(expression, references)

    plan = with_fields(with_expressions(plan, renamed), names.__getitem__)
    stubs = tuple(CommonScan(number, (), ()) for number in inputs)
    return with_children(plan, stubs), tuple(mark for mark in marks if mark is not None)


def _mark(expression: Expression) -> Hashable:
    """What tells apart expressions that compare equal: nothing equals random(), nor 0.0 always -0.0."""
    if isinstance(expression, Call) and expression.function.volatile:
        return object()
    if isinstance(expression, Constant) and isinstance(expression.value, float):
        return str(expression.value)
    return None
