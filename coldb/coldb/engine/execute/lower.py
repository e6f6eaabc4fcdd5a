"""From the logical plan to operators, one for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from coldb.engine.execute.aggregate import AggregateOperator
from coldb.engine.execute.common import CommonOperator, CommonScanOperator
from coldb.engine.execute.generate import GenerateOperator
from coldb.engine.execute.join import JoinOperator
from coldb.engine.execute.leaves import FrameScanOperator, OneRowOperator, SingleValueOperator
from coldb.engine.execute.lookup import LookupOperator
from coldb.engine.execute.recursion import RecursiveOperator, WorkingTableOperator
from coldb.engine.execute.scan import ScanOperator
from coldb.engine.execute.set_operation import SetOperationOperator
from coldb.engine.execute.sorting import LimitOperator, SortOperator, TopNOperator
from coldb.engine.execute.streaming import FilterOperator, ProjectOperator
from coldb.engine.execute.windows.operator import WindowOperator
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

if TYPE_CHECKING:
    from coldb.engine.execute.operator import Operator
    from coldb.engine.plan import Plan

__all__ = ["lower"]


def lower(plan: Plan) -> Operator:
    """Fresh operators for one execution of the plan."""
    match plan:
        case OneRow():
            return OneRowOperator(plan)
        case Scan():
            return ScanOperator(plan)
        case FrameScan():
            return FrameScanOperator(plan)
        case Filter():
            return FilterOperator(plan, lower(plan.child))
        case Project():
            return ProjectOperator(plan, lower(plan.child))
        case CrossProduct():
            return lower(_as_joins(plan))
        case Join():
            return JoinOperator(plan, lower(plan.left), lower(plan.right))
        case Lookup():
            # The dimension is laid out by position inside of the operator, not run as an input.
            return LookupOperator(plan, lower(plan.child))
        case Aggregate():
            return AggregateOperator(plan, lower(plan.child))
        case Window():
            return WindowOperator(plan, lower(plan.child))
        case Sort():
            return SortOperator(plan, lower(plan.child))
        case Limit():
            return LimitOperator(plan, lower(plan.child))
        case TopN():
            return TopNOperator(plan, lower(plan.child))
        case SetOperation():
            return SetOperationOperator(plan, lower(plan.left), lower(plan.right))
        case SingleValue():
            return SingleValueOperator(plan, lower(plan.child), lower(plan.query))
        case Common():
            return CommonOperator(plan, lower(plan.query), lower(plan.child))
        case CommonScan():
            return CommonScanOperator(plan)
        case Generate():
            return GenerateOperator(plan, lower(plan.child))
        case WorkingTable():
            return WorkingTableOperator(plan)
        case Recursive():
            return RecursiveOperator(plan, lower(plan.base), lower)
        case _:
            assert_never(plan)


def _as_joins(plan: CrossProduct) -> Plan:
    """A product that no rule took apart, as a chain of joins without conditions."""
    result, *others = plan.inputs
    for other in others:
        result = Join("inner", result, other)
    return result
