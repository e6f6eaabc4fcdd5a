"""The logical plan: what is to be computed, as a tree of frozen nodes whose rows flow from the leaves up.

The binder builds it, the rules in `optimize` rewrite it, `lower` turns it into operators, and
`explain` prints it. `fields` of a node are its output columns; every expression of a node refers to
fields of its children.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coldb.engine.calls import AggregateCall, SortKey, WindowCall
    from coldb.engine.expressions import Expression, Field
    from coldb_grammar.ast import Span
    from coldb_warehouse import Snapshot
    from coldb_warehouse.schema import ForeignKey
    from coldb_warehouse.types import Type

__all__ = [
    "Aggregate",
    "Common",
    "CommonScan",
    "CrossProduct",
    "Filter",
    "FrameScan",
    "Generate",
    "Join",
    "JoinKind",
    "Limit",
    "Lookup",
    "OneRow",
    "Plan",
    "Project",
    "Recursive",
    "Scan",
    "SetCall",
    "SetOperation",
    "SingleValue",
    "Sort",
    "TopN",
    "Window",
    "WorkingTable",
    "children",
    "common_scans",
    "with_children",
    "working_tables",
]

JoinKind: TypeAlias = Literal["inner", "left", "right", "full", "semi", "anti"]


@dataclass(frozen=True, slots=True)
class OneRow:
    """One row of no columns: what a SELECT without FROM selects from."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Scan:
    """Reads columns of a stored table.

    `columns[i]` is the stored column behind `fields[i]`; a hidden position column may be among them.
    `predicates` (conjuncts over `fields`) are tested on the way, cheapest first. `past` is the version
    to read, where it is another than the statement's.
    """

    table: str
    columns: tuple[str, ...]
    fields: tuple[Field, ...]
    predicates: tuple[Expression, ...] = ()
    alias: str = ""
    past: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class FrameScan:
    """Reads a registered Arrow table (by name), or what is kept with the plan: VALUES rows, files."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows for which every predicate is TRUE; FALSE and NULL both drop a row."""

    child: Plan
    predicates: tuple[Expression, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields


@dataclass(frozen=True, slots=True)
class Project:
    """Computes `expressions[i]` as `fields[i]`. Order and names of the columns are its own."""

    child: Plan
    fields: tuple[Field, ...]
    expressions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class CrossProduct:
    """Every row of each child with every row of the others; comma joins and inner joins start as this,
    with their conditions in a Filter above, and the join-ordering rule takes it apart."""

    inputs: tuple[Plan, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for child in self.inputs for field in child.fields)


@dataclass(frozen=True, slots=True)
class Join:
    """A general join. `equalities` are pairs (left expression, right expression); NULLs never match.

    `residual` are further conditions on a candidate pair. semi and anti keep the left fields alone;
    `null_aware` makes anti mean NOT IN: one NULL key on the right, or a NULL on the left with any row
    on the right, keeps the row out. `right_first`: the right side is to run first, and its keys tell
    the left one which rows it need not read; otherwise it is the other way round.
    """

    kind: JoinKind
    left: Plan
    right: Plan
    equalities: tuple[tuple[Expression, Expression], ...] = ()
    residual: tuple[Expression, ...] = ()
    null_aware: bool = False
    right_first: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        return (
            self.left.fields
            if self.kind in ("semi", "anti")
            else self.left.fields + self.right.fields
        )


@dataclass(frozen=True, slots=True)
class Lookup:
    """A join that was resolved at load: `position`, a field of the child, is the row number in the dimension.

    `dimension` is row-preserving over one Scan (Scan, Filter, Project, Lookup), so each of its columns
    is an array indexed by position and its filters are a set of positions. `kind` inner drops rows
    with no partner, left gives them NULLs; semi and anti keep the child's fields alone.
    """

    kind: Literal["inner", "left", "semi", "anti"]
    child: Plan
    position: Field
    dimension: Plan
    key: ForeignKey

    @property
    def fields(self) -> tuple[Field, ...]:
        return (
            self.child.fields
            if self.kind in ("semi", "anti")
            else self.child.fields + self.dimension.fields
        )


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Groups by `keys` (none: one group, even over no rows). Fields are the keys, then the aggregates.

    With `sets`, the rows are grouped once for each grouping set: by the keys with these numbers,
    while the other keys are NULL. Two equal sets give every group twice.
    """

    child: Plan
    keys: tuple[Expression, ...]
    aggregates: tuple[AggregateCall, ...]
    fields: tuple[Field, ...]
    sets: tuple[tuple[int, ...], ...] | None = None

    @property
    def common_keys(self) -> frozenset[int]:
        """The numbers of the keys by which every group is made."""
        every = frozenset(range(len(self.keys)))
        return every if self.sets is None else every.intersection(*self.sets)


@dataclass(frozen=True, slots=True)
class Window:
    """Adds a column for each of `calls` to the rows: `results[i]` holds `calls[i]`.

    All calls see the rows of one partition in the order of one sort, of which they may count fewer
    keys than there are. With `most`, the one call ranks rows, and those beyond that rank may be left
    out.
    """

    child: Plan
    partition_by: tuple[Expression, ...]
    order_by: tuple[SortKey, ...]
    calls: tuple[WindowCall, ...]
    results: tuple[Field, ...]
    most: int | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields + self.results

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every expression over the rows of the child."""
        keys = (key.expression for key in self.order_by)
        return (
            *self.partition_by,
            *keys,
            *(part for call in self.calls for part in call.expressions),
        )

    def rewritten(self, change: Callable[[Expression], Expression]) -> Window:
        """The same node with each of its expressions changed."""
        return replace(
            self,
            partition_by=tuple(map(change, self.partition_by)),
            order_by=tuple(key.rewritten(change) for key in self.order_by),
            calls=tuple(call.rewritten(change) for call in self.calls),
        )


@dataclass(frozen=True, slots=True)
class Sort:
    child: Plan
    keys: tuple[SortKey, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` None means all."""

    child: Plan
    count: int | None
    offset: int = 0

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields


@dataclass(frozen=True, slots=True)
class TopN:
    """Sort and Limit as one, which keeps only offset + count rows at a time."""

    child: Plan
    keys: tuple[SortKey, ...]
    count: int
    offset: int = 0

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields


@dataclass(frozen=True, slots=True)
class SetOperation:
    """UNION, INTERSECT or EXCEPT, by position of the columns; without `all`, rows are distinct."""

    operator: Literal["UNION", "INTERSECT", "EXCEPT"]
    all: bool
    left: Plan
    right: Plan
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class SingleValue:
    """A scalar sub-query beside the rows of `child`: adds its one column; no row gives NULL, two an error."""

    child: Plan
    query: Plan
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields + self.query.fields


@dataclass(frozen=True, slots=True)
class CommonScan:
    """Reads the rows of the common query of that number; `sources[i]` is its column behind `fields[i]`."""

    number: int
    sources: tuple[Field, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """The rows of `child`, in which any CommonScan of `number` reads `query`. That is run once, when
    the first of them is."""

    number: int
    query: Plan
    child: Plan

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.child.fields


@dataclass(frozen=True, slots=True)
class SetCall:
    """`function`, as named in the table of set functions, gives any number of values for a row."""

    function: str
    arguments: tuple[Expression, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Generate:
    """Each row of `child` with every value that the calls give for it: `results[i]` holds `calls[i]`.

    Several calls go side by side; those that end sooner than the longest one go on with NULL. A row
    for which no call gives a value is left out. `ordinality` numbers the values of each row from one.
    """

    child: Plan
    calls: tuple[SetCall, ...]
    results: tuple[Field, ...]
    ordinality: Field | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        numbers = () if self.ordinality is None else (self.ordinality,)
        return self.child.fields + self.results + numbers


@dataclass(frozen=True, slots=True)
class WorkingTable:
    """Rows that the running query keeps under a number; their columns match by position."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Recursive:
    """WITH RECURSIVE: the rows of `base`, and then those of `step` until it gives none.

    `step` reads the rows that came last as the WorkingTable of this number. Without `all`, rows that
    were there before are left out. Columns match by position.
    """

    number: int
    base: Plan
    step: Plan
    all: bool
    fields: tuple[Field, ...]
    name: str = ""


Plan: TypeAlias = (
    "OneRow | Scan | FrameScan | Filter | Project | CrossProduct | Join | Lookup | Aggregate | Sort | Limit"
    " | Common | CommonScan"
    " | TopN | SetOperation | SingleValue | Window"
    " | Generate | WorkingTable | Recursive"
)


def children(plan: Plan) -> tuple[Plan, ...]:
    """The inputs of a node, left to right."""
    match plan:
        case OneRow() | Scan() | FrameScan() | WorkingTable():
            return ()
        case Filter() | Project() | Aggregate() | Sort() | Limit() | TopN() | Window() | Generate():
            return (plan.child,)
        case CommonScan():
            return ()
        case Common():
            return (plan.query, plan.child)
        case CrossProduct():
            return plan.inputs
        case Join() | SetOperation():
            return (plan.left, plan.right)
        case Lookup():
            return (plan.child, plan.dimension)
        case SingleValue():
            return (plan.child, plan.query)
        case Recursive():
            return (plan.base, plan.step)
        case _:
            assert_never(plan)


def common_scans(plan: Plan, number: int) -> Iterator[CommonScan]:
    """Who reads the common query of that number in a plan."""
    if isinstance(plan, CommonScan) and plan.number == number:
        yield plan
    for child in children(plan):
        yield from common_scans(child, number)


def with_children(plan: Plan, inputs: tuple[Plan, ...]) -> Plan:
    """The same node over other inputs; the node itself where they are the ones it has."""
    if all(new is old for new, old in zip(inputs, children(plan), strict=True)):
        return plan
    match plan:
        case OneRow() | Scan() | FrameScan() | WorkingTable():
            return plan
        case Filter() | Project() | Aggregate() | Sort() | Limit() | TopN() | Window() | Generate():
            return replace(plan, child=inputs[0])
        case CommonScan():
            return plan
        case Common():
            return replace(plan, query=inputs[0], child=inputs[1])
        case CrossProduct():
            return CrossProduct(inputs)
        case Join() | SetOperation():
            return replace(plan, left=inputs[0], right=inputs[1])
        case Lookup():
            return replace(plan, child=inputs[0], dimension=inputs[1])
        case SingleValue():
            return replace(plan, child=inputs[0], query=inputs[1])
        case Recursive():
            return replace(plan, base=inputs[0], step=inputs[1])
        case _:
            assert_never(plan)


def working_tables(plan: Plan) -> frozenset[int]:
    """The numbers of the working tables that a plan reads and does not make itself."""
    match plan:
        case WorkingTable():
            return frozenset((plan.number,))
        case Recursive():
            return working_tables(plan.base) | working_tables(plan.step) - {plan.number}
        case _:
            return frozenset().union(*map(working_tables, children(plan)))
