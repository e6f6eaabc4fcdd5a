"""Any correlated sub-query as one that is computed for all outer rows at once.

The different values that the sub-query reads of the outer rows are a table. It is joined to the
inputs of the plan and then carried up through every node, so that at the top each row tells for which
values it was made. After Neumann and Kemper, "Unnesting arbitrary queries" (2015).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from coldb.engine.bind.clauses.first_rows import limited_each
from coldb.engine.bind.conversions import Operand, compare
from coldb.engine.bind.subqueries.correlation import OuterValues, same_values
from coldb.engine.calls import GROUPING_SET, AggregateCall
from coldb.engine.expression_tools import coalesce, replace_fields
from coldb.engine.expressions import Call, Constant, FieldRef, IsNull, Or
from coldb.engine.functions.single_row import SINGLE_ROW
from coldb.engine.plan import (
    Aggregate,
    Common,
    CommonScan,
    CrossProduct,
    Filter,
    FrameScan,
    Generate,
    Join,
    Limit,
    Lookup,
    OneRow,
    Project,
    Recursive,
    Scan,
    SetOperation,
    SingleValue,
    Sort,
    TopN,
    Window,
    WorkingTable,
)
from coldb.engine.plan_tools import fields_read
from coldb.errors import NotSupportedError
from coldb_warehouse.types import BIGINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coldb.engine.bind.context import Context
    from coldb.engine.calls import SortKey
    from coldb.engine.expressions import Expression, Field
    from coldb.engine.plan import Plan
    from coldb_grammar.ast import Span

__all__ = ["Unnesting", "or_zero"]

_ZERO_OF_NOTHING = ("count", "count_star", "regr_count")


class Unnesting:
    """Rewrites a plan that reads `outer`, fields of the rows around it. `values` collects the tables
    of outer values that the new plan reads."""

    def __init__(self, outer: Sequence[Field], context: Context, span: Span) -> None:
        self.values: list[OuterValues] = []
        self._outer = tuple(outer)
        self._context = context
        self._span = span

    def new_values(self) -> OuterValues:
        """One more table of the outer values, with fields of its own."""
        values = OuterValues(tuple(map(FieldRef, self._outer)), self._copies(self._outer))
        self.values.append(values)
        return values

    def unnested(self, plan: Plan) -> tuple[Plan, tuple[Field, ...]]:
        """The rows of the plan for all outer values, and the fields that hold these values."""
        if not self._reads_outer(plan):
            values = self.new_values()
            return CrossProduct((values.scan, plan)), values.fields
        match plan:
            case Filter():
                child, own = self.unnested(plan.child)
                return Filter(child, self.inside(plan.predicates, own)), own
            case Project():
                child, own = self.unnested(plan.child)
                expressions = self.inside(plan.expressions, own)
                return _project(child, own, plan.fields, expressions), own
            case Aggregate():
                return self._aggregate(plan)
            case CrossProduct():
                return self._product(plan)
            case Join():
                return self._join(plan)
            case SetOperation():
                return self._set_operation(plan)
            case SingleValue():
                return self._single_value(plan)
            case Sort():
                return self.unnested(plan.child)
            case Window():
                return self._window(plan)
            case Generate():
                return self._generate(plan)
            case Recursive() | WorkingTable():
                message = "WITH RECURSIVE cannot read columns of a query around it"
                raise NotSupportedError(message, self._span)
            case Common():
                child, own = self.unnested(plan.child)
                return replace(plan, child=child), own
            case Limit():
                return self._limit(plan)
            case OneRow() | Scan() | FrameScan() | CommonScan() | TopN() | Lookup():
                raise AssertionError(
                    f"{type(plan).__name__} reads no outer fields when it is bound"
                )
            case _:
                assert_never(plan)

    def inside(
        self, expressions: Sequence[Expression], own: Sequence[Field]
    ) -> tuple[Expression, ...]:
        """The expressions with the outer fields replaced by those that hold their values."""
        mapping = self._mapping(own)
        return tuple(replace_fields(expression, mapping) for expression in expressions)

    def inside_calls(
        self, calls: Sequence[AggregateCall], own: Sequence[Field]
    ) -> tuple[AggregateCall, ...]:
        """The same for aggregate calls."""
        mapping = self._mapping(own)
        return tuple(call.rewritten(lambda part: replace_fields(part, mapping)) for call in calls)

    # --- nodes ---------------------------------------------------------------------------------

    def _aggregate(self, plan: Aggregate) -> tuple[Plan, tuple[Field, ...]]:
        """Groups for each outer value. Without GROUP BY there is a row for values that no row meets,
        too, with zeros for counts and NULL for the others."""
        child, below = self.unnested(plan.child)
        keys = (*map(FieldRef, below), *self.inside(plan.keys, below))
        calls = self.inside_calls(plan.aggregates, below)
        own = self._copies(below)
        if plan.sets is not None:
            return self._grouping_sets(plan, Aggregate(child, keys, calls, own + plan.fields), own)
        if plan.keys:
            return Aggregate(child, keys, calls, own + plan.fields), own
        found = self._copies(plan.fields)
        values = self.new_values()
        equalities = same_values(tuple(map(FieldRef, values.fields)), own)
        every = Join("left", values.scan, Aggregate(child, keys, calls, own + found), equalities)
        results = [or_zero(call, field) for call, field in zip(calls, found, strict=True)]
        return _project(every, values.fields, plan.fields, results), values.fields

    def _window(self, plan: Window) -> tuple[Plan, tuple[Field, ...]]:
        """Partitions for each outer value."""
        child, own = self.unnested(plan.child)
        mapping = self._mapping(own)
        inside = plan.rewritten(lambda part: replace_fields(part, mapping))
        partition_by = (*map(FieldRef, own), *inside.partition_by)
        return replace(inside, child=child, partition_by=partition_by), own

    def _limit(self, plan: Limit) -> tuple[Plan, tuple[Field, ...]]:
        """The first rows of each outer value, by their numbers."""
        child = plan.child
        keys: tuple[SortKey, ...] = ()
        if isinstance(child, Sort):
            keys, child = child.keys, child.child
        rows, own = self.unnested(child)
        mapping = self._mapping(own)
        order = [replace(key, expression=replace_fields(key.expression, mapping)) for key in keys]
        each = tuple(map(FieldRef, own))
        return limited_each(rows, each, order, plan.count, plan.offset, self._context), own

    def _generate(self, plan: Generate) -> tuple[Plan, tuple[Field, ...]]:
        child, own = self.unnested(plan.child)
        calls = (replace(call, arguments=self.inside(call.arguments, own)) for call in plan.calls)
        return replace(plan, child=child, calls=tuple(calls)), own

    def _grouping_sets(
        self, plan: Aggregate, unnested: Aggregate, own: tuple[Field, ...]
    ) -> tuple[Plan, tuple[Field, ...]]:
        """Every set with the outer values as further keys, which come first. The grand total has a
        row for values that no row meets, too."""
        assert plan.sets is not None
        added = len(own)
        sets = tuple((*range(added), *(added + key for key in keys)) for keys in plan.sets)
        groups: Plan = replace(unnested, sets=sets)
        for number in (number for number, keys in enumerate(plan.sets) if not keys):
            totals = self._totals_of_nothing(plan, number)
            fields = (*self._copies(own), *plan.fields)
            groups = SetOperation("UNION", True, groups, totals, fields)
            own = fields[:added]
        return groups, own

    def _totals_of_nothing(self, plan: Aggregate, number: int) -> Plan:
        """The grand total of no rows, for each outer value that none of the rows meets."""
        values = self.new_values()
        rows, below = self.unnested(plan.child)
        equalities = same_values(tuple(map(FieldRef, values.fields)), below)
        alone = Join("anti", values.scan, rows, equalities)
        results: list[Expression] = [Constant(None, key.type) for key in plan.keys]
        for call in plan.aggregates:
            value = 0 if call.function in _ZERO_OF_NOTHING else None
            value = number if call.function == GROUPING_SET else value
            results.append(Constant(value, call.type))
        return _project(alone, values.fields, self._copies(plan.fields), results)

    def _product(self, plan: CrossProduct) -> tuple[Plan, tuple[Field, ...]]:
        """Inputs that read outer fields are matched by these; the others stay as they are."""
        own: tuple[Field, ...] = ()
        inputs: list[Plan] = []
        predicates: list[Expression] = []
        for part in plan.inputs:
            if self._reads_outer(part):
                part, fields = self.unnested(part)
                if own:
                    predicates += self._equal(own, fields)
                own = own or fields
            inputs.append(part)
        product = CrossProduct(tuple(inputs))
        return (Filter(product, tuple(predicates)) if predicates else product), own

    def _join(self, plan: Join) -> tuple[Plan, tuple[Field, ...]]:
        if plan.kind == "right":
            mirrored = tuple((right, left) for left, right in plan.equalities)
            return self._join(Join("left", plan.right, plan.left, mirrored, plan.residual))
        if plan.kind == "full":
            message = "a FULL JOIN that reads outer columns is not supported yet"
            raise NotSupportedError(message, self._span)
        if plan.null_aware:
            plan = self._without_null_awareness(plan)
        left, own = self.unnested(plan.left)
        right = plan.right
        lefts = self.inside([pair[0] for pair in plan.equalities], own)
        rights = self.inside([pair[1] for pair in plan.equalities], own)
        equalities = tuple(zip(lefts, rights, strict=True))
        if self._reads_outer(right):
            right, fields = self.unnested(right)
            equalities += same_values(tuple(map(FieldRef, own)), fields)
        return Join(plan.kind, left, right, equalities, self.inside(plan.residual, own)), own

    def _without_null_awareness(self, plan: Join) -> Join:
        """NOT IN spelt out, because NULLs only matter among the rows of one outer value."""
        residual = plan.residual
        for left, right in plan.equalities:
            equal = compare("=", Operand(left, self._span), Operand(right, self._span), self._span)
            residual += (Or((equal, IsNull(left), IsNull(right))),)
        return replace(plan, equalities=(), residual=residual, null_aware=False)

    def _set_operation(self, plan: SetOperation) -> tuple[Plan, tuple[Field, ...]]:
        sides = []
        for side in (plan.left, plan.right):
            rows, own = self.unnested(side)
            fields = side.fields
            sides.append(_project(rows, own, fields, tuple(map(FieldRef, fields))))
        own = self._copies(self._outer)
        return replace(plan, left=sides[0], right=sides[1], fields=own + plan.fields), own

    def _single_value(self, plan: SingleValue) -> tuple[Plan, tuple[Field, ...]]:
        child, own = self.unnested(plan.child)
        if not self._reads_outer(plan.query):
            return replace(plan, child=child), own
        query, below = self.unnested(plan.query)
        value = plan.query.fields[0]
        keys, found = self._copies(below), self._context.field(value.name, value.type)
        count = self._context.field("count", BIGINT)
        calls = (
            AggregateCall("min", (FieldRef(value),), value.type),
            AggregateCall("count_star", (), BIGINT),
        )
        groups = Aggregate(query, tuple(map(FieldRef, below)), calls, (*keys, found, count))
        rows = Join("left", child, groups, same_values(tuple(map(FieldRef, own)), keys))
        single = Call(SINGLE_ROW, (FieldRef(found), FieldRef(count)), value.type, self._span)
        return _project(rows, child.fields, (value,), (single,)), own

    # --- parts ---------------------------------------------------------------------------------

    def _reads_outer(self, plan: Plan) -> bool:
        return not fields_read(plan).isdisjoint(self._outer)

    def _mapping(self, own: Sequence[Field]) -> dict[Field, Expression]:
        return dict(zip(self._outer, map(FieldRef, own), strict=True))

    def _copies(self, fields: Sequence[Field]) -> tuple[Field, ...]:
        return tuple(self._context.field(one.name, one.type, one.nullable) for one in fields)

    def _equal(self, own: Sequence[Field], others: tuple[Field, ...]) -> list[Expression]:
        pairs = same_values(tuple(map(FieldRef, own)), others)
        return [
            compare("=", Operand(left, self._span), Operand(right, self._span), self._span)
            for left, right in pairs
        ]


def _project(
    child: Plan,
    kept: tuple[Field, ...],
    fields: tuple[Field, ...],
    expressions: Sequence[Expression],
) -> Project:
    """The computed fields behind those that are kept."""
    return Project(child, kept + fields, (*map(FieldRef, kept), *expressions))


def or_zero(call: AggregateCall, field: Field) -> Expression:
    """The result of an aggregate where there may be no group for it: counts are zero then."""
    found = FieldRef(replace(field, nullable=True))
    if call.function not in _ZERO_OF_NOTHING:
        return found
    return coalesce((found, Constant(0, call.type)), call.type)
