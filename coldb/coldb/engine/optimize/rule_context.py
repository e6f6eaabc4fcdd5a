"""What rules may know: the snapshot's schemas and sizes, and a supply of fresh fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coldb.engine.expressions import Field
from coldb.engine.plan import (
    Aggregate,
    Common,
    CommonScan,
    CrossProduct,
    Filter,
    FrameScan,
    Join,
    Limit,
    Lookup,
    OneRow,
    Scan,
    SetOperation,
    TopN,
    WorkingTable,
    children,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from coldb.engine.plan import Plan
    from coldb_warehouse import Snapshot
    from coldb_warehouse.reading.snapshot import TableSnapshot
    from coldb_warehouse.schema import TableSchema
    from coldb_warehouse.types import Type

__all__ = ["RuleContext", "largest_field"]

# The share of rows that a condition of unknown selectivity is taken to keep.
GUESSED_SHARE = 0.25


class RuleContext:
    """Shared by the rules while they work on one plan."""

    def __init__(self, snapshot: Snapshot, plan: Plan, now: dt.datetime) -> None:
        self.snapshot = snapshot
        self.now = now
        self.used_clock = False  # a constant of the plan depends on the time of the statement
        self._next_field = 1 + largest_field(plan)
        self._commons = dict(_common_queries(plan))

    def new_field(self, name: str, type_: Type, nullable: bool) -> Field:
        """A field that nothing refers to yet."""
        field = Field(self._next_field, name, type_, nullable)
        self._next_field += 1
        return field

    def schema(self, scan: Scan) -> TableSchema:
        return self._table(scan).schema

    def _table(self, scan: Scan) -> TableSnapshot:
        return (scan.past or self.snapshot).table(scan.table)

    def estimate(self, plan: Plan) -> float:
        """About how many rows a plan gives. Right only in its order of magnitude."""
        match plan:
            case OneRow():
                return 1.0
            case Scan():
                return self._table(plan).live_rows * GUESSED_SHARE ** len(plan.predicates)
            case FrameScan() | WorkingTable():
                return 1000.0
            case CommonScan():
                return self.estimate(self._commons[plan.number])
            case Common():
                return self.estimate(plan.child)
            case Filter():
                return self.estimate(plan.child) * GUESSED_SHARE ** len(plan.predicates)
            case CrossProduct():
                result = 1.0
                for child in plan.inputs:
                    result *= max(self.estimate(child), 1.0)
                return result
            case Join(kind="inner") if not plan.equalities:
                return self.estimate(plan.left) * self.estimate(plan.right)
            case Join(kind="inner" | "full"):
                return max(self.estimate(plan.left), self.estimate(plan.right))
            case Lookup(kind="left"):
                return self.estimate(plan.child)
            case Lookup():
                share = self.estimate(plan.dimension) / max(self._base_rows(plan.dimension), 1)
                return self.estimate(plan.child) * min(share, 1.0)
            case Aggregate():
                return max(self.estimate(plan.child) * 0.1, 1.0) if plan.keys else 1.0
            case Limit() | TopN():
                rows = self.estimate(plan.child)
                return rows if plan.count is None else min(rows, float(plan.count))
            case SetOperation():
                return self.estimate(plan.left) + self.estimate(plan.right)
            case _:
                return self.estimate(children(plan)[0])

    def rows_read(self, plan: Plan) -> float:
        """How many stored rows a plan reads at most."""
        if isinstance(plan, Scan):
            return float(self._table(plan).live_rows)
        return sum(map(self.rows_read, children(plan)))

    def _base_rows(self, plan: Plan) -> float:
        while not isinstance(plan, Scan):
            plan = children(plan)[0]
        return float(self._table(plan).live_rows)


def _common_queries(plan: Plan) -> Iterator[tuple[int, Plan]]:
    if isinstance(plan, Common):
        yield plan.number, plan.query
    for child in children(plan):
        yield from _common_queries(child)


def largest_field(plan: Plan) -> int:
    """The largest field id in a plan; -1 if it has no fields."""
    own = max((field.id for field in plan.fields), default=-1)
    return max([own, *(largest_field(child) for child in children(plan))])
